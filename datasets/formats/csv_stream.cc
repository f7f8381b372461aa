#include "datasets/formats/csv_stream.h"

#include <charconv>
#include <cmath>
#include <string_view>
#include <utility>

#include "dem/io/data_error.h"

namespace perilune::datasets {
namespace {

/// Longer than any row of numbers; a file without line breaks is not read whole to find that out.
constexpr std::size_t kLongestLine = 1 << 16;

std::string AtLine(int line, const std::string& what) { return "line " + std::to_string(line) + ": " + what; }

std::string WithoutBlanks(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool IsNoRow(const std::string& line) {
  const std::size_t first = line.find_first_not_of(" \t");
  return first == std::string::npos || line[first] == '#';
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

CsvStream::CsvStream(const std::filesystem::path& path, CsvDialect dialect)
    : path_(path), dialect_(dialect), stream_(path, std::ios::binary) {
  if (!stream_) throw dem::DataError(path, "cannot be opened");
  const std::optional<std::string> first = NextLine();
  if (!first) throw dem::DataError(path, "is empty: the first line must name the columns");
  header_ = *first;
  std::optional<std::vector<std::string>> columns = SplitCsvFields(header_);
  if (!columns) throw dem::DataError(path, AtLine(1, "a quote is not closed"));
  columns_ = std::move(*columns);
}

void CsvStream::TakeFirstLineAsData(std::vector<std::string> columns) {
  columns_ = std::move(columns);
  first_is_data_ = true;
  line_ = 0;
}

std::optional<std::string> CsvStream::NextLine() {
  std::string line;
  ++line_;
  for (int c = stream_.get(); c != std::ifstream::traits_type::eof(); c = stream_.get()) {
    if (c == '\n') {
      if (!line.empty() && line.back() == '\r') line.pop_back();
      return line;
    }
    line += static_cast<char>(c);
    if (line.size() > kLongestLine) throw dem::DataError(path_, AtLine(line_, "is longer than 64 KiB"));
  }
  if (stream_.bad()) throw dem::DataError(path_, "cannot be read");
  if (line.empty()) return std::nullopt;
  if (dialect_ == CsvDialect::kOurs) {
    throw dem::DataError(path_, AtLine(line_, "has no line end: the file is cut"));
  }
  if (line.back() == '\r') line.pop_back();
  return line;
}

std::optional<CsvRow> CsvStream::Next() {
  std::optional<std::string> line;
  if (first_is_data_) {
    line = header_;
    first_is_data_ = false;
    line_ = 1;
  } else {
    line = NextLine();
    while (line && dialect_ == CsvDialect::kForeign && IsNoRow(*line)) line = NextLine();
  }
  if (!line) return std::nullopt;
  std::optional<std::vector<std::string>> fields = SplitCsvFields(*line);
  if (!fields) throw dem::DataError(path_, AtLine(line_, "a quote is not closed"));
  if (fields->size() != columns_.size()) {
    throw dem::DataError(path_,
                         AtLine(line_, std::to_string(fields->size()) + " fields where the header has " +
                                           std::to_string(columns_.size())));
  }
  if (dialect_ == CsvDialect::kForeign) {
    for (std::string& field : *fields) field = WithoutBlanks(field);
  }
  return CsvRow(path_, columns_, line_, std::move(*fields));
}

}  // namespace perilune::datasets
