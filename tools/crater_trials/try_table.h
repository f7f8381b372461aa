#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace perilune::tools {

/// Columns of a CSV file of tries, a row each.
inline constexpr const char* kTryHeader =
    "index,height_m,in_view,detections,true_detections,verdict,matches,right_matches,log10_false_alarms,"
    "hypotheses,position_error_m,bound_m,nees,seconds,along_error_m,east_error_m,north_error_m,nees_absolute,"
    "variance_scale";

/// What an answer was: no place, the true one, another one.
enum class Verdict { kNone, kRight, kWrong };

const char* VerdictName(Verdict verdict);

/// More than half of the identities must be right: a few neighbours taken for each other are not another
/// place.
Verdict VerdictOf(bool identified, int matches, int right_matches);

/// What the curves need of a try.
struct Try {
  int true_detections = 0;  ///< catalogued craters among the detections
  Verdict verdict = Verdict::kNone;
};

/// Throws dem::DataError: not there, other columns, an unknown verdict.
std::vector<Try> ReadTries(const std::filesystem::path& path);

}  // namespace perilune::tools
