#pragma once

#include <cstdint>
#include <filesystem>

namespace perilune::tools {

/// `perilune terrain --laws`: what site types state and what is measured on ground that is made (from
/// `first_seed` on), as laws.md, slopes.svg and craters.svg in `folder`. 0 when all laws hold, else 1.
int WriteLaws(const std::filesystem::path& folder, std::uint64_t first_seed);

}  // namespace perilune::tools
