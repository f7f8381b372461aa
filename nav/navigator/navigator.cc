#include "nav/navigator/navigator.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

#include "dem/frames/pose.h"
#include "nav/fix/footprint.h"

namespace perilune::nav {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

void RequirePositive(double value, const std::string& field) {
  if (!(value > 0) || !std::isfinite(value)) {
    throw std::invalid_argument("navigator: " + field + " " + std::to_string(value) + " must be positive");
  }
}

void RequireLevels(const std::vector<MapLevel>& levels) {
  if (levels.empty()) throw std::invalid_argument("navigator: there is no level of the map");
  for (const MapLevel& level : levels) {
    if (level.terrain == nullptr || level.terrain->LevelCount() != 1) {
      throw std::invalid_argument("navigator: map " + level.name + " must be a terrain of one level");
    }
    RequirePositive(level.declaration.map_pixel_m, "map_pixel_m of " + level.name);
  }
}

constexpr char kInertialUnit[] = "imu0";
constexpr char kStarTracker[] = "star_tracker0";
/// Way since something that has not been yet.
constexpr double kNever_m = std::numeric_limits<double>::infinity();

/// What an operator should know of a level that comes into use.
std::string WhatIsOddAbout(const MapDeclaration& map) {
  std::string text;
  if (!map.tie_sigma_horizontal_m || !map.tie_sigma_vertical_m) text = "tie not declared: assumed";
  if (map.IsBlurred()) {
    text += (text.empty() ? "" : "; ") + std::string("its relief is worth a pixel of ") +
            std::to_string(std::lround(map.DetailPixel_m())) + " m";
  }
  return text;
}

/// Attitudes and ranges of a frame by time; an attitude before a range of the same time.
struct Measurement {
  std::int64_t t_ns = 0;
  const Attitude* attitude = nullptr;
  const Range* range = nullptr;
};

std::vector<Measurement> InTimeOrder(const FrameInput& input) {
  std::vector<Measurement> all;
  for (const Attitude& attitude : input.attitudes) all.push_back({attitude.t_ns, &attitude, nullptr});
  for (const Range& range : input.ranges) all.push_back({range.t_ns, nullptr, &range});
  std::stable_sort(all.begin(), all.end(),
                   [](const Measurement& a, const Measurement& b) { return a.t_ns < b.t_ns; });
  return all;
}

}  // namespace

void NavigatorOptions::Validate() const {
  fix.Validate();
  imu_noise.Validate();
  imu_track.Validate();
  map_error.Validate();
  range.Validate();
  range_trust.Validate();
  range_monitor.Validate();
  if (range_ground) RequireLevels({*range_ground});
  readmission.Validate();
  mounting_monitor.Validate();
  protection.Validate();
  RequirePositive(attitude_threshold, "attitude_threshold");
  RequirePositive(fix_threshold, "fix_threshold");
  RequirePositive(fix_pose_threshold, "fix_pose_threshold");
  RequirePositive(level_share, "level_share");
  RequirePositive(undeclared_tie_horizontal_px, "undeclared_tie_horizontal_px");
  RequirePositive(undeclared_tie_vertical_px, "undeclared_tie_vertical_px");
  if (!(search_widening >= 1)) throw std::invalid_argument("navigator: search_widening must be at least 1");
  if (!(widest_search >= 1)) throw std::invalid_argument("navigator: widest_search must be at least 1");
}

Navigator::Navigator(const NavigatorOptions& options, std::vector<MapLevel> levels, const Mounting& mounting,
                     const dem::Site& site, const State& initial)
    : options_(options),
      levels_(std::move(levels)),
      mounting_(mounting),
      site_(site),
      state_(initial),
      imu_(site, mounting.body_from_imu, options.imu_noise, options.imu_track),
      without_ranges_(initial),
      range_trust_(options.range_trust),
      range_monitor_(options.range_monitor),
      mounting_monitor_(options.mounting_monitor) {
  options_.Validate();
  mounting_.camera.Validate();
  RequireLevels(levels_);
  events_.push_back({state_.t_ns, "start", options_.start_source, true, 0, 0, 0, options_.start_text});
  SelectLevel();
}

StepRecord Navigator::Step(const FrameInput& input) {
  const PosePrior prior = PrepareFix(input);
  return Conclude(prior, MakeFix(input, prior));
}

StepRecord Navigator::Replay(const FrameInput& input, const Fix& fix) {
  const PosePrior prior = PrepareFix(input);
  return Conclude(prior, fix);
}

PosePrior Navigator::PrepareFix(const FrameInput& input) {
  events_.reserve(events_.size() + input.ranges.size() + input.attitudes.size() + 4);
  Predict(input);
  SelectLevel();
  return CameraPrior(without_ranges_ ? *without_ranges_ : state_);
}

StepRecord Navigator::Conclude(const PosePrior& prior, Fix fix) {
  StepRecord record;
  record.site_from_cam_prior = prior.site_from_cam;
  record.fix = std::move(fix);
  Update(record.fix);
  if (const std::optional<std::string> text = mounting_monitor_.Judge(
          record.fix, {prior.site_from_cam.translation(), FootprintOf_m(record.fix)})) {
    events_.push_back({state_.t_ns, "trust", kStarTracker, false, 0, 0, 0, *text});
  }
  record.state = state_;
  record.level = level_;
  record.protection =
      ProtectState(state_, {level_ >= 0, static_cast<int>(refused_.size()), rival_ ? &*rival_ : nullptr},
                   options_.protection);
  record.events = std::exchange(events_, {});
  return record;
}

void Navigator::Predict(const FrameInput& input) {
  if (input.image.t_ns < state_.t_ns) {
    throw std::invalid_argument("navigator: the image at " + std::to_string(input.image.t_ns) +
                                " ns is before the state's time, " + std::to_string(state_.t_ns) + " ns");
  }
  const StuckSensors stuck_before = imu_.Stuck();
  imu_.Append(input.imu);
  RecordStuck(stuck_before);
  for (const Measurement& measurement : InTimeOrder(input)) {
    if (measurement.t_ns < state_.t_ns) continue;
    AdvanceTo(measurement.t_ns);
    if (measurement.attitude != nullptr) {
      Update(*measurement.attitude);
    } else {
      Update(*measurement.range);
    }
  }
  AdvanceTo(input.image.t_ns);
  imu_.DropBefore(state_.t_ns);
}

template <typename Change>
void Navigator::ChangeOthers(const Change& change) {
  if (rival_) change(rival_->state);
  if (without_ranges_) change(*without_ranges_);
  if (unconfirmed_) change(unconfirmed_->state);
}

void Navigator::AdvanceTo(std::int64_t t_ns) {
  const Vector3d from = state_.site_from_body.translation();
  state_ = imu_.Propagate(state_, t_ns);
  travelled_m_ += (state_.site_from_body.translation() - from).norm();
  ChangeOthers([&](State& other) { other = imu_.Propagate(other, t_ns); });
}

void Navigator::Update(const Attitude& attitude) {
  const UpdateResult result = UpdateAttitude(state_, attitude, site_, options_.attitude_threshold);
  state_ = result.state;
  ChangeOthers([&](State& other) {
    other = UpdateAttitude(other, attitude, site_, options_.attitude_threshold).state;
  });
  Record(attitude.t_ns, "attitude", kStarTracker, result);
}

void Navigator::SelectLevel() {
  const Eigen::Isometry3d site_from_cam = CameraPrior(state_).site_from_cam;
  int chosen = -1;
  for (std::size_t i = 0; i < levels_.size() && chosen < 0; ++i) {
    const Footprint footprint = MeasureFootprint(*levels_[i].terrain, mounting_.camera, site_from_cam);
    if (footprint.covered_share >= options_.level_share) chosen = static_cast<int>(i);
  }
  if (chosen == level_) return;
  level_ = chosen;
  travelled_at_fix_m_.reset();
  travelled_at_range_m_.reset();
  if (unconfirmed_) unconfirmed_->travelled_at_range_m.reset();
  range_monitor_.Forget();
  refused_.clear();
  if (level_ < 0) {
    events_.push_back({state_.t_ns, "level", "", false, 0, 0, 0, "no level covers enough of the image"});
    return;
  }
  const MapLevel& level = levels_[static_cast<std::size_t>(level_)];
  const auto with_tie = [&](const State& state) {
    return ResetMapTie(state, LevelTie(level.declaration), Matrix3d::Zero());
  };
  state_ = with_tie(state_);
  ChangeOthers([&](State& other) { other = with_tie(other); });
  events_.push_back({state_.t_ns, "level", level.name, true, 0, 0, 0, WhatIsOddAbout(level.declaration)});
}

TieSigma Navigator::LevelTie(const MapDeclaration& declaration) const {
  return {declaration.tie_sigma_horizontal_m.value_or(options_.undeclared_tie_horizontal_px *
                                                      declaration.map_pixel_m),
          declaration.tie_sigma_vertical_m.value_or(options_.undeclared_tie_vertical_px *
                                                    declaration.map_pixel_m)};
}

PosePrior Navigator::CameraPrior(const State& state) const {
  const Vector3d lever = mounting_.body_from_cam.translation();
  Eigen::Matrix<double, 6, kStateSize> by_error = Eigen::Matrix<double, 6, kStateSize>::Zero();
  by_error.block<3, 3>(0, kTheta) = mounting_.body_from_cam.linear().transpose();
  by_error.block<3, 3>(3, kTheta) = -state.site_from_body.linear() * dem::Skew(lever);
  by_error.block<3, 3>(3, kPosition).setIdentity();
  by_error.block<3, 3>(3, kMapTie).setIdentity();
  by_error.block<3, 3>(3, kMapError).setIdentity();
  PosePrior prior;
  prior.site_from_cam = state.site_from_body * mounting_.body_from_cam;
  prior.site_from_cam.translation() += state.map_tie_m + state.map_error_m;
  prior.covariance = by_error * state.covariance * by_error.transpose();
  const double widening =
      std::min(options_.widest_search, std::pow(options_.search_widening, images_without_pose_));
  prior.covariance.middleRows<3>(3) *= widening;
  prior.covariance.middleCols<3>(3) *= widening;
  prior.use_attitude = !options_.attitude_from_fixes;
  if (mounting_monitor_.Contradicted()) {
    prior.correction_covariance_rad2 = mounting_monitor_.covariance_rad2();
    prior.site_from_cam.linear() *= dem::ExpSo3(mounting_monitor_.correction_rad()).toRotationMatrix();
    prior.covariance.topLeftCorner<3, 3>() += prior.correction_covariance_rad2;
  }
  return prior;
}

Fix Navigator::MakeFix(const FrameInput& input, const PosePrior& prior) const {
  Fix fix;
  if (level_ < 0) {
    fix.status = FixStatus::kNoMap;
    fix.reason = "no level of the map covers enough of the image";
    fix.site_from_cam = prior.site_from_cam;
  } else if (input.matched) {
    fix = MakeFix(*input.matched, input, prior);
  } else {
    const MapLevel& level = levels_[static_cast<std::size_t>(level_)];
    fix = FixFromImage(input.image.pixels, mounting_.camera, *level.terrain, input.sun, prior,
                       level.declaration, options_.fix);
  }
  fix.t_ns = input.image.t_ns;
  fix.map_level = level_;
  return fix;
}

Fix Navigator::MakeFix(const MatchedImage& matched, const FrameInput& input, const PosePrior& prior) const {
  const MapLevel& level = levels_[static_cast<std::size_t>(level_)];
  if (matched.map == level.name) {
    return FixFromMatches(matched, mounting_.camera, *level.terrain, input.sun, prior, level.declaration,
                          options_.fix.estimate);
  }
  Fix fix;
  fix.status = matched.map.empty() ? FixStatus::kNoMap : FixStatus::kTooFewMatches;
  fix.reason = matched.map.empty()
                   ? "it was matched to no map"
                   : "its matches are with " + matched.map + ", the level in use is " + level.name;
  fix.site_from_cam = prior.site_from_cam;
  fix.map_pixel_m = level.declaration.map_pixel_m;
  return fix;
}

void Navigator::Update(const Fix& fix) {
  const std::string source = level_ < 0 ? "" : levels_[static_cast<std::size_t>(level_)].name;
  if (!fix.HasPose() && fix.status != FixStatus::kNoMap && !fix.attitude_contradicted) ++images_without_pose_;
  if (!fix.HasPose() && !fix.beyond_prior) {
    return Record(fix.t_ns, "fix", source, {}, fix.reason.empty() ? ToString(fix.status) : fix.reason);
  }
  if (fix.HasPose()) images_without_pose_ = 0;
  const double since_fix_m = travelled_at_fix_m_ ? travelled_m_ - *travelled_at_fix_m_ : kNever_m;
  state_ = WithMapErrorAt(state_, fix, since_fix_m);
  travelled_at_fix_m_ = travelled_m_;
  if (fix.HasPose()) CompareWithRanges(fix);
  const Fix independent = WithoutSharedError(fix, options_.map_error);
  UpdateResult result = UpdateBy(state_, independent);
  if (rival_) {
    const UpdateResult of_rival = UpdateBy(WithMapErrorAt(rival_->state, fix, since_fix_m), independent);
    rival_->CountFix(result, of_rival);
    rival_->state = of_rival.state;
  }
  if (unconfirmed_) {
    unconfirmed_->state = UpdateBy(WithMapErrorAt(unconfirmed_->state, fix, since_fix_m), independent).state;
  }
  std::string text = fix.reason;
  if (!result.accepted && without_ranges_) {
    const UpdateResult of_start = TryWithoutRanges(fix, independent, since_fix_m);
    if (of_start.accepted) result = of_start;
  }
  if (!result.accepted) {
    result = Reconsider(independent, result);
    if (result.accepted) {
      unconfirmed_.reset();
      text = "the state was widened: refused fixes agree with each other";
    } else if (fix.HasPose()) {
      text = "gated";
    }
  }
  if (result.accepted) {
    refused_.clear();
    without_ranges_.reset();
    accepted_fix_ns_ = fix.t_ns;
  }
  state_ = result.state;
  Record(fix.t_ns, "fix", source, result, text);
  DecideRival(fix.t_ns);
}

double Navigator::FootprintOf_m(const Fix& fix) const {
  return fix.ground_sample_m * mounting_.camera.width_px;
}

State Navigator::WithMapErrorAt(const State& state, const Fix& fix, double since_fix_m) const {
  return AdvanceMapError(state, since_fix_m, options_.map_error.correlation_footprints * FootprintOf_m(fix),
                         SharedErrorCovariance(fix, options_.map_error));
}

UpdateResult Navigator::UpdateBy(const State& state, const Fix& fix) const {
  if (options_.attitude_from_fixes) {
    return UpdateFixPose(state, fix, mounting_.body_from_cam, options_.fix_pose_threshold);
  }
  return UpdateFix(state, fix, mounting_.body_from_cam.translation(), options_.fix_threshold);
}

UpdateResult Navigator::TryWithoutRanges(const Fix& fix, const Fix& independent, double since_fix_m) {
  const UpdateResult result = UpdateBy(WithMapErrorAt(*without_ranges_, fix, since_fix_m), independent);
  if (!result.accepted) return result;
  rival_.reset();
  unconfirmed_.reset();
  if (options_.range_trust.policy == RangePolicy::kReadmit) range_trust_ = RangeTrust(options_.range_trust);
  RecordTrust(
      fix.t_ns, true,
      "the first fix contradicts what ranges had made of the start, and not the start: the ranges are "
      "forgotten");
  return result;
}

UpdateResult Navigator::Reconsider(const Fix& fix, const UpdateResult& gated) {
  const Eigen::Isometry3d predicted = CameraPrior(state_).site_from_cam;
  refused_.push_back({fix, fix.site_from_cam.translation() - predicted.translation()});
  refused_.back().fix.matches.clear();
  if (refused_.size() > static_cast<std::size_t>(options_.readmission.refusals))
    refused_.erase(refused_.begin());
  if (JudgeRefusals(refused_, options_.readmission) != Readmission::kStateIsWrong) return gated;
  const double elapsed_s = static_cast<double>(fix.t_ns - accepted_fix_ns_.value_or(fix.t_ns)) * 1e-9;
  State widened = WidenedBy(state_, refused_.back().innovation_m, elapsed_s);
  if (options_.attitude_from_fixes) {
    const double turn_rad = dem::PoseDifference(predicted, fix.site_from_cam).head<3>().norm();
    widened.covariance.block<3, 3>(kTheta, kTheta) += turn_rad * turn_rad * Matrix3d::Identity();
  }
  return UpdateBy(widened, fix);
}

void Navigator::RecordStuck(const StuckSensors& before) {
  const StuckSensors now = imu_.Stuck();
  const auto record = [&](bool was, bool is, const char* sensor) {
    if (was == is) return;
    events_.push_back(
        {state_.t_ns, "trust", kInertialUnit, !is, 0, 0, 0,
         std::string(sensor) + (is ? ": an axis stands still, at the end of its range or stuck; "
                                     "what it says counts as uncertain as coasting"
                                   : ": its axes move again")});
  };
  record(before.gyro, now.gyro, "gyro");
  record(before.accel, now.accel, "accelerometer");
}

void Navigator::Record(std::int64_t t_ns, const char* kind, const std::string& source,
                       const UpdateResult& result, const std::string& text) {
  events_.push_back({t_ns, kind, source, result.accepted, result.nis, result.dof, result.threshold, text});
}

}  // namespace perilune::nav
