#pragma once

#include <sys/wait.h>

#include <cstdlib>
#include <string>

#include "tests/support/temp_folder.h"

namespace perilune::test {

/// What a run of the program left behind.
struct CommandOutcome {
  int exit_code = -1;
  std::string output;
  std::string errors;
};

/// Arguments: the Sun 10° high in the east.
inline const std::string kLowSun = " --sun-elevation-deg 10 --sun-azimuth-deg 90";

/// Runs `<prefix>perilune <arguments>` through the shell; its streams go through files in `folder`.
inline CommandOutcome RunPerilune(const TempFolder& folder, const std::string& arguments,
                                  const std::string& prefix = "") {
  const auto output = folder / ".stdout", errors = folder / ".stderr";
  const std::string command = prefix + std::string(PERILUNE_PROGRAM) + " " + arguments + " > " +
                              output.string() + " 2> " + errors.string();
  const int status = std::system(command.c_str());
  CommandOutcome outcome{WIFEXITED(status) ? WEXITSTATUS(status) : -1, ReadBytes(output), ReadBytes(errors)};
  std::filesystem::remove(output);
  std::filesystem::remove(errors);
  return outcome;
}

}  // namespace perilune::test
