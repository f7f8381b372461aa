#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace perilune::test {

struct Outcome {
  int exit_code = -1;  ///< 128 + signal when a signal killed it
  std::string standard_output;
  std::string standard_error;
};

/// Runs `perilune ARGUMENTS…` in `folder`. When `interrupt_when` is given, it is asked every few milliseconds
/// and the program gets `signal` once it says yes.
struct ProgramOptions {
  std::function<bool()> interrupt_when;
  int signal = 0;
  std::filesystem::path standard_output;  ///< a file or device instead of capturing it
};
Outcome RunPerilune(const std::filesystem::path& folder, const std::vector<std::string>& arguments,
                    const ProgramOptions& options = {});

/// Every file and folder below `folder` (hidden ones too) with its bytes: what a refused command must leave
/// alone.
std::map<std::string, std::string> ContentsOf(const std::filesystem::path& folder);

enum class Progress { kNone, kAllowed };

/// One line on stderr, `perilune: …` naming `mention`, and this exit code. Lines of progress (`command: …`)
/// may come before the error only where `progress` says so.
void ExpectRefused(const Outcome& outcome, int exit_code, const std::string& mention,
                   Progress progress = Progress::kNone);

/// A folder's contents after a command that failed are those `before` it, or beside them there is a run that
/// waits to be resumed, `waiting`, without half-written files, and the command said so.
void ExpectNothingButAWaitingRun(const Outcome& outcome, std::map<std::string, std::string> contents,
                                 const std::map<std::string, std::string>& before,
                                 const std::string& waiting);

}  // namespace perilune::test
