#include "tools/perilune/run_writer.h"

#include <utility>

#include "nav/output/json_lines.h"

namespace perilune::tools {

RunWriter::RunWriter(const std::filesystem::path& folder, std::vector<std::string> level_names)
    : folder_(folder),
      level_names_(std::move(level_names)),
      tables_(folder_),
      landing_(folder_ / "landing.jsonl") {
  std::filesystem::create_directories(folder_ / "frames");
}

std::string RunWriter::LevelName(int level) const {
  return level < 0 ? "" : level_names_.at(static_cast<std::size_t>(level));
}

std::filesystem::path RunWriter::EntryPath(std::int64_t t_ns) const {
  return folder_ / "frames" / (std::to_string(t_ns) + ".json");
}

void RunWriter::Add(const nav::StepRecord& record, std::uint64_t input_hash) {
  datasets::WriteFrame(EntryPath(record.fix.t_ns), {record.fix, record.site_from_cam_prior, input_hash});
  AddReplayed(record);
}

void RunWriter::AddReplayed(const nav::StepRecord& record) {
  const std::string map = LevelName(record.level);
  datasets::FixRow fix{record.fix, map, static_cast<int>(record.fix.matches.size())};
  fix.fix.matches.clear();  // the journal has them
  tables_.Add(fix);
  landing_.Append(nav::EncodeFixJsonLine(fix.fix));
  datasets::StateRow state;
  state.state = record.state;
  state.map = map;
  state.absolute_position_covariance_m2 = record.state.AbsolutePositionCovariance();
  state.map_relative_position_covariance_m2 = record.state.MapRelativePositionCovariance();
  state.velocity_covariance_m2ps2 = record.state.covariance.block<3, 3>(nav::kVelocity, nav::kVelocity);
  if (record.protection.status == nav::ProtectionStatus::kGiven) {
    state.horizontal_protection_m = record.protection.horizontal_m;
    state.vertical_protection_m = record.protection.vertical_m;
  }
  tables_.Add(state);
  for (const nav::Event& event : record.events) {
    tables_.Add(datasets::EventRow{event.t_ns, event.kind, event.source, event.accepted, event.nis, event.dof,
                                   event.threshold, event.text});
  }
  ++counts_[record.fix.status];
  ++frames_;
  last_fix_ns_ = record.fix.t_ns;
}

void RunWriter::Finish(const std::string& landing_lines) {
  landing_.Append(landing_lines);
  landing_.Close();
  tables_.Close();
}

int RunWriter::Count(nav::FixStatus status) const {
  const auto count = counts_.find(status);
  return count == counts_.end() ? 0 : count->second;
}

}  // namespace perilune::tools
