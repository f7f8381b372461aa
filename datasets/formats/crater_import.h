#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "datasets/formats/crater_mapping.h"
#include "dem/craters/crater.h"

namespace perilune::datasets {

struct BadCraterRow {
  int line = 0;  ///< of the file, from 1
  std::string problem;
};

struct CraterImport {
  std::vector<dem::Crater> craters;
  std::vector<BadCraterRow> bad_rows;  ///< left out, in the order of the file
};

/// Craters of a text table as the mapping says. Rows that cannot be used are left out and listed: another
/// number of fields, no number, a place off the globe or outside the stated longitude convention, a size that
/// is not positive or larger than the Moon, a minor axis above the major one. An id may hold
/// hyphens, which are dropped ("01-1-000002" is 11000002: the whole number of its digits); rows
/// without id column are numbered from 1. Throws dem::DataError: no such file, no such column, no good row.
CraterImport ImportCraters(const std::filesystem::path& path, const CraterMapping& mapping);

}  // namespace perilune::datasets
