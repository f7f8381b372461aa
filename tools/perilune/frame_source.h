#pragma once

#include <cstddef>
#include <cstdint>

#include "datasets/formats/sequence_stream.h"
#include "nav/navigator/navigator.h"

namespace perilune::tools {

/// Hands out a sequence image by image, each with what the sensors said since the one before. Memory holds
/// one image and the samples of one interval. Images from before the prior's time are left out.
class FrameSource {
 public:
  /// `inputs_hash` is where the hashes begin.
  FrameSource(datasets::SequenceStream sequence, std::int64_t start_ns, std::uint64_t inputs_hash);

  std::size_t size() const { return sequence_.images.size() - first_; }
  bool Done() const { return next_image_ >= sequence_.images.size(); }
  /// Time of the next image. Only when not Done().
  std::int64_t NextTime_ns() const { return sequence_.images.at(next_image_).t_ns; }

  /// What the next image is navigated with, without its pixels, and a hash of it: of the bytes of the image's
  /// file (or of what was found in it), the samples, and all that went before, the inputs first. Throws
  /// dem::DataError.
  struct Frame {
    nav::FrameInput input;
    std::uint64_t hash = 0;
  };
  Frame Next();
  /// The pixels of the frame that Next() gave last, where it has no matches. Throws dem::DataError.
  cv::Mat ReadPixels() const;

 private:
  nav::MatchedImage MatchesAt(std::int64_t t_ns);

  datasets::SequenceStream sequence_;
  std::size_t first_ = 0, next_image_ = 0;
  std::uint64_t hash_ = 0;
};

}  // namespace perilune::tools
