#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/formats/csv_stream.h"

namespace perilune::datasets {

/// A CSV file whose header is known and must be met exactly, kept whole in memory: for files of a row an
/// image, not for long sensor logs.
class CsvTable {
 public:
  /// Throws dem::DataError: missing file, another header, a row with another number of fields, a last line
  /// that is cut.
  CsvTable(const std::filesystem::path& path, const std::string& header);
  CsvTable(const CsvTable&) = delete;
  CsvTable& operator=(const CsvTable&) = delete;

  const std::vector<CsvRow>& rows() const { return rows_; }

 private:
  CsvStream stream_;
  std::vector<CsvRow> rows_;
};

/// The fewest digits that read back as the same number.
std::string ShortestText(double number);

/// Builds CSV text: shortest digits that round-trip, quotes where a text needs them, line breaks in texts
/// become spaces.
class CsvWriter {
 public:
  /// Rows without a header.
  CsvWriter() = default;
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
