#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "datasets/formats/mcap_reader.h"
#include "datasets/formats/ros2_run_writer.h"
#include "datasets/formats/ros2_sequence_reader.h"
#include "datasets/formats/ros2_sequence_writer.h"
#include "datasets/formats/trajectory_file.h"
#include "tools/perilune/commands.h"
#include "tools/perilune/interrupt.h"
#include "tools/perilune/output_folder.h"
#include "tools/perilune/progress.h"

namespace perilune::tools {
namespace {

using datasets::TrajectoryFormat;

struct ConvertOptions {
  std::filesystem::path input;
  std::filesystem::path output;
  bool truth = false;
  bool overwrite = false;
  std::string from;  ///< empty: see the help
  std::string to;
  std::filesystem::path input_times;
  std::filesystem::path output_times;
  datasets::SequenceLogOptions log;
};

/// Shows messages on stderr and looks for Ctrl-C.
class ConvertProgress {
 public:
  /// `counted`: what the numbers are of.
  datasets::LogProgress Callback(const char* counted) {
    return [this, counted](std::size_t done, std::size_t total) {
      CheckInterrupted();
      progress_.Show(counted, done, std::max(done, total));
    };
  }

 private:
  Progress progress_{"convert"};
};

bool IsMcap(const std::filesystem::path& path) { return path.extension() == ".mcap"; }

void RefuseExisting(const std::filesystem::path& path, bool overwrite) {
  if (std::filesystem::is_directory(path)) {
    throw std::invalid_argument("output " + path.string() + ": is a folder; name a file");
  }
  if (std::filesystem::exists(path) && !overwrite) {
    throw std::invalid_argument("output " + path.string() + ": exists; use another or --overwrite");
  }
}

int FolderToLog(const ConvertOptions& options) {
  if (!IsMcap(options.output)) {
    throw std::invalid_argument("output " + options.output.string() + ": a folder becomes a .mcap file");
  }
  RefuseExisting(options.output, options.overwrite);
  ConvertProgress progress;
  std::uint64_t messages = 0;
  if (std::filesystem::exists(options.input / "run.json")) {
    if (options.truth) throw std::invalid_argument("--truth: a run has none; it is its sequence's");
    messages = datasets::WriteRunLog(options.output, options.input, progress.Callback("messages"));
  } else {
    std::vector<datasets::TruthState> truth;
    if (options.truth) truth = datasets::ReadTruth(options.input).states;
    messages = datasets::WriteSequenceLog(options.output, datasets::OpenSequenceStream(options.input), truth,
                                          progress.Callback("images"));
  }
  std::cout << "wrote " << messages << " messages: " << options.output.string() << std::endl;
  return 0;
}

int LogToFolder(const ConvertOptions& options) {
  OutputFolder output(options.output, options.overwrite);
  const datasets::McapReader log(options.input);
  if (log.damage()) {
    std::cerr << "convert: " << options.input.string() << ": " << *log.damage()
              << "; what is complete before it is read" << std::endl;
  }
  datasets::SequenceLogReport report;
  {
    ConvertProgress progress;
    report = datasets::ReadSequenceLog(log, output.staging(), options.log, progress.Callback("messages"));
  }
  output.Commit();
  for (const std::string& note : report.notes) std::cerr << "convert: " << note << std::endl;
  std::cout << "wrote the sequence " << options.output.string() << ": " << report.images << " images, "
            << report.imu << " IMU samples, " << report.ranges << " ranges, " << report.attitudes
            << " attitudes" << std::endl;
  return 0;
}

int TrajectoryToTrajectory(const ConvertOptions& options) {
  const TrajectoryFormat from = options.from.empty()
                                    ? datasets::DetectTrajectoryFormat(options.input)
                                    : datasets::TrajectoryFormatFromName(options.from).value();
  const auto to = options.to.empty() ? datasets::TrajectoryFormatOfPath(options.output)
                                     : datasets::TrajectoryFormatFromName(options.to);
  if (!to) {
    throw std::invalid_argument(
        "output " + options.output.string() +
        ": its extension names no format of a trajectory (.tum .csv .kitti); use --to");
  }
  RefuseExisting(options.output, options.overwrite);
  if (*to == TrajectoryFormat::kKitti) {
    RefuseExisting(
        options.output_times.empty() ? datasets::DefaultKittiTimes(options.output) : options.output_times,
        options.overwrite);
  }
  const datasets::TrajectoryPoses trajectory =
      datasets::ReadTrajectory(options.input, from, options.input_times);
  datasets::WriteTrajectory(options.output, *to, trajectory, options.output_times);
  std::cout << "wrote " << trajectory.size() << " poses: " << options.output.string() << std::endl;
  return 0;
}

int Convert(const ConvertOptions& options) {
  options.log.Validate();
  if (!std::filesystem::exists(options.input)) {
    throw std::invalid_argument("input " + options.input.string() + ": no such file or folder");
  }
  if (std::filesystem::is_directory(options.input)) return FolderToLog(options);
  if (IsMcap(options.input)) return LogToFolder(options);
  return TrajectoryToTrajectory(options);
}

void AddTrajectoryOptions(CLI::App& sub, ConvertOptions& options) {
  const CLI::IsMember formats({"tum", "euroc", "kitti"});
  sub.add_option("--from", options.from,
                 "Format of a trajectory that is read: tum, euroc, kitti (default: by its extension,\n"
                 "else by the number of its columns)")
      ->check(formats);
  sub.add_option("--to", options.to, "Format of a trajectory that is written (default: by its extension)")
      ->check(formats);
  sub.add_option("--from-times", options.input_times,
                 "Times of a KITTI trajectory that is read, s, a line each (default: times.txt beside it)");
  sub.add_option("--to-times", options.output_times,
                 "Times of a KITTI trajectory that is written (default: times.txt beside it)");
}

void AddLogOptions(CLI::App& sub, datasets::SequenceLogOptions& log) {
  sub.add_option("--image-topic", log.image_topic, "Images to take from a log with several topics of them");
  sub.add_option("--camera-info-topic", log.camera_info_topic,
                 "Camera info to take (default: the one beside the images)");
  sub.add_option("--imu-topic", log.imu_topic, "IMU to take from a log with several");
  sub.add_option("--range-topic", log.range_topic, "Range finder to take from a log with several");
  sub.add_option("--range-sigma-m", log.range_sigma_m,
                 "1 sigma of ranges that state no variance, m (default: such ranges are refused)");
}

}  // namespace

void AddConvert(CLI::App& app, Command& selected) {
  CLI::App* sub = app.add_subcommand(
      "convert",
      "Convert logs and trajectories; what becomes of IN follows from what it is:\n"
      "  sequence folder -> OUT.mcap   images, camera info, IMU, ranges, star tracker as ROS 2 messages\n"
      "  run folder      -> OUT.mcap   fixes and states with covariance, hazards as an occupancy grid\n"
      "  IN.mcap         -> folder     a sequence: images, IMU, ranges\n"
      "  trajectory      -> trajectory TUM (.tum), EuRoC (.csv), KITTI (.kitti)\n"
      "docs/log-formats.md has topics, frames, units and times.");
  auto options = std::make_shared<ConvertOptions>();
  sub->add_option("IN", options->input, "Folder or file to read")->required();
  sub->add_option("OUT", options->output, "File or folder to write")->required();
  sub->add_flag("--truth", options->truth, "Write a sequence's true poses too");
  sub->add_flag("--overwrite", options->overwrite, "Replace an OUT that is there");
  AddTrajectoryOptions(*sub, *options);
  AddLogOptions(*sub, options->log);
  sub->callback([&selected, options] { selected = [options] { return Convert(*options); }; });
}

}  // namespace perilune::tools
