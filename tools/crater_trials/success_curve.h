#pragma once

#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "tools/crater_trials/try_table.h"
#include "tools/evaluation/distributions.h"

namespace perilune::tools {

/// Events among trials, with Clopper and Pearson's two-sided 95 % interval.
struct Proportion {
  int events = 0;
  int trials = 0;

  void Add(bool event) {
    ++trials;
    events += event ? 1 : 0;
  }
  /// NaN without trials.
  double Value() const {
    return trials == 0 ? std::numeric_limits<double>::quiet_NaN() : static_cast<double>(events) / trials;
  }
  double Low() const { return 1 - ClopperPearsonUpper(trials - events, trials, 0.975); }
  double High() const { return ClopperPearsonUpper(events, trials, 0.975); }
};

/// How the tries of one setting came out.
struct Outcomes {
  Proportion right_of_fit;  ///< of the views with enough craters truly detected
  Proportion right_of_all;
  Proportion wrong_of_all;
};

/// `enough`: truly detected craters from which a view counts as fit.
Outcomes OutcomesOf(const std::vector<Try>& tries, int enough);

/// The outcomes of a mode of identification against one of the quantities that were varied.
struct SuccessCurve {
  struct Point {
    double x = 0;
    Outcomes outcomes;
  };
  std::string variable;  ///< what was varied
  std::string mode;      ///< known, prior or lost
  std::vector<Point> points;
};

/// Truly detected craters that are asked of a view: 6, and 8 lost in space.
int EnoughDetected(const std::string& mode);

/// A point for each number of truly detected craters from 0 to `most` that some view has: all these views are
/// fit.
std::vector<SuccessCurve::Point> ByTrueDetections(const std::vector<Try>& tries, int most);

/// The variable whose curve comes from the tries of one file, by what was in view.
inline constexpr const char* kDetectedVariable = "detected";

/// Reads a list `variable,mode,value,tries` of files of tries (paths from the working folder): one curve for
/// each variable and mode, in their order, its points by value. Throws dem::DataError.
std::vector<SuccessCurve> ReadCurves(const std::filesystem::path& list);

}  // namespace perilune::tools
