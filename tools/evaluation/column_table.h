#pragma once

#include <string>
#include <vector>

namespace perilune::tools {

/// Lines of cells, the first of each a label.
using ColumnTable = std::vector<std::vector<std::string>>;

/// Columns flush left, three blanks between them.
std::string ColumnText(const ColumnTable& lines);

}  // namespace perilune::tools
