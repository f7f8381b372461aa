#include "datasets/formats/crater_mapping.h"

#include <utility>
#include <vector>

#include "datasets/formats/yaml_map.h"
#include "dem/frames/moon.h"

namespace perilune::datasets {
namespace {

template <typename T>
using Choices = std::vector<std::pair<std::string, T>>;

template <typename T>
T ReadChoice(const YamlMap& yaml, const std::string& key, const Choices<T>& choices) {
  const std::string text = yaml.Text(key);
  std::string names;
  for (const auto& [name, value] : choices) {
    if (name == text) return value;
    names += (names.empty() ? "" : ", ") + name;
  }
  yaml.Fail(key, "is '" + text + "': must be one of " + names);
}

const Choices<double> kLengths = {{"m", 1}, {"km", 1000}};
const Choices<double> kAngles = {{"deg", dem::DegToRad(1)}, {"rad", 1}};

CraterColumn ReadColumn(const YamlMap& columns, const std::string& key, const Choices<double>& units) {
  const YamlMap column = columns.Map(key);
  CraterColumn read{column.Text("name"), 1};
  if (!units.empty()) read.unit = ReadChoice(column, "unit", units);
  return read;
}

std::optional<CraterColumn> ReadOptionalColumn(const YamlMap& columns, const std::string& key,
                                               const Choices<double>& units) {
  if (!columns.Has(key)) return std::nullopt;
  return ReadColumn(columns, key, units);
}

void ReadColumns(const YamlMap& columns, CraterMapping& mapping) {
  mapping.latitude = ReadColumn(columns, "latitude", kAngles);
  mapping.longitude = ReadColumn(columns, "longitude", kAngles);
  mapping.id = ReadOptionalColumn(columns, "id", {});
  mapping.diameter = ReadOptionalColumn(columns, "diameter", kLengths);
  mapping.major_axis = ReadOptionalColumn(columns, "major_axis", kLengths);
  mapping.minor_axis = ReadOptionalColumn(columns, "minor_axis", kLengths);
  if (columns.Has("angle")) {
    const YamlMap angle = columns.Map("angle");
    mapping.angle = CraterColumn{angle.Text("name"), ReadChoice(angle, "unit", kAngles)};
    mapping.angle_from = ReadChoice<AxisAngle>(angle, "from",
                                               {{"east_counterclockwise", AxisAngle::kEastCounterclockwise},
                                                {"north_clockwise", AxisAngle::kNorthClockwise}});
  }
  mapping.depth = ReadOptionalColumn(columns, "depth", kLengths);
  mapping.height = ReadOptionalColumn(columns, "height", kLengths);
  mapping.radius = ReadOptionalColumn(columns, "radius", kLengths);
  mapping.sigma = ReadOptionalColumn(columns, "sigma", kLengths);
}

}  // namespace

CraterMapping ReadCraterMapping(const std::filesystem::path& path) {
  const YamlMap yaml = ReadYamlFile(path);
  CraterMapping mapping;
  mapping.name = yaml.Text("name");
  mapping.separator = ReadChoice<char>(yaml, "separator", {{"comma", ','}, {"tab", '\t'}, {"space", ' '}});
  if (yaml.Has("skip_lines")) {
    const std::int64_t lines = yaml.Integer("skip_lines");
    if (lines < 0 || lines > 1000) yaml.Fail("skip_lines", "must be between 0 and 1000");
    mapping.skip_lines = static_cast<int>(lines);
  }
  mapping.longitude_convention =
      ReadChoice<LongitudeConvention>(yaml, "longitude",
                                      {{"east_360", LongitudeConvention::kEast360},
                                       {"east_180", LongitudeConvention::kEast180},
                                       {"west_360", LongitudeConvention::kWest360}});
  ReadColumns(yaml.Map("columns"), mapping);
  yaml.RefuseUnknownKeys();
  const int of_ellipse =
      (mapping.major_axis ? 1 : 0) + (mapping.minor_axis ? 1 : 0) + (mapping.angle ? 1 : 0);
  if (of_ellipse == 0 ? !mapping.diameter : of_ellipse != 3) {
    yaml.Fail("columns", "need diameter, or all of major_axis, minor_axis and angle");
  }
  if (mapping.height && mapping.radius) yaml.Fail("columns", "cannot hold both height and radius");
  return mapping;
}

}  // namespace perilune::datasets
