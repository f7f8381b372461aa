#include "tools/perilune/pace.h"

#include <algorithm>
#include <cstdio>

namespace perilune::tools {

std::string Pace::Note(double done, double all) const {
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  const double rate = done / std::max(seconds, 1e-3);
  if (!(rate > 0)) return "";
  const double left_s = (all - done) / rate;
  char text[64];
  if (left_s < 90) {
    std::snprintf(text, sizeof text, "%.3g Mcells/s, %.0f s left", rate / 1e6, left_s);
  } else {
    std::snprintf(text, sizeof text, "%.3g Mcells/s, %.0f min left", rate / 1e6, left_s / 60);
  }
  return text;
}

}  // namespace perilune::tools
