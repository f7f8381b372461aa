#pragma once

namespace perilune::vision {

/// Cosines of incidence and emission, and the phase angle.
struct Photometry {
  double cos_incidence = 0;
  double cos_emission = 0;
  double phase_rad = 0;
};

}  // namespace perilune::vision
