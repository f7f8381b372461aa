#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "datasets/formats/csv_table.h"
#include "datasets/formats/sequence.h"
#include "dem/io/atomic_file.h"
#include "dem/io/data_error.h"
#include "tools/perilune/commands.h"
#include "tools/perilune/gyro_rotation.h"
#include "tools/perilune/interrupt.h"
#include "tools/perilune/progress.h"
#include "tools/perilune/track_picture.h"
#include "vision/tracking/feature_tracker.h"

namespace perilune::tools {
namespace {

struct TrackRequest {
  std::filesystem::path sequence, output, motion, picture;
  int max_frames = 0, cells_across = vision::FeatureTrackerOptions().cells_across;
};

constexpr const char* kTrackColumns =
    "t_ns,track_id,age_frames,column_px,row_px,step_xx_px2,step_xy_px2,step_yy_px2,drift_xx_px2,drift_xy_px2,"
    "drift_yy_px2";
constexpr const char* kMotionColumns =
    "t0_ns,t1_ns,status,tracks,direction_x,direction_y,direction_z,sigma_rad,weak_x,weak_y,weak_z,second_x,"
    "second_y,second_z,q_w,q_x,q_y,q_z,parallax_px,residual_scale";

const char* NameOf(vision::MotionStatus status) {
  switch (status) {
    case vision::MotionStatus::kOk:
      return "ok";
    case vision::MotionStatus::kWeak:
      return "weak";
    case vision::MotionStatus::kNoParallax:
      return "no_parallax";
    case vision::MotionStatus::kInconsistent:
      return "inconsistent";
    default:
      return "too_few_tracks";
  }
}

void AddSymmetric(datasets::CsvWriter& csv, const Eigen::Matrix2d& matrix) {
  csv.Add(matrix(0, 0)).Add(matrix(0, 1)).Add(matrix(1, 1));
}

void AddVector(datasets::CsvWriter& csv, const std::optional<Eigen::Vector3d>& vector) {
  if (!vector) {
    csv.AddEmpty(3);
    return;
  }
  csv.Add(vector->x()).Add(vector->y()).Add(vector->z());
}

void AddFeatures(datasets::CsvWriter& csv, std::int64_t t_ns, const vision::TrackedFrame& frame) {
  for (const vision::TrackedFeature& feature : frame.features) {
    csv.Add(t_ns).Add(feature.id).Add(feature.age).Add(feature.pixel_px.x()).Add(feature.pixel_px.y());
    AddSymmetric(csv, feature.step_covariance_px2);
    AddSymmetric(csv, feature.drift_covariance_px2);
    csv.EndRow();
  }
}

void AddCameraMotion(datasets::CsvWriter& csv, std::int64_t t0_ns, std::int64_t t1_ns,
                     const vision::TrackedFrame& frame) {
  const vision::RelativeMotion& motion = frame.motion;
  csv.Add(t0_ns).Add(t1_ns).Add(std::string_view(NameOf(motion.status))).Add(frame.counts.kept);
  if (motion.HasDirection()) {
    AddVector(csv, motion.cam0_from_cam1.translation().normalized());
    csv.Add(motion.direction_sigma_rad);
    AddVector(csv, motion.weak_axis_in_cam0);
  } else {
    csv.AddEmpty(7);
  }
  AddVector(csv, motion.second_direction_in_cam0);
  if (motion.HasDirection() || motion.status == vision::MotionStatus::kNoParallax) {
    const Eigen::Quaterniond q(motion.cam0_from_cam1.linear());
    csv.Add(q.w()).Add(q.x()).Add(q.y()).Add(q.z()).Add(motion.parallax_px).Add(motion.residual_scale);
  } else {
    csv.AddEmpty(6);
  }
  csv.EndRow();
}

int TrackSequence(const TrackRequest& request) {
  const datasets::Sequence sequence = datasets::OpenSequence(request.sequence);
  vision::FeatureTrackerOptions options;
  options.cells_across = request.cells_across;
  options.full_scale = std::exp2(sequence.info.image_bits) - 1;
  vision::FeatureTracker tracker(sequence.info.camera, options);
  datasets::CsvWriter tracks(kTrackColumns), motions(kMotionColumns);
  TrackTrails trails;
  Progress progress("track");
  std::size_t count = sequence.images.size();
  if (request.max_frames > 0) count = std::min(count, static_cast<std::size_t>(request.max_frames));
  int shortest = 0, directions = 0;
  std::int64_t t0_ns = 0;
  for (std::size_t k = 0; k < count; ++k) {
    CheckInterrupted();
    const nav::Image image = datasets::ReadImage(sequence, k);
    const auto rotation = k == 0 ? std::nullopt : GyroRotation(sequence, t0_ns, image.t_ns);
    if (k > 0 && !rotation) {
      throw dem::DataError(sequence.info.root / "imu0",
                           "no samples from " + std::to_string(t0_ns) + " to " + std::to_string(image.t_ns) +
                               " ns: tracking needs the rotation between images");
    }
    const vision::TrackedFrame frame = tracker.Track(image.pixels, rotation);
    AddFeatures(tracks, image.t_ns, frame);
    if (k > 0) AddCameraMotion(motions, t0_ns, image.t_ns, frame);
    shortest = k == 1 ? frame.counts.kept : std::min(shortest, frame.counts.kept);
    directions += frame.motion.HasDirection();
    if (!request.picture.empty()) trails.Add(frame);
    if (!request.picture.empty() && k + 1 == count) trails.Write(request.picture, image.pixels);
    t0_ns = image.t_ns;
    progress.Show("images", k + 1, count, std::to_string(frame.counts.kept) + " kept");
  }
  dem::WriteFileAtomically(request.output, tracks.bytes());
  if (!request.motion.empty()) dem::WriteFileAtomically(request.motion, motions.bytes());
  std::printf("%zu images, at least %d tracks from one to the next, %d directions of motion; %s\n", count,
              shortest, directions, request.output.string().c_str());
  return 0;
}

}  // namespace

void AddTrack(CLI::App& app, Command& selected) {
  auto request = std::make_shared<TrackRequest>();
  CLI::App* sub = app.add_subcommand(
      "track", "Follow surface features from image to image of a sequence; the camera's direction of motion");
  sub->add_option("SEQ", request->sequence, "Sequence folder (ASL/EuRoC layout with sequence.yaml)")
      ->required();
  sub->add_option("-o,--output", request->output, "CSV to write: a row a feature and image")->required();
  sub->add_option(
      "--motion", request->motion,
      "CSV to write: a row a pair of images with the direction of motion in the first one's camera");
  sub->add_option("--picture", request->picture,
                  "Picture to write (.png): the last image with the tracks' last ten places");
  sub->add_option("--max-frames", request->max_frames, "Stop after this many images; 0: all")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  sub->add_option("--cells-across", request->cells_across,
                  "Cells along the image's longer side; each holds one feature")
      ->capture_default_str()
      ->check(CLI::Range(1, 200));
  sub->callback([&selected, request] { selected = [request] { return TrackSequence(*request); }; });
}

}  // namespace perilune::tools
