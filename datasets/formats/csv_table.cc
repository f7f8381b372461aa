#include "datasets/formats/csv_table.h"

#include <charconv>
#include <cmath>
#include <fstream>
#include <iterator>
#include <utility>

#include "dem/io/data_error.h"

namespace perilune::datasets {
namespace {

std::string AtLine(int line, const std::string& what) { return "line " + std::to_string(line) + ": " + what; }

std::string ReadText(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw dem::DataError(path, "cannot be opened");
  std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  if (stream.bad()) throw dem::DataError(path, "cannot be read");
  return text;
}

std::vector<std::string_view> SplitLines(const std::filesystem::path& path, std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) {
      throw dem::DataError(path,
                           AtLine(static_cast<int>(lines.size()) + 1, "has no line end: the file is cut"));
    }
    std::string_view line = text.substr(0, end);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    lines.push_back(line);
    text.remove_prefix(end + 1);
  }
  return lines;
}

}  // namespace

std::optional<std::vector<std::string>> SplitCsvFields(std::string_view line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quoted && c == '"' && i + 1 < line.size() && line[i + 1] == '"') {
      fields.back() += line[++i];
    } else if (quoted && c == '"') {
      quoted = false;
      if (i + 1 < line.size() && line[i + 1] != ',') return std::nullopt;
    } else if (!quoted && c == '"' && fields.back().empty()) {
      quoted = true;
    } else if (!quoted && c == ',') {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  if (quoted) return std::nullopt;
  return fields;
}

CsvRow::CsvRow(const std::filesystem::path& path, const std::vector<std::string>& columns, int line,
               std::vector<std::string> fields)
    : path_(&path), columns_(&columns), line_(line), fields_(std::move(fields)) {}

const std::string& CsvRow::Text(std::size_t column) const { return fields_.at(column); }

double CsvRow::Number(std::size_t column) const {
  const std::string& text = Text(column);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) Refuse(column, "'" + text + "' is no number");
  if (!std::isfinite(value)) Refuse(column, "'" + text + "' is not finite");
  return value;
}

std::int64_t CsvRow::Integer(std::size_t column) const {
  const std::string& text = Text(column);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    Refuse(column, "'" + text + "' is no integer");
  return value;
}

void CsvRow::Refuse(std::size_t column, const std::string& what) const {
  throw dem::DataError(*path_, AtLine(line_, columns_->at(column) + ": " + what));
}

CsvTable::CsvTable(const std::filesystem::path& path, const std::string& header) : path_(path) {
  const std::string text = ReadText(path);
  const std::vector<std::string_view> lines = SplitLines(path, text);
  if (lines.empty() || lines.front() != header) {
    throw dem::DataError(path, "line 1: the header must be '" + header + "'");
  }
  columns_ = *SplitCsvFields(header);
  rows_.reserve(lines.size() - 1);
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const int line = static_cast<int>(i) + 1;
    std::optional<std::vector<std::string>> fields = SplitCsvFields(lines[i]);
    if (!fields) throw dem::DataError(path_, AtLine(line, "a quote is not closed"));
    if (fields->size() != columns_.size()) {
      throw dem::DataError(path_,
                           AtLine(line, std::to_string(fields->size()) + " fields where the header has " +
                                            std::to_string(columns_.size())));
    }
    rows_.emplace_back(path_, columns_, line, std::move(*fields));
  }
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
