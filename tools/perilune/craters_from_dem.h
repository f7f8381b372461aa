#pragma once

#include "tools/perilune/commands.h"

namespace perilune::tools {

/// `craters catalog DEM`: makes `catalog` itself a command that needs no sub-command.
void AddCatalogFromDem(CLI::App& catalog, Command& selected);

}  // namespace perilune::tools
