#include "datasets/formats/lander_file.h"

#include <stdexcept>

#include "datasets/formats/yaml_map.h"
#include "dem/io/data_error.h"

namespace perilune::datasets {

dem::Lander ReadLanderFile(const std::filesystem::path& path) {
  const YamlMap yaml = ReadYamlFile(path);
  dem::Lander lander;
  lander.name = yaml.Text("name");
  const std::int64_t legs = yaml.Integer("legs");
  if (legs < 3 || legs > 6) yaml.Fail("legs", "is " + std::to_string(legs) + ": give 3 to 6");
  lander.legs = static_cast<int>(legs);
  lander.leg_circle_diameter_m = yaml.PositiveNumber("leg_circle_diameter_m");
  lander.pad_diameter_m = yaml.NonNegativeNumber("pad_diameter_m");
  lander.body_clearance_m = yaml.PositiveNumber("body_clearance_m");
  lander.max_tilt_rad = dem::DegToRad(yaml.PositiveNumber("max_tilt_deg"));
  lander.max_roughness_m = yaml.PositiveNumber("max_roughness_m");
  yaml.RefuseUnknownKeys();
  if (!(lander.max_tilt_rad < dem::kPi / 2)) yaml.Fail("max_tilt_deg", "is no tilt below 90: give degrees");
  if (!(lander.pad_diameter_m < lander.leg_circle_diameter_m)) {
    yaml.Fail("pad_diameter_m",
              "is not below leg_circle_diameter_m: pads are smaller than the circle they stand on");
  }
  if (lander.max_roughness_m > lander.body_clearance_m) {
    yaml.Fail("max_roughness_m", "is above body_clearance_m: ground that high strikes the belly");
  }
  return lander;
}

}  // namespace perilune::datasets
