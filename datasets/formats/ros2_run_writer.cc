#include "datasets/formats/ros2_run_writer.h"

#include <vector>

#include "datasets/formats/json_object.h"
#include "datasets/formats/ros2_hazard_grid.h"
#include "datasets/formats/ros2_log_streams.h"
#include "datasets/formats/ros2_poses.h"
#include "datasets/formats/run.h"
#include "dem/io/data_error.h"

namespace perilune::datasets {
namespace {

RosPoseWithCovarianceStamped RosPoseWith(std::int64_t t_ns, const Eigen::Isometry3d& site_from_x,
                                         const dem::Matrix6d& covariance) {
  RosPoseWithCovarianceStamped message;
  message.header = {RosTimeFromNanoseconds(t_ns), "site"};
  message.pose = RosPoseFrom(site_from_x);
  message.covariance = RosCovariance(site_from_x, covariance);
  return message;
}

dem::Matrix6d StateCovariance(const StateRow& row) {
  dem::Matrix6d covariance = dem::Matrix6d::Zero();
  covariance.topLeftCorner<3, 3>().diagonal().setConstant(kUnknownAttitudeVariance_rad2);
  covariance.bottomRightCorner<3, 3>() = row.absolute_position_covariance_m2;
  return covariance;
}

void WriteFix(Ros2LogWriter& log, const nav::Fix& fix) {
  if (!fix.HasPose()) return;
  log.Write(kFixMapRelativeTopic, RosPoseWith(fix.t_ns, fix.site_from_cam, fix.covariance_map_relative));
  if (fix.covariance_absolute) {
    log.Write(kFixAbsoluteTopic, RosPoseWith(fix.t_ns, fix.site_from_cam, *fix.covariance_absolute));
  }
}

void WriteHazards(Ros2LogWriter& log, const std::filesystem::path& run, std::int64_t t_ns) {
  const std::filesystem::path p_site = run / "hazards" / "p_site.tif", sites = run / "sites.geojson";
  if (!std::filesystem::exists(p_site) || !std::filesystem::exists(sites)) return;
  const JsonObject site = JsonObject(sites).Child("site");
  log.Write(kHazardTopic, HazardGrid(p_site,
                                     dem::MakeSite({dem::DegToRad(site.Number("latitude_deg")),
                                                    dem::DegToRad(site.Number("longitude_deg"))}),
                                     t_ns));
}

}  // namespace

std::uint64_t WriteRunLog(const std::filesystem::path& path, const std::filesystem::path& run,
                          const LogProgress& progress) {
  if (!std::filesystem::exists(run / "run.json")) {
    throw dem::DataError(run, "not a finished run (no run.json): run `perilune navigate` to its end");
  }
  const std::vector<FixRow> fixes = ReadFixes(run / "fixes.csv");
  const std::vector<StateRow> states = ReadStates(run / "states.csv");
  Ros2LogWriter log(path);
  const auto write_state = [&](std::size_t i) {
    const nav::State& state = states[i].state;
    log.Write(kStateTopic, RosPoseWith(state.t_ns, state.site_from_body, StateCovariance(states[i])));
  };
  std::size_t done = 0;
  WriteInTimeOrder({StreamByIndex(
                        fixes.size(), [&](std::size_t i) { return fixes[i].fix.t_ns; },
                        [&](std::size_t i) { WriteFix(log, fixes[i].fix); }),
                    StreamByIndex(
                        states.size(), [&](std::size_t i) { return states[i].state.t_ns; }, write_state)},
                   [&] { progress(++done, fixes.size() + states.size()); });
  WriteHazards(log, run, fixes.empty() ? 0 : fixes.back().fix.t_ns);
  log.Finish();
  return log.message_count();
}

}  // namespace perilune::datasets
