#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace perilune::tools {

/// How far a command has come, on stderr as `command: work done/total note`: on a terminal one line that is
/// rewritten, elsewhere a line at every tenth part. The line is ended when the object goes, so that an error
/// stands on a line of its own.
class Progress {
 public:
  explicit Progress(std::string command);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void Show(const std::string& work, std::size_t done, std::size_t total, const std::string& note = "");
  /// The same with the rate since the first call for this work and the time that is left at it; `before` of
  /// the `done` were done earlier and took no time.
  void ShowRate(const std::string& work, std::size_t done, std::size_t total, std::size_t before,
                const std::string& note = "");

 private:
  void EndLine();

  std::string command_;
  std::string work_;
  std::string timed_work_;
  std::chrono::steady_clock::time_point start_;
  std::size_t done_at_start_ = 0;
  std::size_t tenth_ = 0;
  std::size_t length_ = 0;  ///< of the line that stands open on the terminal
  bool terminal_ = false;
};

}  // namespace perilune::tools
