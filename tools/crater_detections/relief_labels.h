#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace perilune::tools {

struct ReliefArguments {
  std::filesystem::path data;        ///< with dem/gld100_256ppd_NAME.tif and craters/lu1319381_NAME.csv
  std::vector<std::string> regions;  ///< NAMEs
  std::filesystem::path overlays;    ///< folder for a picture of each region; empty: none
};

/// Catalogues made from DEMs against LU1319381: prints a table of each region and of all together.
///
/// A label counts when its depth as measured in the DEM, on the label's own circle, exceeds 0.03 of its
/// diameter. Right: the centre within 0.25 label diameters and the diameter within a factor of 1.4; one to
/// one, surest first, each taking the nearest of the labels left, of whatever size and depth. What takes a
/// label that does not count is neither right nor wrong; what takes none is wrong. A label is of a range of
/// diameters by its own diameter, what is wrong by the one found.
void RunRelief(const ReliefArguments& arguments);

}  // namespace perilune::tools
