#pragma once

#include <string>
#include <vector>

#include "tools/report/svg_plot.h"

namespace perilune::tools {

/// Charts as one SVG file with a style of its own, on white: a picture beside a page of text.
struct StandaloneSvg {
  std::vector<Plot> panels;          ///< row by row, each as large as the first
  int columns = 1;                   ///< panels beside each other
  std::vector<std::string> caption;  ///< lines under the panels
  std::string colours;               ///< CSS rules for the classes of the panels' data
};

/// The file's text. Throws std::invalid_argument without panels or columns.
std::string ToText(const StandaloneSvg& picture);

}  // namespace perilune::tools
