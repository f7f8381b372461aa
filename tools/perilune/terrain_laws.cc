#include "tools/perilune/terrain_laws.h"

#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "dem/frames/moon.h"
#include "dem/io/atomic_file.h"
#include "dem/statistics/ground_laws.h"
#include "tools/perilune/interrupt.h"
#include "tools/perilune/output_folder.h"
#include "tools/perilune/progress.h"
#include "tools/report/standalone_svg.h"

namespace perilune::tools {
namespace {

/// Colours of the site types, in their order.
constexpr const char* kColours =
    ".t0{stroke:#1f6fb4;color:#1f6fb4}.t1{stroke:#c0392b;color:#c0392b}.t2{stroke:#2e8b57;color:#2e8b57}"
    ".t3{stroke:#8e44ad;color:#8e44ad}.dots{fill:currentColor;stroke:none}";

void WriteChart(const std::filesystem::path& path, const Plot& plot) {
  StandaloneSvg picture;
  picture.panels = {plot};
  picture.colours = kColours;
  dem::WriteFileAtomically(path, ToText(picture));
}

std::string TableRow(const dem::SiteType& type, const dem::LawCheck& check) {
  char text[256];
  std::snprintf(text, sizeof text, "| %s | %s | %s | %.4g | %.4g | %.2g | %.0f | %s |\n", type.name,
                check.law.c_str(), check.what.c_str(), check.stated, check.measured, check.tolerance,
                check.samples, check.Holds() ? "holds" : "**fails**");
  return text;
}

void AddSeries(Plot& plot, const dem::SiteType& type, std::size_t index, const std::vector<double>& x,
               const std::vector<double>& stated, const std::vector<double>& measured) {
  const std::string css = "t" + std::to_string(index);
  plot.lines.push_back({std::string(type.name) + ", stated", css, x, stated});
  plot.points.push_back({std::string(type.name) + ", measured", css, x, measured});
}

}  // namespace

int WriteLaws(const std::filesystem::path& folder, std::uint64_t first_seed) {
  OutputFolder out(folder, false);
  Progress progress("terrain");
  dem::GroundLawsOptions options;
  options.first_seed = first_seed;
  Plot slopes, craters;
  slopes.title = "RMS slope by baseline: stated (lines) and measured (points)";
  slopes.x = {"baseline, m", AxisScale::kLog};
  slopes.y = {"RMS slope, deg", AxisScale::kLog};
  craters.title = "Craters of D and more: law (lines) and counted (points)";
  craters.x = {"diameter, m", AxisScale::kLog};
  craters.y = {"per km²", AxisScale::kLog};
  slopes.width_px = craters.width_px = 820;
  slopes.height_px = craters.height_px = 380;
  std::string table =
      "| site type | law | of | stated | measured | allowed | samples | "
      "|\n|---|---|---|---|---|---|---|---|\n";
  bool all_hold = true;
  for (std::size_t i = 0; i < dem::SiteTypes().size(); ++i) {
    CheckInterrupted();
    const dem::SiteType& type = dem::SiteTypes()[i];
    progress.Show(type.name, i, dem::SiteTypes().size());
    const dem::GroundLaws laws = dem::MeasureGroundLaws(type, options);
    for (const dem::LawCheck& check : laws.checks) {
      table += TableRow(type, check);
      all_hold = all_hold && check.Holds();
    }
    std::vector<double> x, stated, measured;
    for (const auto& point : laws.deviations) {
      x.push_back(point.baseline_m);
      stated.push_back(dem::RadToDeg(std::atan(point.stated_m / point.baseline_m)));
      measured.push_back(dem::RadToDeg(std::atan(point.measured_m / point.baseline_m)));
    }
    AddSeries(slopes, type, i, x, stated, measured);
    x.clear(), stated.clear(), measured.clear();
    for (const auto& point : laws.densities) {
      x.push_back(point.diameter_m);
      stated.push_back(point.stated_pkm2);
      measured.push_back(point.measured_pkm2);
    }
    AddSeries(craters, type, i, x, stated, measured);
  }
  dem::WriteFileAtomically(out.staging() / "laws.md", table);
  WriteChart(out.staging() / "slopes.svg", slopes);
  WriteChart(out.staging() / "craters.svg", craters);
  out.Commit();
  std::printf("%s", table.c_str());
  return all_hold ? 0 : 1;
}

}  // namespace perilune::tools
