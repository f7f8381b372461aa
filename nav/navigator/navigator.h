#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dem/ephemeris/sun.h"
#include "dem/terrain/terrain.h"
#include "nav/estimation/map_error.h"
#include "nav/estimation/state.h"
#include "nav/estimation/update.h"
#include "nav/fix/fix_from_image.h"
#include "nav/fix/fix_from_matches.h"
#include "nav/navigator/imu_track.h"
#include "nav/navigator/mounting_monitor.h"
#include "nav/navigator/range_monitor.h"
#include "nav/navigator/range_trust.h"
#include "nav/navigator/state_protection.h"
#include "nav/sensors/records.h"
#include "vision/camera/camera.h"

namespace perilune::nav {

/// One level of the map: a terrain of a single level (one tie), what is declared of it, and its name.
struct MapLevel {
  std::shared_ptr<const dem::Terrain> terrain;
  MapDeclaration declaration;
  std::string name;
};

/// Where the sensors sit.
struct Mounting {
  vision::Camera camera;
  Eigen::Isometry3d body_from_cam = Eigen::Isometry3d::Identity();
  Eigen::Isometry3d body_from_imu = Eigen::Isometry3d::Identity();
  Eigen::Isometry3d body_from_beam = Eigen::Isometry3d::Identity();
};

struct NavigatorOptions {
  FixOptions fix;
  ImuNoise imu_noise;
  ImuTrackOptions imu_track;
  MapErrorOptions map_error;
  RangeOptions range;
  RangeTrustOptions range_trust;
  RangeMonitorOptions range_monitor;
  /// Ground that ranges are predicted from in the place of the map's level: what a lander without a terrain
  /// map assumes. Nothing: the level in use. A terrain of one level.
  std::optional<MapLevel> range_ground;
  ReadmissionOptions readmission;
  MountingMonitorOptions mounting_monitor;
  double attitude_threshold = kGateDof3;
  double fix_threshold = kGateDof3;
  /// Without a sensor of attitude fixes give it too: each rests on its picture alone and is taken with all
  /// six degrees of freedom.
  bool attitude_from_fixes = false;
  double fix_pose_threshold = kGateDof6;
  /// Share of the image's footprint that a level must cover to be used; the finest such level is.
  double level_share = 0.5;
  /// Tie of a map that declares none, 1 sigma in its pixels: what maps of a mission have by rule of thumb. It
  /// only sets how fast the filter lets the map overrule the prior; fixes of such a map have no absolute
  /// covariance.
  double undeclared_tie_horizontal_px = 2;
  double undeclared_tie_vertical_px = 1;
  /// Each image in a row without a pose widens the search by this factor, up to the limit: the prior may be
  /// the reason.
  double search_widening = 1.5;
  double widest_search = 10;
  ProtectionLevelOptions protection;
  std::string start_source = "prior";  ///< of the event `start`: what the initial state rests on
  std::string start_text;              ///< likewise: its numbers

  /// Throws std::invalid_argument naming field and value.
  void Validate() const;
};

/// One image and what arrived since the last one, each list in time order, none later than the image. The Sun
/// is that of the image's time. A first input may hold samples from before the state's time: they are passed
/// over.
struct FrameInput {
  Image image;
  std::optional<MatchedImage> matched;  ///< where it is given the image's pixels are not looked at
  std::vector<Imu> imu;
  std::vector<Range> ranges;
  std::vector<Attitude> attitudes;
  dem::Sun sun;
};

/// A decision: what was measured, whether it was taken, and why.
struct Event {
  std::int64_t t_ns = 0;
  std::string kind;    ///< fix, range, attitude, start, level, trust (in a sensor, with its numbers)
  std::string source;  ///< sensor or map level
  bool accepted = false;
  double nis = 0;
  int dof = 0;
  double threshold = 0;
  std::string text;
};

struct StepRecord {
  State state;                                                            ///< after the image
  Eigen::Isometry3d site_from_cam_prior = Eigen::Isometry3d::Identity();  ///< map-relative, before it
  Fix fix;                     ///< map_level counts the navigator's levels
  int level = -1;              ///< that was used; −1: none covers enough
  ProtectionLevel protection;  ///< of the state's map-relative position (state_protection.h)
  std::vector<Event> events;   ///< time order
};

/// The lander's navigation: one call an image. No files, clocks, logging or global state; the same inputs
/// give the same records.
class Navigator {
 public:
  /// `levels` finest first. Throws std::invalid_argument for bad options, no level, a level of several
  /// terrain levels, or one without a positive map pixel.
  Navigator(const NavigatorOptions& options, std::vector<MapLevel> levels, const Mounting& mounting,
            const dem::Site& site, const State& initial);

  /// Throws std::invalid_argument when the image does not follow the last one.
  StepRecord Step(const FrameInput& input);
  /// The same with the fix that an earlier Step of the same input gave, at the cost of the filter alone: the
  /// state afterwards is the same to the last bit. The image's pixels are not looked at.
  StepRecord Replay(const FrameInput& input, const Fix& fix);

  const State& state() const { return state_; }
  const std::vector<MapLevel>& levels() const { return levels_; }

 private:
  PosePrior PrepareFix(const FrameInput& input);
  StepRecord Conclude(const PosePrior& prior, Fix fix);
  void Predict(const FrameInput& input);
  void AdvanceTo(std::int64_t t_ns);
  void Update(const Attitude& attitude);
  void Update(const Range& range);
  RangeTest Test(const Range& range, const State& state, double travelled_since_m) const;
  void JudgeRange(const Range& range, const RangeTest& test);
  void TestRival(const Range& range);
  void DecideRival(std::int64_t t_ns);
  void CompareWithRanges(const Fix& fix);
  /// `change` to every state that is flown beside the navigator's own.
  template <typename Change>
  void ChangeOthers(const Change& change);
  const MapLevel* RangeGround() const;
  void Update(const Fix& fix);
  void SelectLevel();
  Fix MakeFix(const FrameInput& input, const PosePrior& prior) const;
  Fix MakeFix(const MatchedImage& matched, const FrameInput& input, const PosePrior& prior) const;
  PosePrior CameraPrior(const State& state) const;
  UpdateResult UpdateBy(const State& state, const Fix& fix) const;
  double FootprintOf_m(const Fix& fix) const;
  State WithMapErrorAt(const State& state, const Fix& fix, double since_fix_m) const;
  /// A fix that the state refuses: taken by the state without ranges, or with others in a row that agree.
  UpdateResult TryWithoutRanges(const Fix& fix, const Fix& independent, double since_fix_m);
  UpdateResult Reconsider(const Fix& fix, const UpdateResult& gated);
  void Record(std::int64_t t_ns, const char* kind, const std::string& source, const UpdateResult& result,
              const std::string& text = {});
  /// What came to a stand in the inertial unit, or moves again, since `before`.
  void RecordStuck(const StuckSensors& before);
  /// A decision on the range sensor or on the state because of it.
  void RecordTrust(std::int64_t t_ns, bool accepted, const std::string& text);
  TieSigma LevelTie(const MapDeclaration& declaration) const;

  NavigatorOptions options_;
  std::vector<MapLevel> levels_;
  Mounting mounting_;
  dem::Site site_;
  State state_;
  ImuTrack imu_;
  /// What start, attitudes and inertial unit say, until a fix is accepted: where to look for it. A lander
  /// that does not know its place reads the hills of another one, and the ranges make it certain of that.
  std::optional<State> without_ranges_;

  int level_ = -1;
  double travelled_m_ = 0;                    ///< path length since the start
  std::optional<double> travelled_at_fix_m_;  ///< of the last image with a pose on this level
  std::optional<double> travelled_at_range_m_;
  RangeTrust range_trust_;
  RangeMonitor range_monitor_;
  std::optional<RivalState> rival_;
  std::optional<UnconfirmedRanges> unconfirmed_;
  std::optional<std::int64_t> accepted_fix_ns_;
  std::vector<RefusedFix> refused_;
  MountingMonitor mounting_monitor_;
  int images_without_pose_ = 0;
  std::vector<Event> events_;
};

}  // namespace perilune::nav
