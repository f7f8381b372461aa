#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "datasets/formats/matched_images.h"
#include "datasets/formats/sequence.h"
#include "dem/terrain/terrain.h"

namespace perilune::datasets {

/// Match residuals of rendered runs of a scenario (other seeds), one list a run.
using ResidualRuns = std::vector<std::vector<MatchResiduals>>;

/// What a matcher would have found in images that are not rendered: measurement level. For stretches of 20 s
/// a rendered run is drawn, and its image of the same time since the start lends its pixels, covariances and
/// residuals; the surface points are where the true camera, moved by the map's tie, sees the map through each
/// pixel less its residual. So the matches err as those of that image did (with what neighbours share, with
/// wrong ones, with what camera faults did to them), over this seed's own map and ties. Errors that lasted
/// longer than a stretch in the rendered runs do not last longer here. (A block bootstrap: Künsch 1989.)
class DrawnMatches {
 public:
  /// `info.maps` must have been written. Throws std::invalid_argument when there is no run, a run was matched
  /// to a map that the sequence does not have, or pixels lie outside its camera.
  DrawnMatches(const ResidualRuns& runs, const SequenceInfo& info,
               const std::map<std::string, Eigen::Vector3d>& map_tie_in_site_m, std::uint64_t seed);

  /// Nothing when the drawn run has no image within half an interval of the time (it was lost).
  std::optional<nav::MatchedImage> At(std::int64_t since_start_ns,
                                      const Eigen::Isometry3d& true_site_from_cam) const;

 private:
  struct Map {
    dem::Terrain terrain;
    Eigen::Vector3d tie_in_site_m;
  };

  const MatchResiduals* DonorAt(std::int64_t since_start_ns) const;

  const ResidualRuns& runs_;
  const SequenceInfo& info_;
  std::map<std::string, Map> maps_;
  std::uint64_t seed_;
};

}  // namespace perilune::datasets
