#include "datasets/formats/yaml_values.h"

#include <cmath>
#include <stdexcept>

#include "dem/ephemeris/time_scales.h"

namespace perilune::datasets {

Eigen::Vector3d ReadVector(const YamlMap& yaml, const std::string& key) {
  return Eigen::Vector3d(yaml.Numbers(key, 3).data());
}

std::string ReadUtc(const YamlMap& yaml, const std::string& key) {
  std::string text = yaml.Text(key);
  try {
    dem::ParseUtc(text);
  } catch (const std::invalid_argument& error) {
    yaml.Fail(key, error.what());
  }
  return text;
}

dem::Site ReadSite(const YamlMap& yaml) {
  const double latitude_deg = yaml.Number("latitude_deg");
  if (std::abs(latitude_deg) > 90) yaml.Fail("latitude_deg", "must lie within -90 and 90");
  return dem::MakeSite({dem::DegToRad(latitude_deg), dem::DegToRad(yaml.Number("longitude_deg"))});
}

LanderLimits ReadLander(const YamlMap& yaml) {
  return {yaml.PositiveNumber("footprint_m"), dem::DegToRad(yaml.PositiveNumber("slope_limit_deg")),
          yaml.PositiveNumber("roughness_limit_m")};
}

}  // namespace perilune::datasets
