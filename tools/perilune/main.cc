#include <malloc.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <iostream>
#include <new>
#include <nlohmann/json.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <stdexcept>
#include <string>
#include <string_view>

#include <yaml-cpp/exceptions.h>

#include "dem/io/data_error.h"
#include "tools/perilune/commands.h"
#include "tools/perilune/interrupt.h"

namespace perilune::tools {
namespace {

enum ExitCode { kDone = 0, kFault = 1, kUsage = 2, kInterrupted = 130 };

/// One line whatever a library put into its message.
int Fail(ExitCode code, std::string message) {
  while (!message.empty() && message.back() == '\n') message.pop_back();
  std::replace(message.begin(), message.end(), '\n', ' ');
  std::cerr << "perilune: " << message << std::endl;
  return code;
}

/// A file system error that better input would have avoided.
bool IsUsersPath(const std::error_code& code) {
  return code == std::errc::no_such_file_or_directory || code == std::errc::not_a_directory ||
         code == std::errc::is_a_directory || code == std::errc::filename_too_long ||
         code == std::errc::too_many_symbolic_link_levels;
}

/// Pictures of some megabytes come and go: the allocator gives each of them back to the system, which clears
/// every page anew for the next one, at a quarter of a fix's time (`fix_benchmark`).
void KeepFreedPictures() {
  constexpr int kMegabyte = 1 << 20;
  mallopt(M_MMAP_THRESHOLD, 32 * kMegabyte);
  mallopt(M_TRIM_THRESHOLD, 128 * kMegabyte);
}

/// What was printed must have arrived: a full disk behind `> file` shows only here.
void CheckStandardOutput() {
  std::cout.flush();
  if (!std::cout || std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    throw dem::WriteError("standard output", "cannot write (disk full, or the reader has gone)");
  }
}

void AddCommands(CLI::App& app, Command& selected) {
  AddInfo(app, selected);
  AddSun(app, selected);
  AddTerrain(app, selected);
  AddRender(app, selected);
  AddSimulate(app, selected);
  AddFix(app, selected);
  AddCompare(app, selected);
  AddStatistics(app, selected);
  AddTrack(app, selected);
  AddCraters(app, selected);
  AddNavigate(app, selected);
  AddEvaluate(app, selected);
  AddConvert(app, selected);
  AddHazards(app, selected);
  AddReport(app, selected);
  AddCampaign(app, selected);
  AddAccuracy(app, selected);
}

int Run(int argc, char** argv) {
  CLI::App app("Perilune: terrain-relative navigation and hazard detection for lunar landing", "perilune");
  app.set_version_flag("--version", "perilune " PERILUNE_VERSION);
  app.require_subcommand(0, 1);
  Command selected;
  AddCommands(app, selected);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help_or_version) {
    app.exit(help_or_version);
    CheckStandardOutput();
    return kDone;
  } catch (const CLI::ParseError& error) {
    return Fail(kUsage, std::string(error.what()) + " (--help lists the options)");
  }
  if (!selected) throw std::invalid_argument("name a command (--help lists them)");
  const int code = selected();
  CheckStandardOutput();
  return code;
}

/// The one place where exceptions become exit codes.
int RunCatchingAll(int argc, char** argv) {
  try {
    return Run(argc, argv);
  } catch (const Interrupted& error) {
    return Fail(kInterrupted, error.what());
  } catch (const dem::DataError& error) {
    return Fail(kUsage, error.what());
  } catch (const std::invalid_argument& error) {
    return Fail(kUsage, error.what());
  } catch (const YAML::Exception& error) {
    return Fail(kUsage, error.what());
  } catch (const nlohmann::json::exception& error) {
    return Fail(kUsage, error.what());
  } catch (const std::filesystem::filesystem_error& error) {
    return Fail(IsUsersPath(error.code()) ? kUsage : kFault, error.what());
  } catch (const std::bad_alloc&) {
    return Fail(kFault, "out of memory");
  } catch (const std::exception& error) {
    return Fail(kFault, error.what());
  } catch (...) {
    return Fail(kFault, "unknown error");
  }
}

}  // namespace
}  // namespace perilune::tools

int main(int argc, char** argv) {
  // Errors reach the user as one line of ours; OpenCV would add its own.
  cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  perilune::tools::KeepFreedPictures();
  perilune::tools::InstallInterruptHandlers();
  return perilune::tools::RunCatchingAll(argc, argv);
}
