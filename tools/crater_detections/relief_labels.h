#pragma once

#include <string>
#include <vector>

namespace perilune::tools {

struct ReliefArguments {
  std::string dem, labels, evidence, overlay;
  double min_diameter_m = 2400;
};

/// A catalogue made from a DEM against labels of it: prints the table of docs/craters.md.
void RunRelief(const ReliefArguments& arguments);

}  // namespace perilune::tools
