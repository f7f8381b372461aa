#include "tools/perilune/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <utility>

namespace perilune::tools {

Progress::Progress(std::string command)
    : command_(std::move(command)), terminal_(isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() { EndLine(); }

void Progress::EndLine() {
  if (length_ > 0) std::cerr << std::endl;
  length_ = 0;
}

void Progress::ShowRate(const std::string& work, std::size_t done, std::size_t total, std::size_t before,
                        const std::string& note) {
  const auto now = std::chrono::steady_clock::now();
  if (work != timed_work_) {
    timed_work_ = work;
    start_ = now;
    done_at_start_ = std::max(done, before);
  }
  const double elapsed_s = std::chrono::duration<double>(now - start_).count();
  std::string text = note;
  if (done > done_at_start_ && elapsed_s > 0) {
    const double rate_hz = static_cast<double>(done - done_at_start_) / elapsed_s;
    const double left_s = static_cast<double>(total - std::min(done, total)) / rate_hz;
    char rate[64];
    std::snprintf(rate, sizeof rate, "%s%.1f/s, %.0f s left", note.empty() ? "" : ", ", rate_hz, left_s);
    text += rate;
  }
  Show(work, done, total, text);
}

void Progress::Show(const std::string& work, std::size_t done, std::size_t total, const std::string& note) {
  const bool new_work = work != work_;
  if (new_work) EndLine();
  work_ = work;
  const std::string line = command_ + ": " + work + " " + std::to_string(done) + "/" + std::to_string(total) +
                           (note.empty() ? "" : ", " + note);
  if (terminal_) {
    std::cerr << '\r' << line << std::string(length_ - std::min(length_, line.size()), ' ') << std::flush;
    length_ = line.size();
    return;
  }
  const std::size_t tenth = total == 0 ? 10 : 10 * done / total;
  if (new_work || tenth != tenth_) std::cerr << line << std::endl;
  tenth_ = tenth;
}

}  // namespace perilune::tools
