#include "tools/evaluation/match_residuals.h"

#include <string>

#include "datasets/formats/frame_journal.h"
#include "datasets/formats/run.h"
#include "datasets/formats/sequence_stream.h"
#include "datasets/formats/truth.h"
#include "dem/io/data_error.h"
#include "tools/evaluation/position_error.h"

namespace perilune::tools {
namespace {

/// The matches whose points the true camera sees, with their residuals.
void AddResiduals(const nav::Fix& fix, const vision::Camera& camera, const Eigen::Isometry3d& site_from_cam,
                  datasets::MatchResiduals& image) {
  for (const nav::FixMatch& row : fix.matches) {
    const auto seen_px = camera.Project(site_from_cam.inverse() * row.match.point_in_site_m);
    if (!seen_px) continue;
    image.of.image.matches.push_back(row.match);
    image.residual_px.emplace_back(row.match.pixel_px - *seen_px);
  }
}

}  // namespace

std::vector<datasets::MatchResiduals> MatchResidualsOf(const std::filesystem::path& run,
                                                       const std::filesystem::path& sequence) {
  const datasets::SequenceInfo info = datasets::OpenSequenceStream(sequence).info;
  const datasets::Truth truth = datasets::ReadTruth(sequence);
  std::vector<datasets::MatchResiduals> images;
  for (const datasets::FixRow& row : datasets::ReadFixes(run / "fixes.csv")) {
    const std::int64_t t_ns = row.fix.t_ns;
    const nav::Fix fix = datasets::ReadFrame(run / "frames" / (std::to_string(t_ns) + ".json")).fix;
    datasets::MatchResiduals image;
    image.of.t_ns = t_ns - info.epoch_t_ns;
    image.of.image.attempted = fix.attempted;
    if (fix.status != nav::FixStatus::kNoMap) image.of.image.map = row.map;
    if (!fix.matches.empty()) {
      const auto tie = MapTieInSite_m(truth, row.map);
      if (!tie) {
        throw dem::DataError(sequence, "the truth has no tie of the map " + row.map);
      }
      Eigen::Isometry3d site_from_cam = TruthAt(truth, t_ns).site_from_body * info.body_from_cam;
      site_from_cam.translation() += *tie;
      AddResiduals(fix, info.camera, site_from_cam, image);
    }
    images.push_back(std::move(image));
  }
  return images;
}

}  // namespace perilune::tools
