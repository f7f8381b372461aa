#include "datasets/formats/trajectory_lines.h"

#include <charconv>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <optional>

#include "dem/io/data_error.h"

namespace perilune::datasets {
namespace {

constexpr char kBlanks[] = " \t\r";

std::string_view Trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::vector<std::string_view> FieldsOf(std::string_view line) {
  const bool commas = line.find(',') != std::string_view::npos;
  std::vector<std::string_view> fields;
  while (!line.empty()) {
    const std::size_t end = commas ? line.find(',') : line.find_first_of(kBlanks);
    fields.push_back(Trimmed(line.substr(0, end)));
    if (end == std::string_view::npos) break;
    line.remove_prefix(end + 1);
    if (!commas) line = Trimmed(line);
    if (commas && line.empty()) fields.emplace_back();
  }
  return fields;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// The digits of a decimal number and the power of ten of the last one.
struct Decimal {
  bool negative = false;
  std::string digits;
  int exponent = 0;
};

std::optional<Decimal> ParseDecimal(std::string_view text) {
  Decimal decimal;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    decimal.negative = text.front() == '-';
    text.remove_prefix(1);
  }
  bool point = false;
  for (; !text.empty() && (IsDigit(text.front()) || (text.front() == '.' && !point)); text.remove_prefix(1)) {
    if (text.front() == '.') {
      point = true;
    } else {
      decimal.digits += text.front();
      if (point) --decimal.exponent;
    }
  }
  if (decimal.digits.empty() || decimal.digits.size() > 60) return std::nullopt;
  if (!text.empty() && (text.front() == 'e' || text.front() == 'E')) {
    text.remove_prefix(1);
    if (text.size() > 1 && text.front() == '+' && IsDigit(text[1])) text.remove_prefix(1);
    int exponent = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
    if (error != std::errc() || end != text.data() + text.size() || std::abs(exponent) > 60)
      return std::nullopt;
    decimal.exponent += exponent;
    text = {};
  }
  if (!text.empty()) return std::nullopt;
  return decimal;
}

/// The nearest integer, halves away from zero; nothing when 64 bits do not hold it.
std::optional<std::int64_t> NearestInteger(Decimal decimal) {
  if (decimal.exponent > 0) decimal.digits.append(static_cast<std::size_t>(decimal.exponent), '0');
  bool up = false;
  if (decimal.exponent < 0) {
    const auto behind = static_cast<std::size_t>(-decimal.exponent);
    if (behind > decimal.digits.size()) return 0;
    up = decimal.digits[decimal.digits.size() - behind] >= '5';
    decimal.digits.resize(decimal.digits.size() - behind);
  }
  std::int64_t value = 0;
  if (!decimal.digits.empty()) {
    const char* const end = decimal.digits.data() + decimal.digits.size();
    if (std::from_chars(decimal.digits.data(), end, value).ec != std::errc()) return std::nullopt;
  }
  if (up && value == std::numeric_limits<std::int64_t>::max()) return std::nullopt;
  value += up ? 1 : 0;
  return decimal.negative ? -value : value;
}

}  // namespace

void TrajectoryLine::Refuse(const std::string& what) const {
  throw dem::DataError(*path, "line " + std::to_string(number) + ": " + what);
}

void TrajectoryLine::RequireFields(std::size_t count, const std::string& names) const {
  if (fields.size() == count) return;
  Refuse(std::to_string(fields.size()) + " fields where there must be " + std::to_string(count) + ": " +
         names);
}

double TrajectoryLine::Number(std::size_t field) const {
  std::string_view text = fields.at(field);
  if (text.size() > 1 && text.front() == '+' && text[1] != '-') text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    Refuse("'" + std::string(text) + "' is no number");
  }
  if (!std::isfinite(value)) Refuse("'" + std::string(text) + "' is not finite");
  return value;
}

Eigen::Vector3d TrajectoryLine::Vector(std::size_t first) const {
  return {Number(first), Number(first + 1), Number(first + 2)};
}

std::int64_t TrajectoryLine::Nanoseconds(std::size_t field) const {
  const std::string_view text = fields.at(field);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    Refuse("'" + std::string(text) + "' is no whole number of nanoseconds");
  }
  return value;
}

std::int64_t TrajectoryLine::SecondsAsNanoseconds(std::size_t field) const {
  std::optional<Decimal> decimal = ParseDecimal(fields.at(field));
  if (!decimal) Refuse("'" + std::string(fields.at(field)) + "' is no time in seconds");
  decimal->exponent += 9;
  const std::optional<std::int64_t> t_ns = NearestInteger(*std::move(decimal));
  if (!t_ns) Refuse("'" + std::string(fields.at(field)) + "' s is beyond 64-bit nanoseconds");
  return *t_ns;
}

Eigen::Matrix3d TrajectoryLine::Rotation(double w, double x, double y, double z) const {
  const Eigen::Quaterniond q(w, x, y, z);
  if (!(std::abs(q.norm() - 1) <= 1e-3)) Refuse("the quaternion's length is not 1");
  return q.normalized().toRotationMatrix();
}

void TrajectoryLine::RequireLater(std::int64_t t_ns, std::int64_t previous_ns) const {
  if (t_ns <= previous_ns) Refuse("time does not increase");
}

TrajectoryText::TrajectoryText(const std::filesystem::path& path) : path_(path) {
  if (std::filesystem::is_directory(path)) throw dem::DataError(path, "is a folder, no trajectory");
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw dem::DataError(path, "cannot be opened");
  text_.assign(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
  if (stream.bad()) throw dem::DataError(path, "cannot be read");
  std::string_view rest = text_;
  for (int number = 1; !rest.empty(); ++number) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = Trimmed(rest.substr(0, end));
    if (!line.empty() && line.front() != '#') lines_.push_back({&path_, number, FieldsOf(line)});
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
}

std::string SecondsText(std::int64_t t_ns) {
  constexpr std::uint64_t kSecond = 1'000'000'000;
  const std::uint64_t size =
      t_ns < 0 ? 0 - static_cast<std::uint64_t>(t_ns) : static_cast<std::uint64_t>(t_ns);
  std::string fraction = std::to_string(size % kSecond);
  fraction.insert(0, 9 - fraction.size(), '0');
  return (t_ns < 0 ? "-" : "") + std::to_string(size / kSecond) + "." + fraction;
}

}  // namespace perilune::datasets
