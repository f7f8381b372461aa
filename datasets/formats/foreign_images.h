#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "datasets/formats/sequence_stream.h"

namespace perilune::datasets {

/// The images of a foreign folder with their times, in time order.
struct ForeignImages {
  std::filesystem::path folder;
  std::vector<ImageName> images;
  bool times_are_tai = false;  ///< they were given as UTC
  std::string source;          ///< of the times, in words
};

/// `times` names a file of times; else it is looked for (foreign_sequence.h). Throws dem::DataError: no
/// image, names that are no times, times that do not increase, another number of times than of images.
ForeignImages ListForeignImages(const std::filesystem::path& root,
                                const std::optional<std::filesystem::path>& times);

/// The first of these names below `root` that exists.
std::optional<std::filesystem::path> FirstExisting(const std::filesystem::path& root,
                                                   const std::vector<std::string>& names);

}  // namespace perilune::datasets
