#pragma once

#include <filesystem>
#include <vector>

#include "datasets/formats/sequence.h"
#include "nav/navigator/navigator.h"

namespace perilune::tools {

/// A level of the map a file, finest first, resampled into the sequence's site as far as its camera can come
/// to see. Throws dem::DataError.
std::vector<nav::MapLevel> LoadMapLevels(const std::vector<std::filesystem::path>& maps_finest_first,
                                         const datasets::SequenceInfo& info);

/// The navigator that the sequence's sensors and prior ask for. Throws dem::DataError when there is no prior.
nav::Navigator MakeNavigator(const datasets::SequenceInfo& info, std::vector<nav::MapLevel> levels);

/// Hands out a sequence image by image, each with what the sensors said since the one before. Keeps a
/// reference to the sequence; images from before the prior's time are left out.
class FrameSource {
 public:
  FrameSource(const datasets::Sequence& sequence, std::int64_t start_ns);

  std::size_t size() const { return sequence_.images.size() - first_; }
  bool Done() const { return next_image_ >= sequence_.images.size(); }
  /// Reads the next image. Throws dem::DataError.
  nav::FrameInput Next();

 private:
  const datasets::Sequence& sequence_;
  std::size_t first_ = 0;
  std::size_t next_image_ = 0, next_imu_ = 0, next_range_ = 0, next_attitude_ = 0;
};

}  // namespace perilune::tools
