#include "tools/covariance_fit/descent_poses.h"

#include <string>

#include "datasets/formats/frame_journal.h"
#include "datasets/formats/run.h"
#include "datasets/formats/sequence_stream.h"
#include "datasets/formats/truth.h"
#include "datasets/formats/uncertainty.h"
#include "dem/frames/moon.h"
#include "dem/io/data_error.h"
#include "dem/synthesis/random.h"
#include "tools/evaluation/position_error.h"

namespace perilune::tools {
namespace {

constexpr std::uint64_t kAttitudeDraws = 751;
constexpr double kAttitudeSigma_rad = dem::DegToRad(0.01);

/// A star tracker's attitude at the time of an image; nothing else of the prior counts.
nav::PosePrior DrawnAttitude(const Eigen::Isometry3d& truth, std::uint64_t seed, std::int64_t t_ns) {
  dem::Vector6d error = dem::Vector6d::Zero();
  for (std::uint64_t i = 0; i < 3; ++i) {
    const std::uint64_t index = 3 * static_cast<std::uint64_t>(t_ns) + i;
    error[static_cast<Eigen::Index>(i)] = kAttitudeSigma_rad * dem::RandomNormal(seed, kAttitudeDraws, index);
  }
  nav::PosePrior prior;
  prior.site_from_cam = dem::Perturb(truth, error);
  prior.covariance *= kAttitudeSigma_rad * kAttitudeSigma_rad;
  return prior;
}

nav::MapDeclaration DeclarationOf(const std::filesystem::path& map, double map_pixel_m) {
  const datasets::MapUncertainty file = datasets::ReadMapUncertainty(map);
  nav::MapDeclaration declaration;
  declaration.map_pixel_m = map_pixel_m;
  declaration.height_sigma_m = file.height_sigma_m.value_or(0);
  declaration.height_correlation_m = file.height_correlation_m.value_or(0);
  return declaration;
}

}  // namespace

std::vector<DeclaredPose> DescentPoses(const std::filesystem::path& run,
                                       const std::filesystem::path& sequence) {
  const datasets::SequenceInfo info = datasets::OpenSequenceStream(sequence).info;
  const datasets::Truth truth = datasets::ReadTruth(sequence);
  std::vector<DeclaredPose> poses;
  for (const datasets::FixRow& row : datasets::ReadFixes(run / "fixes.csv")) {
    if (row.fix.status != nav::FixStatus::kAccepted) continue;
    const std::int64_t t_ns = row.fix.t_ns;
    nav::Fix fix = datasets::ReadFrame(run / "frames" / (std::to_string(t_ns) + ".json")).fix;
    const auto tie = datasets::MapTieInSite_m(truth, row.map);
    if (!tie) throw dem::DataError(sequence, "the truth has no tie of the map " + row.map);
    Eigen::Isometry3d on_map = TruthAt(truth, t_ns).site_from_body * info.body_from_cam;
    on_map.translation() += *tie;
    fix.ground_sample_m = row.fix.ground_sample_m;
    poses.push_back(DeclaredPoseOf(fix, info.camera,
                                   DrawnAttitude(on_map, truth.seed, t_ns - info.epoch_t_ns),
                                   DeclarationOf(info.root / "map" / row.map, row.fix.map_pixel_m),
                                   datasets::SunOf(info, t_ns), on_map));
    poses.back().group = info.name + ", " + row.map;
    poses.back().unit = info.name + " " + std::to_string(truth.seed);
  }
  return poses;
}

}  // namespace perilune::tools
