#pragma once

#include <cstdint>
#include <optional>

#include "datasets/formats/sequence.h"
#include "vision/tracking/two_view.h"

namespace perilune::tools {

/// The camera's rotation from t0 to t1 by the sequence's gyro, its samples held until the next one;
/// covariance from the declared noise and bias sigma (the bias itself is not known here). The gyro's rate is
/// against `inertial`; the site's own turn, 2.7e-6 rad/s, lies below any gyro's bias. Nothing where samples
/// do not cover the interval.
std::optional<vision::RotationPrior> GyroRotation(const datasets::Sequence& sequence, std::int64_t t0_ns,
                                                  std::int64_t t1_ns);

}  // namespace perilune::tools
