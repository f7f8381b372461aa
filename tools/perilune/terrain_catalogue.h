#pragma once

#include <string>
#include <vector>

#include "dem/frames/site.h"
#include "dem/synthesis/impacts.h"
#include "dem/synthesis/rock_field.h"

namespace perilune::tools {

/// The craters of a ground as CSV: easting, northing and place of the centre, diameter when it was made,
/// depth and rim height as they are now, κt/R², age, whether secondary, and whether a younger crater of its
/// size or larger has its rim around the centre and so has wiped it out. `craters` are oldest first.
std::string CratersCsv(const std::vector<dem::Impact>& craters, const dem::CraterPopulation& population,
                       const dem::Site& centre);

/// The rocks as CSV.
std::string RocksCsv(const std::vector<dem::Rock>& rocks, const dem::Site& centre);

}  // namespace perilune::tools
