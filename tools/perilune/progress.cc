#include "tools/perilune/progress.h"

#include <unistd.h>

#include <algorithm>
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
