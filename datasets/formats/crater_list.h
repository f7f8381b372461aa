#pragma once

#include <filesystem>
#include <vector>

#include "dem/craters/crater.h"

namespace perilune::datasets {

/// Craters of a CSV file with a header. Columns, in any order, others ignored: `lat_deg`, `lon_deg`, and a
/// size by one of `diameter_m`, `diameter_km`, or `a_dia_km` `b_dia_km` `angle_rad` (full axes; angle of the
/// major one from east, counter-clockwise, as Robbins 2018 has it). `id` where all of its fields are whole
/// numbers above 0, else the row's number from 1; `depth_m` where there is one. Throws dem::DataError with
/// file, line and column: no such columns, fields that are no numbers, a place off the globe, a size that is
/// not positive.
std::vector<dem::Crater> ReadCraterList(const std::filesystem::path& path);

}  // namespace perilune::datasets
