#include "tools/crater_trials/success_curve.h"

#include <algorithm>
#include <cstddef>
#include <iterator>

#include "datasets/formats/csv_table.h"

namespace perilune::tools {

Outcomes OutcomesOf(const std::vector<Try>& tries, int enough) {
  Outcomes outcomes;
  for (const Try& one : tries) {
    const bool right = one.verdict == Verdict::kRight;
    if (one.true_detections >= enough) outcomes.right_of_fit.Add(right);
    outcomes.right_of_all.Add(right);
    outcomes.wrong_of_all.Add(one.verdict == Verdict::kWrong);
  }
  return outcomes;
}

int EnoughDetected(const std::string& mode) { return mode == "lost" ? 8 : 6; }

std::vector<SuccessCurve::Point> ByTrueDetections(const std::vector<Try>& tries, int most) {
  std::vector<SuccessCurve::Point> points;
  for (int detected = 0; detected <= most; ++detected) {
    std::vector<Try> with;
    std::copy_if(tries.begin(), tries.end(), std::back_inserter(with),
                 [&](const Try& one) { return one.true_detections == detected; });
    if (!with.empty()) points.push_back({static_cast<double>(detected), OutcomesOf(with, 0)});
  }
  return points;
}

std::vector<SuccessCurve> ReadCurves(const std::filesystem::path& list) {
  constexpr std::size_t kVariable = 0, kMode = 1, kValue = 2, kTries = 3;
  constexpr int kMostDetected = 16;
  std::vector<SuccessCurve> curves;
  const datasets::CsvTable table(list, "variable,mode,value,tries");
  for (const datasets::CsvRow& row : table.rows()) {
    const std::string &variable = row.Text(kVariable), &mode = row.Text(kMode);
    auto curve = std::find_if(curves.begin(), curves.end(), [&](const SuccessCurve& other) {
      return other.variable == variable && other.mode == mode;
    });
    if (curve == curves.end()) curve = curves.insert(curves.end(), {variable, mode, {}});
    const std::vector<Try> tries = ReadTries(row.Text(kTries));
    if (variable == kDetectedVariable) {
      curve->points = ByTrueDetections(tries, kMostDetected);
    } else {
      curve->points.push_back({row.Number(kValue), OutcomesOf(tries, EnoughDetected(mode))});
    }
  }
  for (SuccessCurve& curve : curves) {
    std::sort(curve.points.begin(), curve.points.end(),
              [](const auto& a, const auto& b) { return a.x < b.x; });
  }
  return curves;
}

}  // namespace perilune::tools
