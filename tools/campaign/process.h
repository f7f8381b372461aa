#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace perilune::tools {

/// Runs a program with arguments, its output and errors appended to `log`, and waits. Returns its exit code
/// (128 + signal when a signal ended it). When this process is interrupted the child is ended first, then
/// Interrupted is thrown. Throws std::runtime_error when the program cannot be started.
int RunProcess(const std::filesystem::path& program, const std::vector<std::string>& arguments,
               const std::filesystem::path& log);

/// The command as one line that a shell takes, quoted where needed.
std::string ShellLine(const std::string& program, const std::vector<std::string>& arguments);

}  // namespace perilune::tools
