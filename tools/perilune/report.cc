#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <string>

#include "dem/io/atomic_file.h"
#include "tools/perilune/commands.h"
#include "tools/report/report.h"

namespace perilune::tools {
namespace {

struct ReportCommand {
  std::string run;
  std::string sequence;
  std::string truth;
  std::string output;
  int frames = 8;
};

int RunReport(const ReportCommand& command) {
  ReportOptions options;
  options.run = command.run;
  options.frames = command.frames;
  if (!command.truth.empty()) options.truth = command.truth;
  if (!command.sequence.empty()) {
    options.sequence = command.sequence;
  } else if (options.truth) {
    options.sequence = options.truth;  // the truth lies in the sequence's folder
  }
  const std::string page = RenderReport(ReadReportData(options));
  const std::filesystem::path output =
      command.output.empty() ? options.run / "report.html" : std::filesystem::path(command.output);
  dem::WriteFileAtomically(output, page);
  std::cout << output.string() << ": " << page.size() / 1024 << " KiB\n";
  return 0;
}

}  // namespace

void AddReport(CLI::App& app, Command& selected) {
  CLI::App* sub = app.add_subcommand(
      "report",
      "Write a page about a run: images with matches, track, errors against bounds, hazards, sites, events.\n"
      "One HTML file that opens from disk. Errors come from `perilune evaluate`: run it first.");
  auto command = std::make_shared<ReportCommand>();
  sub->add_option("RUN", command->run, "Folder that `perilune navigate` wrote")->required();
  sub->add_option("--sequence", command->sequence,
                  "Sequence folder: images, maps, site (default: that of --truth)");
  sub->add_option("--truth", command->truth, "Sequence folder with the truth: adds the true track");
  sub->add_option("--frames", command->frames, "Images to show at most")->capture_default_str();
  sub->add_option("-o,--output", command->output, "HTML file (default: RUN/report.html)");
  sub->callback([&selected, command] { selected = [command] { return RunReport(*command); }; });
}

}  // namespace perilune::tools
