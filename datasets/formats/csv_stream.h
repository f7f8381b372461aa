#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
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

/// How strictly a file is taken. Our own writers end every line; in files of others the last one may be open,
/// blanks may surround fields, and empty lines and lines that start with `#` are passed over.
enum class CsvDialect { kOurs, kForeign };

/// A CSV file read row by row, in bounded memory. Fields may be quoted as in RFC 4180 (without line breaks
/// inside). Rows refer to the stream: it must outlive them and stay where it is.
class CsvStream {
 public:
  /// Reads the first line, whose fields become the columns' names. Throws dem::DataError: missing or empty
  /// file, a first line of more than 64 KiB.
  explicit CsvStream(const std::filesystem::path& path, CsvDialect dialect = CsvDialect::kOurs);
  CsvStream(const CsvStream&) = delete;
  CsvStream& operator=(const CsvStream&) = delete;

  const std::filesystem::path& path() const { return path_; }
  /// The first line as it stands, and its fields.
  const std::string& header() const { return header_; }
  const std::vector<std::string>& columns() const { return columns_; }
  /// For a file whose first line is data already: names for its columns; Next() starts with that line.
  void TakeFirstLineAsData(std::vector<std::string> columns);
  /// Nothing at the end. Throws dem::DataError: a row with another number of fields, a quote that is not
  /// closed, a last line that is cut, a line of more than 64 KiB.
  std::optional<CsvRow> Next();

 private:
  std::optional<std::string> NextLine();

  std::filesystem::path path_;
  CsvDialect dialect_;
  std::ifstream stream_;
  int line_ = 0;
  std::string header_;
  std::vector<std::string> columns_;
  bool first_is_data_ = false;
};

}  // namespace perilune::datasets
