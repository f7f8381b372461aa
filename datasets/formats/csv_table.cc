#include "datasets/formats/csv_table.h"

#include <charconv>
#include <utility>

#include "dem/io/data_error.h"

namespace perilune::datasets {

CsvTable::CsvTable(const std::filesystem::path& path, const std::string& header) : stream_(path) {
  if (stream_.header() != header) {
    throw dem::DataError(path, "line 1: the header must be '" + header + "'");
  }
  while (std::optional<CsvRow> row = stream_.Next()) rows_.push_back(std::move(*row));
}

std::string ShortestText(double number) {
  char buffer[32];
  const auto result = std::to_chars(buffer, buffer + sizeof buffer, number);
  return {buffer, result.ptr};
}

void CsvWriter::Separate() {
  if (row_started_) bytes_ += ',';
  row_started_ = true;
}

CsvWriter& CsvWriter::Add(double number) {
  Separate();
  bytes_ += ShortestText(number);
  return *this;
}

CsvWriter& CsvWriter::Add(std::int64_t number) {
  Separate();
  bytes_ += std::to_string(number);
  return *this;
}

CsvWriter& CsvWriter::Add(std::string_view text) {
  Separate();
  const bool quote = text.find_first_of(",\"\r\n") != std::string_view::npos;
  if (quote) bytes_ += '"';
  for (const char c : text) {
    if (c == '"') bytes_ += '"';
    bytes_ += (c == '\n' || c == '\r') ? ' ' : c;
  }
  if (quote) bytes_ += '"';
  return *this;
}

CsvWriter& CsvWriter::AddEmpty(int fields) {
  for (int i = 0; i < fields; ++i) Separate();
  return *this;
}

void CsvWriter::EndRow() {
  bytes_ += '\n';
  row_started_ = false;
}

}  // namespace perilune::datasets
