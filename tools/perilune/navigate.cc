#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "dem/io/atomic_file.h"
#include "nav/output/json_lines.h"
#include "tools/perilune/commands.h"
#include "tools/perilune/frame_source.h"
#include "tools/perilune/interrupt.h"
#include "tools/perilune/landing_step.h"
#include "tools/perilune/navigation_setup.h"
#include "tools/perilune/output_folder.h"
#include "tools/perilune/progress.h"
#include "tools/perilune/replay_options.h"
#include "tools/perilune/run_writer.h"

namespace perilune::tools {
namespace {

struct NavigateOptions {
  std::filesystem::path sequence;
  std::filesystem::path output;
  std::vector<std::filesystem::path> maps;
  int max_frames = 0;
  ReplayRequest replay;
  bool overwrite = false;
  bool require_fix = false;
};

constexpr int kNoFixFound = 3;

std::vector<std::filesystem::path> MapsOf(const datasets::SequenceInfo& info,
                                          const NavigateOptions& options) {
  if (!options.maps.empty()) return options.maps;
  if (info.maps.empty()) throw std::invalid_argument("the sequence names no map: give --map DEM");
  std::vector<std::filesystem::path> maps;
  for (const std::filesystem::path& map : info.maps) maps.push_back(info.root / map);
  return maps;
}

std::vector<std::string> NamesOf(const std::vector<nav::MapLevel>& levels) {
  std::vector<std::string> names;
  for (const nav::MapLevel& level : levels) names.push_back(level.name);
  return names;
}

struct OpenedSequence {
  datasets::SequenceStream stream;
  std::vector<std::filesystem::path> maps;
};

OpenedSequence Open(const NavigateOptions& options) {
  if (datasets::IsOwnSequence(options.sequence)) {
    if (options.replay.Any()) {
      throw std::invalid_argument(options.sequence.string() +
                                  ": has a sequence.yaml, which says what --camera, --initial-pose and the "
                                  "like would say");
    }
    OpenedSequence opened{datasets::OpenSequenceStream(options.sequence), {}};
    opened.maps = MapsOf(opened.stream.info, options);
    return opened;
  }
  const datasets::ForeignRequest request = ForeignRequestOf(options.replay, options.sequence);
  datasets::ForeignSequence foreign = datasets::OpenForeignSequence(request);
  PrintFindings(foreign.findings);
  OpenedSequence opened{std::move(foreign.stream), {}};
  opened.maps = MapsOf(opened.stream.info, options);
  return opened;
}

nav::ImuTrackOptions TrackOf(const ReplayRequest& request) {
  nav::ImuTrackOptions track;
  track.coasting.accel_mps2_rthz = request.coasting_mps2_rthz.value_or(track.coasting.accel_mps2_rthz);
  track.coasting.gyro_radps_rthz = request.coasting_radps_rthz.value_or(track.coasting.gyro_radps_rthz);
  return track;
}

/// Read, step, write, image by image.
void StepThrough(FrameSource& frames, int max_frames, nav::Navigator& navigator, RunWriter& run) {
  Progress progress("navigate");
  while (!frames.Done() && (max_frames == 0 || run.frames() < max_frames)) {
    CheckInterrupted();
    FrameSource::Frame frame = frames.Next();
    frame.input.image.pixels = frames.ReadPixels();
    const nav::StepRecord record = navigator.Step(frame.input);
    run.Add(record);
    progress.Show("images", static_cast<std::size_t>(run.frames()), frames.size(),
                  "last fix " + ToString(record.fix.status));
  }
}

/// The landing step at the last state; nothing when the point it leads to is off the map.
std::optional<nav::LandingChoice> Decide(const nav::Navigator& navigator,
                                         const std::filesystem::path& finest_map,
                                         const datasets::SequenceInfo& info,
                                         const std::filesystem::path& folder) {
  const std::optional<Eigen::Vector3d> point =
      PredictLandingPoint(navigator.state(), *navigator.levels().front().terrain);
  if (!point) {
    std::fprintf(stderr, "navigate: the predicted landing point is off %s: no hazard map\n",
                 finest_map.filename().string().c_str());
    return std::nullopt;
  }
  return ChooseLandingSites(finest_map, {point->head<2>()}, navigator.state(), info, folder);
}

void WriteLandingMessages(const std::filesystem::path& path, const std::vector<datasets::FixRow>& fixes,
                          const std::optional<nav::LandingChoice>& choice) {
  std::string lines;
  for (const datasets::FixRow& row : fixes) lines += nav::EncodeFixJsonLine(row.fix);
  if (choice) lines += nav::EncodeLandingChoiceJsonLines(*choice, fixes.empty() ? 0 : fixes.back().fix.t_ns);
  dem::WriteFileAtomically(path, lines);
}

void WriteTiming(const std::filesystem::path& path, double seconds, int frames) {
  const nlohmann::ordered_json json = {{"wall_s", seconds}, {"frames", frames}};
  dem::WriteFileAtomically(path, json.dump(2) + "\n");
}

void WriteRunSummary(const std::filesystem::path& path, const datasets::SequenceInfo& info,
                     const NavigateOptions& options, const std::vector<std::string>& maps,
                     const RunWriter& run) {
  nlohmann::ordered_json json = {{"format", "perilune-run-1"}, {"version", PERILUNE_VERSION}};
  json["sequence"] = info.name;
  json["options"] = {{"max_frames", options.max_frames}, {"maps_given", !options.maps.empty()}};
  json["maps"] = maps;
  json["frames"] = run.frames();
  for (const nav::FixStatus status :
       {nav::FixStatus::kAccepted, nav::FixStatus::kWeak, nav::FixStatus::kNoMap,
        nav::FixStatus::kTooFewMatches, nav::FixStatus::kInconsistent}) {
    json["fixes"][ToString(status)] = run.Count(status);
  }
  dem::WriteFileAtomically(path, json.dump(2) + "\n");
}

int Navigate(const NavigateOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  OutputFolder output(options.output, options.overwrite);
  OpenedSequence opened = Open(options);
  const datasets::SequenceInfo info = opened.stream.info;
  const std::vector<std::filesystem::path>& maps = opened.maps;
  nav::Navigator navigator = MakeNavigator(info, LoadMapLevels(maps, info), TrackOf(options.replay));
  const std::vector<std::string> names = NamesOf(navigator.levels());

  RunWriter run(output.staging(), names);
  FrameSource frames(std::move(opened.stream), navigator.state().t_ns);
  StepThrough(frames, options.max_frames, navigator, run);
  run.WriteTables();
  const std::optional<nav::LandingChoice> choice = Decide(navigator, maps.front(), info, output.staging());
  WriteLandingMessages(output.staging() / "landing.jsonl", run.fixes(), choice);
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  WriteTiming(output.staging() / "timing.json", elapsed.count(), run.frames());
  WriteRunSummary(output.staging() / "run.json", info, options, names, run);
  output.Commit();

  const int accepted = run.Count(nav::FixStatus::kAccepted);
  std::printf("%d images, %d accepted fixes, %d weak, %d without map; %zu landing sites; %s\n", run.frames(),
              accepted, run.Count(nav::FixStatus::kWeak), run.Count(nav::FixStatus::kNoMap),
              choice ? choice->sites.size() : 0, options.output.string().c_str());
  return options.require_fix && accepted == 0 ? kNoFixFound : 0;
}

}  // namespace

void AddNavigate(CLI::App& app, Command& selected) {
  auto options = std::make_shared<NavigateOptions>();
  CLI::App* sub =
      app.add_subcommand("navigate", "Navigate a sequence: fixes, states, hazard map and landing sites");
  sub->add_option(
         "SEQ", options->sequence,
         "Sequence folder of `simulate`, or images of your own with times, a camera file and an initial pose")
      ->required();
  sub->add_option("-o,--output", options->output, "Run folder to write")->required();
  sub->add_option("--map", options->maps,
                  "DEM of a map level; repeat it, finest first (default: the maps that sequence.yaml names)")
      ->allow_extra_args(false);
  sub->add_option("--max-frames", options->max_frames, "Stop after this many images; 0: all")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  sub->add_flag("--overwrite", options->overwrite, "Replace a run folder that exists");
  sub->add_flag("--require-fix", options->require_fix, "Exit with 3 when no image got an accepted fix");
  AddReplayOptions(*sub, options->replay);
  sub->callback([&selected, options] { selected = [options] { return Navigate(*options); }; });
}

}  // namespace perilune::tools
