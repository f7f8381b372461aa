#include "tools/accuracy/accuracy_table.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <sstream>

#include "tools/accuracy/trial_plan.h"
#include "tools/campaign/bootstrap.h"
#include "tools/evaluation/distributions.h"
#include "tools/evaluation/percentiles.h"

namespace perilune::tools {
namespace {

using Rows = std::vector<TrialRow>;
using Test = std::function<bool(const TrialRow&)>;

Rows Where(const Rows& rows, const Test& test) {
  Rows chosen;
  std::copy_if(rows.begin(), rows.end(), std::back_inserter(chosen), test);
  return chosen;
}

Test Method(const std::string& method) {
  return [method](const TrialRow& row) { return row.method == method; };
}

bool IsComparable(const TrialRow& row) {
  return row.map_pixel_px >= 1 / 3.0 - 1e-9 && row.map_pixel_px <= 3 + 1e-9;
}

/// The frames that a fix is asked of: at Suns below 5 degrees those that are lit to a fifth.
bool IsAsked(const TrialRow& row) { return row.sun_elevation_deg >= 5 || row.lit_share >= 0.2; }

std::string Number(double value, int digits = 3) {
  std::ostringstream text;
  text.precision(digits);
  text << value;
  return text.str();
}

std::string Share(std::size_t count, std::size_t of) {
  if (of == 0) return "-";
  return Number(100.0 * static_cast<double>(count) / static_cast<double>(of), 4) + " %";
}

std::string ErrorText(const Rows& accepted) {
  if (accepted.empty()) return "-";
  std::vector<double> errors;
  for (const TrialRow& row : accepted) errors.push_back(row.horizontal_error_m / row.Unit_m());
  const Percentiles p = SummarisePercentiles(errors);
  return Number(p.p50) + " / " + Number(p.p95) + " / " + Number(p.p99) + " / " + Number(p.max);
}

std::string NeesText(const Rows& accepted, double TrialRow::*nees, int dof) {
  std::vector<UnitValue> values;
  for (const TrialRow& row : accepted) values.push_back({std::to_string(row.world), row.*nees});
  if (values.empty()) return "-";
  const BootstrapMean mean = BootstrapOverUnits(values);
  return Number(mean.mean) + " [" + Number(mean.low) + ", " + Number(mean.high) + "] of " +
         std::to_string(dof);
}

/// Root of the mean of (error / bound)²: 1 for a method that reaches the bound.
std::string BoundText(const Rows& accepted) {
  double sum = 0;
  for (const TrialRow& row : accepted) sum += std::pow(row.horizontal_error_m / row.bound_m, 2);
  return accepted.empty() ? "-" : Number(std::sqrt(sum / static_cast<double>(accepted.size())));
}

std::string FalseText(const Rows& rows, const Rows& accepted) {
  const auto count =
      std::count_if(accepted.begin(), accepted.end(), [](const TrialRow& row) { return row.False(); });
  const double bound = ClopperPearsonUpper(count, static_cast<std::int64_t>(rows.size()));
  return std::to_string(count) + " of " + std::to_string(rows.size()) + " (≤ " + Number(100 * bound, 2) +
         " %)";
}

void AddAccuracy(const Rows& rows, std::ostringstream& text) {
  text << "| method, image against map | images | accepted | weak | horizontal error, coarser pixels | false "
          "| NEES position | NEES pose "
          "| error / Cramér-Rao |\n|---|---|---|---|---|---|---|---|---|\n";
  for (const char* method : {"attitude", "free", "albedo"}) {
    for (const bool comparable : {true, false}) {
      const Rows all = Where(Where(rows, Method(method)),
                             [=](const TrialRow& row) { return IsComparable(row) == comparable; });
      const Rows accepted = Where(all, [](const TrialRow& row) { return row.Accepted(); });
      const auto weak =
          std::count_if(all.begin(), all.end(), [](const TrialRow& row) { return row.status == "weak"; });
      text << "| " << method << (comparable ? ", within 3" : ", beyond 3") << " | " << all.size() << " | "
           << Share(accepted.size(), all.size()) << " | " << weak << " | " << ErrorText(accepted) << " | "
           << FalseText(all, accepted) << " | " << NeesText(accepted, &TrialRow::nees_position, 3) << " | "
           << NeesText(accepted, &TrialRow::nees_pose, 6) << " | " << BoundText(accepted) << " |\n";
    }
  }
}

Test SunClass(std::size_t k) {
  return [k](const TrialRow& row) { return SunClassOf(row.sun_elevation_deg) == k; };
}

void AddAvailability(const Rows& rows, std::ostringstream& text) {
  text << "\n| Sun | method | ground | asked | accepted | horizontal error, coarser pixels | false "
          "|\n|---|---|---|---|---|---|---|\n";
  for (std::size_t k = 0; k + 1 < SunClassBounds_deg().size(); ++k) {
    for (const char* method : {"attitude", "free", "albedo"}) {
      for (const bool mare : {false, true}) {
        const Rows asked = Where(Where(Where(rows, Method(method)), SunClass(k)), [=](const TrialRow& row) {
          return IsAsked(row) && (row.site_type == "mare") == mare;
        });
        if (asked.empty()) continue;
        const Rows accepted = Where(asked, [](const TrialRow& row) { return row.Accepted(); });
        text << "| " << SunClassName(k) << " | " << method << " | " << (mare ? "smooth mare" : "other")
             << " | " << asked.size() << " | " << Share(accepted.size(), asked.size()) << " | "
             << ErrorText(accepted) << " | " << FalseText(asked, accepted) << " |\n";
      }
    }
  }
}

/// Between the Sun of the image and that of the ortho-image.
double AzimuthDifference_deg(const TrialRow& row) {
  return std::abs(std::remainder(row.sun_azimuth_deg - row.reference_azimuth_deg, 360.0));
}

void AddBaselines(const Rows& rows, std::ostringstream& text) {
  std::map<std::pair<int, int>, bool> has_baseline;
  for (const TrialRow& row : rows) {
    if (row.method == "ortho") has_baseline[{row.world, row.view}] = true;
  }
  const Rows same = Where(rows, [&](const TrialRow& row) {
    return has_baseline.count({row.world, row.view}) > 0 && IsAsked(row);
  });
  if (same.empty()) return;
  const auto line = [&](const std::string& name, const Test& test) {
    const Rows chosen = Where(same, test);
    text << "| " << name;
    for (const char* method : {"attitude", "ortho", "sift"}) {
      const Rows asked = Where(chosen, Method(method));
      const Rows right = Where(asked, [](const TrialRow& row) {
        return row.Accepted() && row.horizontal_error_m <= row.Unit_m();
      });
      const Rows wrong = Where(asked, [](const TrialRow& row) {
        return row.Accepted() && row.horizontal_error_m > 3 * row.Unit_m();
      });
      std::vector<double> errors;
      for (const TrialRow& row : right) errors.push_back(row.horizontal_error_m / row.Unit_m());
      text << " | " << Share(right.size(), asked.size()) << ", "
           << (errors.empty() ? "-" : Number(Percentile(errors, 0.5))) << ", " << wrong.size();
      if (std::string(method) == "attitude") text << " (" << asked.size() << " images)";
    }
    text << " |\n";
  };
  text << "\nShare of images with an answer within one coarser pixel, median error of those in coarser "
          "pixels, number of answers more "
          "than three off:\n\n| images | re-lit map (ours) | ortho-image of another Sun | SIFT, RANSAC on "
          "the re-lit map |\n|---|---|---|---|\n";
  for (std::size_t k = 0; k + 1 < SunClassBounds_deg().size(); ++k)
    line("Sun " + SunClassName(k), SunClass(k));
  for (const double low : {0.0, 45.0, 90.0, 135.0}) {
    line("azimuths " + Number(low) + "–" + Number(low + 45) + "° apart", [low](const TrialRow& row) {
      const double difference_deg = AzimuthDifference_deg(row);
      return difference_deg >= low && difference_deg < low + 45 + 1e-9;
    });
  }
}

void AddClasses(const Rows& rows, std::ostringstream& text) {
  text << "\n| with attitude | images | accepted | horizontal error, coarser pixels | NEES position "
          "|\n|---|---|---|---|---|\n";
  const auto line = [&](const std::string& name, const Test& test) {
    const Rows all = Where(Where(rows, Method("attitude")), test);
    const Rows accepted = Where(all, [](const TrialRow& row) { return row.Accepted(); });
    text << "| " << name << " | " << all.size() << " | " << Share(accepted.size(), all.size()) << " | "
         << ErrorText(accepted) << " | " << NeesText(accepted, &TrialRow::nees_position, 3) << " |\n";
  };
  std::map<double, bool> ratios;
  for (const TrialRow& row : rows) ratios[row.map_pixel_px] = true;
  std::map<double, int> rounded;  // ratios differ in their last digits
  for (const auto& [ratio, seen] : ratios) ++rounded[std::round(ratio * 100) / 100];
  for (const auto& [ratio, count] : rounded) {
    line("map pixel of " + Number(ratio) + " image pixels",
         [ratio = ratio](const TrialRow& row) { return std::abs(row.map_pixel_px - ratio) < 0.01; });
  }
  for (const TrialSite& site : TrialSites()) {
    line(site.name, [&site](const TrialRow& row) { return row.site == site.name; });
  }
  for (const double tilt_deg : {0.0, 10.0, 20.0, 35.0, 55.0}) {
    line("tilt " + Number(tilt_deg) + "°",
         [tilt_deg](const TrialRow& row) { return std::abs(row.tilt_deg - tilt_deg) < 0.5; });
  }
}

}  // namespace

std::string AccuracyMarkdown(const std::vector<TrialRow>& rows) {
  std::ostringstream text;
  AddAccuracy(rows, text);
  AddAvailability(rows, text);
  AddClasses(rows, text);
  AddBaselines(rows, text);
  return text.str();
}

}  // namespace perilune::tools
