#include "datasets/formats/foreign_columns.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <limits>
#include <stdexcept>

#include "dem/ephemeris/time_scales.h"
#include "dem/io/data_error.h"

namespace perilune::datasets {
namespace {

/// The text in a name's square brackets, in small letters.
std::string BracketOf(const std::string& column) {
  const std::size_t open = column.find('['), close = column.find(']');
  if (open == std::string::npos || close == std::string::npos || close < open) return "";
  std::string unit = column.substr(open + 1, close - open - 1);
  std::transform(unit.begin(), unit.end(), unit.begin(), [](unsigned char c) { return std::tolower(c); });
  return unit;
}

std::string PlainName(const std::string& column) {
  std::string name;
  for (const char c : column.substr(0, column.find('['))) {
    if (c == '#' || std::isspace(static_cast<unsigned char>(c)) != 0) continue;
    name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return name;
}

bool StartsLikeData(const std::string& field) {
  const std::size_t first = field.find_first_not_of(" \t");
  return first != std::string::npos &&
         (std::isdigit(static_cast<unsigned char>(field[first])) != 0 || field[first] == '-');
}

const std::vector<std::string> kTimeInNanoseconds = {"timestamp",    "t_ns", "time_ns",
                                                     "timestamp_ns", "time", "t"};
const std::vector<std::string> kTimeInSeconds = {"t_s", "time_s", "timestamp_s"};
const std::vector<std::string> kTimeInUtc = {"utc", "time_utc"};

}  // namespace

ForeignCsv::ForeignCsv(const std::filesystem::path& path, const std::vector<std::string>& in_order)
    : stream_(std::make_shared<CsvStream>(path, CsvDialect::kForeign)) {
  const std::vector<std::string>& first = stream_->columns();
  has_header_ = !StartsLikeData(first.front());
  if (!has_header_) {
    std::vector<std::string> columns = in_order;
    if (first.size() > columns.size()) {
      throw dem::DataError(path, "line 1: names no columns, and without names at most " +
                                     std::to_string(columns.size()) + " fields are understood");
    }
    columns.resize(first.size());
    const bool utc = first.front().find(':') != std::string::npos;
    const bool decimal = first.front().find('.') != std::string::npos;
    columns.front() = utc ? "time_utc" : decimal ? "t_s" : "t_ns";
    stream_->TakeFirstLineAsData(std::move(columns));
  }
  for (const std::string& column : stream_->columns()) names_.push_back(PlainName(column));
  FindTime();
}

void ForeignCsv::FindTime() {
  if (const auto column = Find(kTimeInUtc)) {
    time_column_ = *column;
    time_unit_ = TimeUnit::kUtc;
  } else if (const auto seconds = Find(kTimeInSeconds)) {
    time_column_ = *seconds;
    time_unit_ = TimeUnit::kSeconds;
  } else {
    time_column_ = Require(kTimeInNanoseconds);
    const std::string unit = BracketOf(stream_->columns()[time_column_]);
    if (unit == "s" || unit == "sec") time_unit_ = TimeUnit::kSeconds;
  }
}

std::optional<std::size_t> ForeignCsv::Find(const std::vector<std::string>& names) const {
  for (const std::string& name : names) {
    const auto at = std::find(names_.begin(), names_.end(), name);
    if (at != names_.end()) return static_cast<std::size_t>(at - names_.begin());
  }
  return std::nullopt;
}

std::size_t ForeignCsv::Require(const std::vector<std::string>& names) const {
  if (const auto column = Find(names)) return *column;
  throw dem::DataError(stream_->path(), "line 1: there is no column '" + names.front() + "'");
}

std::int64_t ForeignCsv::Time_ns(const CsvRow& row) const {
  if (time_unit_ == TimeUnit::kNanoseconds) return row.Integer(time_column_);
  const std::string& text = row.Text(time_column_);
  if (time_unit_ == TimeUnit::kUtc) {
    try {
      return dem::ParseUtc(text);
    } catch (const std::invalid_argument& error) {
      row.Refuse(time_column_, error.what());
    }
  }
  const std::optional<std::int64_t> t_ns = NanosecondsOfDecimal(text);
  if (!t_ns) row.Refuse(time_column_, "'" + text + "' is no number of seconds");
  return *t_ns;
}

std::optional<std::int64_t> NanosecondsOfDecimal(const std::string& text) {
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string whole = text.substr(0, point);
  std::string decimals = point < text.size() ? text.substr(point + 1) : "";
  const auto digits = [](const std::string& part) {
    return std::all_of(part.begin(), part.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
  };
  const bool negative = whole.starts_with('-');
  if (!digits(whole.substr(negative ? 1 : 0)) || !digits(decimals)) return std::nullopt;
  if (whole.size() == (negative ? 1u : 0u)) return std::nullopt;
  decimals.resize(9, '0');
  std::int64_t seconds = 0, nanoseconds = 0;
  const auto [end, error] = std::from_chars(whole.data(), whole.data() + whole.size(), seconds);
  std::from_chars(decimals.data(), decimals.data() + decimals.size(), nanoseconds);
  constexpr std::int64_t kMost_s = std::numeric_limits<std::int64_t>::max() / 1'000'000'000 - 1;
  if (error != std::errc() || end != whole.data() + whole.size()) return std::nullopt;
  if (seconds > kMost_s || seconds < -kMost_s) return std::nullopt;
  return seconds * 1'000'000'000 + (negative ? -nanoseconds : nanoseconds);
}

}  // namespace perilune::datasets
