#include "tools/perilune/run_writer.h"

#include <algorithm>
#include <utility>

namespace perilune::tools {

RunWriter::RunWriter(const std::filesystem::path& folder, std::vector<std::string> level_names)
    : folder_(folder), level_names_(std::move(level_names)) {
  std::filesystem::create_directories(folder_ / "frames");
}

std::string RunWriter::LevelName(int level) const {
  return level < 0 ? "" : level_names_.at(static_cast<std::size_t>(level));
}

void RunWriter::Add(const nav::StepRecord& record) {
  const std::string map = LevelName(record.level);
  datasets::WriteFrame(folder_ / "frames" / (std::to_string(record.fix.t_ns) + ".json"), record.fix,
                       record.site_from_cam_prior);
  datasets::FixRow fix{record.fix, map, static_cast<int>(record.fix.matches.size())};
  fix.fix.matches.clear();  // the frame's file has them
  fixes_.push_back(std::move(fix));
  datasets::StateRow state;
  state.state = record.state;
  state.map = map;
  state.absolute_position_covariance_m2 = record.state.AbsolutePositionCovariance();
  state.map_relative_position_covariance_m2 = record.state.MapRelativePositionCovariance();
  state.velocity_covariance_m2ps2 = record.state.covariance.block<3, 3>(nav::kVelocity, nav::kVelocity);
  states_.push_back(std::move(state));
  for (const nav::Event& event : record.events) {
    events_.push_back({event.t_ns, event.kind, event.source, event.accepted, event.nis, event.dof,
                       event.threshold, event.text});
  }
}

void RunWriter::WriteTables() const {
  datasets::WriteFixes(folder_ / "fixes.csv", fixes_);
  datasets::WriteStates(folder_ / "states.csv", states_);
  datasets::WriteEvents(folder_ / "events.csv", events_);
  datasets::WriteTum(folder_ / "trajectory.tum", states_);
}

int RunWriter::Count(nav::FixStatus status) const {
  return static_cast<int>(std::count_if(fixes_.begin(), fixes_.end(),
                                        [status](const auto& row) { return row.fix.status == status; }));
}

}  // namespace perilune::tools
