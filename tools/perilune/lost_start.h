#pragma once

#include <filesystem>
#include <string>

#include "datasets/formats/sequence_stream.h"
#include "nav/estimation/state.h"
#include "nav/navigator/imu_track.h"

namespace perilune::tools {

/// What a navigator without a prior knows.
struct LostStartRequest {
  std::filesystem::path craters;  ///< crater file, or a table with `mapping`
  std::string mapping;
  bool use_stars = true;  ///< false: not even the attitude, nothing but the camera's intrinsics
  nav::ImuTrackOptions track;
};

struct LostStart {
  nav::State state;  ///< at the time of the image that settled it
  std::string text;  ///< how, with its numbers
};

/// Looks for the craters of a catalogue in image after image until two in a row say where the lander is and
/// how it moves (nav/navigator/crater_start.h). The catalogue's tie and 1 sigma of its rims' heights are
/// those of its `.uncertainty.yaml`. Tells stderr of each image. Throws dem::DataError: no image is
/// recognised, or no two that agree; what cannot be read; images without pictures; stars are to be used and
/// there are none.
LostStart FindStart(datasets::SequenceStream sequence, const LostStartRequest& request);

/// The prior that such a state is, for what asks for one: sigmas along the axes, without what they have in
/// common.
datasets::Prior PriorOf(const nav::State& state);

}  // namespace perilune::tools
