#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "datasets/formats/frame_journal.h"
#include "dem/io/atomic_file.h"
#include "dem/io/data_error.h"
#include "nav/output/json_lines.h"
#include "tools/perilune/commands.h"
#include "tools/perilune/frame_source.h"
#include "tools/perilune/interrupt.h"
#include "tools/perilune/landing_step.h"
#include "tools/perilune/lost_start.h"
#include "tools/perilune/navigation_setup.h"
#include "tools/perilune/progress.h"
#include "tools/perilune/replay_options.h"
#include "tools/perilune/run_folder.h"
#include "tools/perilune/run_inputs.h"
#include "tools/perilune/run_writer.h"

namespace perilune::tools {
namespace {

struct NavigateOptions {
  std::filesystem::path sequence;
  std::filesystem::path output;
  std::vector<std::filesystem::path> maps;
  int max_frames = 0;
  ReplayRequest replay;
  std::string start = "auto";
  std::filesystem::path craters;
  std::string crater_mapping;
  std::string range_policy = "readmit", range_ground = "map";
  double flat_sigma_m = 300;
  bool no_images = false;
  double protection_risk = nav::ProtectionLevelOptions().risk;
  bool overwrite = false, resume = false;
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

NavigationChoices ChoicesOf(const NavigateOptions& options) {
  NavigationChoices choices;
  nav::ImuNoise& coasting = choices.track.coasting;
  coasting.accel_mps2_rthz = options.replay.coasting_mps2_rthz.value_or(coasting.accel_mps2_rthz);
  coasting.gyro_radps_rthz = options.replay.coasting_radps_rthz.value_or(coasting.gyro_radps_rthz);
  if (options.range_policy == "reject_for_good") choices.range_policy = nav::RangePolicy::kRejectForGood;
  if (options.range_ground == "flat") choices.flat_ground_sigma_m = options.flat_sigma_m;
  choices.use_images = !options.no_images;
  choices.protection.risk = options.protection_risk;
  return choices;
}

/// Where the run begins, when it is not by the sequence's prior; that takes the prior's place in `info`.
std::optional<LostStart> StartByCraters(const NavigateOptions& options, const nav::ImuTrackOptions& track,
                                        datasets::SequenceInfo& info) {
  const bool has_craters = !options.craters.empty() || !info.craters.empty();
  if (options.start == "prior" || (options.start == "auto" && (info.prior || !has_craters))) {
    if (!options.craters.empty())
      throw std::invalid_argument("--craters: the run begins by its prior, give --start stars or lost");
    return std::nullopt;
  }
  if (!datasets::IsOwnSequence(options.sequence))
    throw std::invalid_argument("--start " + options.start + ": " + options.sequence.string() +
                                " has no sequence.yaml, which says site and sensors");
  if (!has_craters)
    throw std::invalid_argument("--start " + options.start +
                                ": the sequence names no craters: give --craters FILE (`perilune craters "
                                "catalog` makes one of a map)");
  LostStartRequest request;
  request.craters = options.craters.empty() ? info.root / info.craters : options.craters;
  request.mapping = options.crater_mapping;
  request.use_stars = options.start == "stars" || (options.start == "auto" && info.star_tracker_rate_hz > 0);
  request.track = track;
  const LostStart start = FindStart(datasets::OpenSequenceStream(options.sequence), request);
  info.prior = PriorOf(start.state);
  return start;
}

/// In the place of the fix of an image that is not to be looked at.
nav::Fix NotLookedAt(std::int64_t t_ns) {
  nav::Fix fix;
  fix.t_ns = t_ns;
  fix.status = nav::FixStatus::kNoMap;
  fix.reason = "images are not used";
  return fix;
}

/// The journal's entry of an image; nothing when it has none, or one that was cut.
std::optional<datasets::FrameEntry> JournalEntry(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) return std::nullopt;
  try {
    return datasets::ReadFrame(path);
  } catch (const dem::DataError&) {
    return std::nullopt;
  }
}

/// An image that an interrupted run had done: the filter follows, the picture is not looked at.
nav::StepRecord ReplayEntry(const datasets::FrameEntry& entry, const FrameSource::Frame& frame,
                            const std::filesystem::path& output, nav::Navigator& navigator) {
  const std::string when = std::to_string(frame.input.image.t_ns) + " ns";
  if (entry.input_hash != frame.hash) {
    throw dem::DataError(output, "the image or the samples at " + when +
                                     " changed since the run was begun: --overwrite begins anew");
  }
  nav::StepRecord record = navigator.Replay(frame.input, entry.fix);
  if (record.site_from_cam_prior.matrix() != entry.site_from_cam_prior.matrix()) {
    throw dem::DataError(output, "another program or kind of processor began this run (the prediction at " +
                                     when + " is another one): --overwrite begins anew");
  }
  return record;
}

/// Read, step, write, image by image; first over those that the journal has.
void StepThrough(FrameSource& frames, const NavigateOptions& options, nav::Navigator& navigator,
                 RunWriter& run) {
  Progress progress("navigate");
  bool replaying = options.resume;
  int replayed = 0;
  while (!frames.Done() && (options.max_frames == 0 || run.frames() < options.max_frames)) {
    CheckInterrupted();
    FrameSource::Frame frame = frames.Next();
    std::optional<datasets::FrameEntry> entry;
    if (replaying) entry = JournalEntry(run.EntryPath(frame.input.image.t_ns));
    if (entry) {
      run.AddReplayed(ReplayEntry(*entry, frame, options.output, navigator));
      ++replayed;
      continue;
    }
    if (replaying && replayed > 0) std::fprintf(stderr, "navigate: %d images were done before\n", replayed);
    replaying = false;
    nav::StepRecord record;
    if (options.no_images) {
      record = navigator.Replay(frame.input, NotLookedAt(frame.input.image.t_ns));
    } else {
      if (!frame.input.matched) frame.input.image.pixels = frames.ReadPixels();
      record = navigator.Step(frame.input);
    }
    run.Add(record, frame.hash);
    progress.ShowRate("images", static_cast<std::size_t>(run.frames()), frames.size(),
                      static_cast<std::size_t>(replayed), "last fix " + ToString(record.fix.status));
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
  return ChooseLandingSites({finest_map, navigator.levels().front().declaration}, {point->head<2>()},
                            navigator.state(), info, folder);
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
  json["options"] = {{"max_frames", options.max_frames},     {"maps_given", !options.maps.empty()},
                     {"range_policy", options.range_policy}, {"range_ground", options.range_ground},
                     {"images_used", !options.no_images},    {"start", options.start}};
  const nav::ProtectionLevelOptions verified;
  json["protection"] = {{"risk", options.protection_risk},
                        {"extrapolated", options.protection_risk < verified.least_verified_risk}};
  json["maps"] = maps;
  json["frames"] = run.frames();
  for (const nav::FixStatus status :
       {nav::FixStatus::kAccepted, nav::FixStatus::kWeak, nav::FixStatus::kNoMap,
        nav::FixStatus::kTooFewMatches, nav::FixStatus::kInconsistent}) {
    json["fixes"][ToString(status)] = run.Count(status);
  }
  dem::WriteFileAtomically(path, json.dump(2) + "\n");
}

ExistingRun ExistingOf(const NavigateOptions& options) {
  if (options.resume) return ExistingRun::kResume;
  return options.overwrite ? ExistingRun::kOverwrite : ExistingRun::kRefuse;
}

/// Everything between reading the inputs and the finished folder.
int WriteRun(const NavigateOptions& options, RunFolder& folder) {
  const auto start = std::chrono::steady_clock::now();
  OpenedSequence opened = Open(options);
  datasets::SequenceInfo info = opened.stream.info;
  NavigationChoices choices = ChoicesOf(options);
  choices.start = StartByCraters(options, choices.track, info);
  nav::Navigator navigator = MakeNavigator(info, LoadMapLevels(opened.maps, info), choices);
  const std::string inputs = DescribeInputs({info, options.max_frames, choices}, navigator.levels());
  if (folder.Complete() || folder.Resumed()) {
    RequireSameInputs((folder.Complete() ? options.output : folder.staging()) / "inputs.json", inputs,
                      options.output);
  }
  if (folder.Complete()) {
    std::printf("%s: the run is complete, there is nothing to resume\n", options.output.string().c_str());
    return 0;
  }
  dem::WriteFileAtomically(folder.staging() / "inputs.json", inputs);
  const std::vector<std::string> names = NamesOf(navigator.levels());
  RunWriter run(folder.staging(), names);
  FrameSource frames(std::move(opened.stream), navigator.state().t_ns, HashOfInputs(inputs));
  StepThrough(frames, options, navigator, run);
  const std::optional<nav::LandingChoice> choice =
      Decide(navigator, opened.maps.front(), info, folder.staging());
  run.Finish(choice ? nav::EncodeLandingChoiceJsonLines(*choice, run.last_fix_ns()) : "");
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  WriteTiming(folder.staging() / "timing.json", elapsed.count(), run.frames());
  WriteRunSummary(folder.staging() / "run.json", info, options, names, run);
  folder.Commit();

  const int accepted = run.Count(nav::FixStatus::kAccepted);
  std::printf("%d images, %d accepted fixes, %d weak, %d without map; %zu landing sites; %s\n", run.frames(),
              accepted, run.Count(nav::FixStatus::kWeak), run.Count(nav::FixStatus::kNoMap),
              choice ? choice->sites.size() : 0, options.output.string().c_str());
  return options.require_fix && accepted == 0 ? kNoFixFound : 0;
}

int Navigate(const NavigateOptions& options) {
  RunFolder folder(options.output, ExistingOf(options));
  try {
    return WriteRun(options, folder);
  } catch (...) {
    if (!folder.Complete() && folder.HoldsFrames()) {
      std::fprintf(stderr, "navigate: what is done is kept in %s; --resume goes on with it\n",
                   folder.staging().string().c_str());
    }
    throw;
  }
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
  sub->add_option("--start", options->start,
                  "What the run begins by. prior: that of the sequence. stars: craters recognised in the "
                  "images, the attitude by the star tracker. lost: craters alone, nothing known but the "
                  "camera. auto: the prior where there is one, else stars where there is a star tracker, "
                  "else lost. Images from before the start is found are passed over")
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "prior", "stars", "lost"}));
  sub->add_option("--craters", options->craters,
                  "Crater file of the region, or a table with --mapping, for --start stars and lost "
                  "(default: the one that sequence.yaml names)");
  sub->add_option("--mapping", options->crater_mapping,
                  "What the table's columns mean: YAML file, or a ready one's name");
  sub->add_option("--max-frames", options->max_frames, "Stop after this many images; 0: all")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  sub->add_option("--range-policy", options->range_policy,
                  "What becomes of a range sensor that is refused again and again: readmit (tested on, taken "
                  "back, or the state doubts itself) or reject_for_good")
      ->capture_default_str()
      ->check(CLI::IsMember({"readmit", "reject_for_good"}));
  sub->add_option("--range-ground", options->range_ground,
                  "What ranges are predicted from: map, or flat (a sphere through the ground at the site, as "
                  "without a map of the terrain)")
      ->capture_default_str()
      ->check(CLI::IsMember({"map", "flat"}));
  sub->add_option("--flat-sigma-m", options->flat_sigma_m, "1 sigma of the ground about the flat one")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  sub->add_flag("--no-images", options->no_images, "Navigate without looking at the images");
  sub->add_option(
         "--protection-risk", options->protection_risk,
         "Probability that the map-relative position error exceeds the protection level of states.csv,\n"
         "horizontally and vertically each; below 1e-3 the level is an extrapolation (run.json says "
         "so)")
      ->capture_default_str()
      ->check(CLI::Range(1e-9, 0.5));
  CLI::Option* overwrite =
      sub->add_flag("--overwrite", options->overwrite, "Replace a run folder that exists");
  sub->add_flag(
         "--resume", options->resume,
         "Go on with a run that was interrupted (by Ctrl-C, a kill, a full disk): its end is the same to "
         "the last byte. Begins one where there is none; leaves one that is complete")
      ->excludes(overwrite);
  sub->add_flag("--require-fix", options->require_fix, "Exit with 3 when no image got an accepted fix");
  AddReplayOptions(*sub, options->replay);
  sub->callback([&selected, options] { selected = [options] { return Navigate(*options); }; });
}

}  // namespace perilune::tools
