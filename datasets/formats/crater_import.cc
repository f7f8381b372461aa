#include "datasets/formats/crater_import.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <optional>
#include <stdexcept>

#include "datasets/formats/csv_table.h"
#include "dem/io/data_error.h"

namespace perilune::datasets {
namespace {

using Fields = std::vector<std::string>;

/// What is wrong with a row; caught where the rows are read.
class BadRow : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

Fields SplitAt(const std::string& line, char separator) {
  if (separator == ',') {
    auto fields = SplitCsvFields(line);
    if (!fields) throw BadRow("a quote is not closed");
    return std::move(*fields);
  }
  const std::string separators = separator == ' ' ? " \t" : std::string(1, separator);
  Fields fields;
  std::size_t from = 0;
  while (from <= line.size()) {
    const std::size_t to = std::min(line.find_first_of(separators, from), line.size());
    if (separator != ' ' || to > from) fields.push_back(line.substr(from, to - from));
    from = to + 1;
  }
  return fields;
}

/// A column of the mapping with its place in the file.
struct Placed {
  std::size_t at = 0;
  double unit = 1;
  std::string name;
};

class Header {
 public:
  Header(const std::filesystem::path& path, Fields names) : path_(path), names_(std::move(names)) {}

  Placed Find(const CraterColumn& column) const {
    const auto found = std::find(names_.begin(), names_.end(), column.name);
    if (found == names_.end()) throw dem::DataError(path_, "has no column '" + column.name + "'");
    if (std::find(found + 1, names_.end(), column.name) != names_.end()) {
      throw dem::DataError(path_, "has two columns '" + column.name + "'");
    }
    return {static_cast<std::size_t>(found - names_.begin()), column.unit, column.name};
  }
  std::optional<Placed> Find(const std::optional<CraterColumn>& column) const {
    return column ? std::optional(Find(*column)) : std::nullopt;
  }
  std::size_t size() const { return names_.size(); }

 private:
  const std::filesystem::path& path_;
  Fields names_;
};

/// Nothing for an empty field or one that says "nan".
std::optional<double> NumberIn(const Fields& fields, const Placed& column) {
  const std::string& text = fields[column.at];
  if (text.empty() || text == "nan" || text == "NaN" || text == "NA") return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
    throw BadRow(column.name + ": '" + text + "' is no number");
  }
  return value * column.unit;
}

double NeededNumber(const Fields& fields, const Placed& column) {
  if (const auto number = NumberIn(fields, column)) return *number;
  throw BadRow(column.name + ": is empty");
}

std::optional<double> NumberIn(const Fields& fields, const std::optional<Placed>& column) {
  return column ? NumberIn(fields, *column) : std::nullopt;
}

double SemiAxis(double full_axis_m, const Placed& column) {
  if (!(full_axis_m > 0)) throw BadRow(column.name + ": must be positive");
  if (full_axis_m > 2 * dem::kMoonRadius_m) throw BadRow(column.name + ": larger than the Moon");
  return 0.5 * full_axis_m;
}

/// Rows of one file become craters.
class RowReader {
 public:
  RowReader(const Header& header, const CraterMapping& mapping)
      : mapping_(mapping),
        latitude_(header.Find(mapping.latitude)),
        longitude_(header.Find(mapping.longitude)),
        diameter_(header.Find(mapping.diameter)),
        major_(header.Find(mapping.major_axis)),
        minor_(header.Find(mapping.minor_axis)),
        angle_(header.Find(mapping.angle)),
        id_(header.Find(mapping.id)),
        depth_(header.Find(mapping.depth)),
        height_(header.Find(mapping.height)),
        radius_(header.Find(mapping.radius)),
        sigma_(header.Find(mapping.sigma)) {}

  dem::Crater Read(const Fields& fields, std::int64_t number) const {
    dem::Crater crater;
    crater.id = id_ ? Id(fields) : number;
    crater.centre = Centre(fields);
    ReadRim(fields, crater);
    crater.depth_m = NumberIn(fields, depth_);
    if (const auto height = NumberIn(fields, height_)) crater.height_m = *height;
    if (const auto radius = NumberIn(fields, radius_)) crater.height_m = *radius - dem::kMoonRadius_m;
    if (std::abs(crater.height_m) > 20'000) throw BadRow("height above the sphere: more than 20 km off it");
    if (const auto sigma = NumberIn(fields, sigma_)) {
      if (*sigma < 0) throw BadRow(sigma_->name + ": must not be negative");
      crater.sigma_m = *sigma;
    }
    return crater;
  }

 private:
  std::int64_t Id(const Fields& fields) const {
    std::string digits = fields[id_->at];
    digits.erase(std::remove(digits.begin(), digits.end(), '-'), digits.end());
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size()) {
      throw BadRow(id_->name + ": '" + fields[id_->at] + "' is no whole number, hyphens aside");
    }
    return value;
  }

  dem::LatLon Centre(const Fields& fields) const {
    const double latitude_rad = NeededNumber(fields, latitude_);
    if (std::abs(latitude_rad) > 0.5 * dem::kPi * (1 + 1e-9))
      throw BadRow(latitude_.name + ": off the globe");
    const double longitude_rad = NeededNumber(fields, longitude_);
    const bool half_turns = mapping_.longitude_convention == LongitudeConvention::kEast180;
    const double lowest = half_turns ? -dem::kPi : 0, highest = half_turns ? dem::kPi : 2 * dem::kPi;
    if (longitude_rad < lowest - 1e-9 || longitude_rad > highest + 1e-9) {
      throw BadRow(longitude_.name +
                   (half_turns ? ": outside -180 to 180 degrees" : ": outside 0 to 360 degrees"));
    }
    const bool west = mapping_.longitude_convention == LongitudeConvention::kWest360;
    return {std::clamp(latitude_rad, -0.5 * dem::kPi, 0.5 * dem::kPi),
            dem::WrapLongitude(west ? -longitude_rad : longitude_rad)};
  }

  void ReadRim(const Fields& fields, dem::Crater& crater) const {
    const auto major = NumberIn(fields, major_), minor = NumberIn(fields, minor_);
    const auto angle = NumberIn(fields, angle_);
    if (major && minor && angle) {
      crater.semi_major_m = SemiAxis(*major, *major_);
      crater.semi_minor_m = SemiAxis(*minor, *minor_);
      if (crater.semi_minor_m > crater.semi_major_m) throw BadRow(minor_->name + ": above the major axis");
      const bool from_east = mapping_.angle_from == AxisAngle::kEastCounterclockwise;
      const double azimuth_rad = from_east ? 0.5 * dem::kPi - *angle : *angle;
      crater.azimuth_rad = azimuth_rad - dem::kPi * std::floor(azimuth_rad / dem::kPi);
      return;
    }
    if (!diameter_) throw BadRow("no ellipse");
    crater.semi_major_m = crater.semi_minor_m = SemiAxis(NeededNumber(fields, *diameter_), *diameter_);
  }

  const CraterMapping& mapping_;
  Placed latitude_, longitude_;
  std::optional<Placed> diameter_, major_, minor_, angle_, id_, depth_, height_, radius_, sigma_;
};

/// The next line without its end; nothing after the last.
std::optional<std::string> NextLine(std::istream& stream) {
  std::string line;
  if (!std::getline(stream, line)) return std::nullopt;
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return line;
}

Header ReadHeader(std::istream& stream, const std::filesystem::path& path, const CraterMapping& mapping) {
  std::optional<std::string> line = NextLine(stream);
  for (int i = 0; i < mapping.skip_lines && line; ++i) line = NextLine(stream);
  if (!line) throw dem::DataError(path, "ends before its header line");
  try {
    return {path, SplitAt(*line, mapping.separator)};
  } catch (const BadRow& bad) {
    throw dem::DataError(path, std::string("header line: ") + bad.what());
  }
}

}  // namespace

CraterImport ImportCraters(const std::filesystem::path& path, const CraterMapping& mapping) {
  std::ifstream stream(path);
  if (!std::filesystem::is_regular_file(path) || !stream) throw dem::DataError(path, "cannot be opened");
  const Header header = ReadHeader(stream, path, mapping);
  const RowReader reader(header, mapping);
  CraterImport result;
  int number = mapping.skip_lines + 1;
  while (const auto line = NextLine(stream)) {
    ++number;
    if (line->empty()) continue;
    try {
      const Fields fields = SplitAt(*line, mapping.separator);
      if (fields.size() != header.size()) {
        throw BadRow(std::to_string(fields.size()) + " fields where the header has " +
                     std::to_string(header.size()));
      }
      result.craters.push_back(reader.Read(fields, number - mapping.skip_lines - 1));
    } catch (const BadRow& bad) {
      result.bad_rows.push_back({number, bad.what()});
    }
  }
  if (stream.bad()) throw dem::DataError(path, "cannot be read");
  if (result.craters.empty()) {
    throw dem::DataError(path, result.bad_rows.empty() ? "holds no crater"
                                                       : "no row can be used; line " +
                                                             std::to_string(result.bad_rows.front().line) +
                                                             ": " + result.bad_rows.front().problem);
  }
  return result;
}

}  // namespace perilune::datasets
