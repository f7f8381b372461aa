#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace perilune::datasets {

/// Fields of a line, quoted ones as in RFC 4180; nothing when a quote is not closed or is followed by
/// anything but a comma.
std::optional<std::vector<std::string>> SplitCsvFields(std::string_view line);

/// One line of a CSV file. Fields are counted from 0; every error is a dem::DataError that names file, line
/// and column.
class CsvRow {
 public:
  CsvRow(const std::filesystem::path& path, const std::vector<std::string>& columns, int line,
         std::vector<std::string> fields);

  const std::string& Text(std::size_t column) const;
  bool Empty(std::size_t column) const { return Text(column).empty(); }
  /// A finite number; anything else, trailing characters included, throws.
  double Number(std::size_t column) const;
  std::int64_t Integer(std::size_t column) const;
  /// Throws a DataError at this line about `column`.
  [[noreturn]] void Refuse(std::size_t column, const std::string& what) const;

 private:
  const std::filesystem::path* path_;
  const std::vector<std::string>* columns_;
  int line_;
  std::vector<std::string> fields_;
};

/// A CSV file whose header is known and must be met exactly. Fields may be quoted as in RFC 4180 (without
/// line breaks inside). Kept whole in memory: for files of a row an image, not for long sensor logs.
class CsvTable {
 public:
  /// Throws dem::DataError: missing file, another header, a row with another number of fields, a last line
  /// that is cut.
  CsvTable(const std::filesystem::path& path, const std::string& header);
  CsvTable(const CsvTable&) = delete;
  CsvTable& operator=(const CsvTable&) = delete;

  const std::vector<CsvRow>& rows() const { return rows_; }

 private:
  std::filesystem::path path_;
  std::vector<std::string> columns_;
  std::vector<CsvRow> rows_;
};

/// The fewest digits that read back as the same number.
std::string ShortestText(double number);

/// Builds CSV text: shortest digits that round-trip, quotes where a text needs them, line breaks in texts
/// become spaces.
class CsvWriter {
 public:
  explicit CsvWriter(const std::string& header) : bytes_(header + "\n") {}

  CsvWriter& Add(double number);
  CsvWriter& Add(std::int64_t number);
  CsvWriter& Add(int number) { return Add(std::int64_t{number}); }
  CsvWriter& Add(std::string_view text);
  CsvWriter& AddEmpty(int fields = 1);
  void EndRow();
  const std::string& bytes() const { return bytes_; }

 private:
  void Separate();

  std::string bytes_;
  bool row_started_ = false;
};

}  // namespace perilune::datasets
