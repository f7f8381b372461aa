#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "dem/frames/moon.h"

namespace perilune::dem {

using PointValue = std::variant<std::int64_t, double, std::string>;

/// A column of a layer; its type is that of `kind`'s alternative.
struct PointField {
  std::string name;
  PointValue kind;
};

struct PointFeature {
  LatLon place;
  std::vector<PointValue> values;  ///< one a field, of its type; NaN is written as null
};

struct PointLayer {
  std::string name;
  std::string description;
  std::vector<PointField> fields;
  std::vector<PointFeature> features;
};

/// Writes a GeoPackage of point layers in longitude and latitude on the Moon's sphere (IAU_2015:30100,
/// degrees): to a hidden temporary beside the target, closed, reopened and counted, renamed. The same bytes
/// for the same content: it holds no dates. Throws WriteError, std::invalid_argument for values that do not
/// fit the fields.
void WriteGeoPackage(const std::filesystem::path& path, const std::vector<PointLayer>& layers,
                     const std::vector<std::pair<std::string, std::string>>& metadata = {});

}  // namespace perilune::dem
