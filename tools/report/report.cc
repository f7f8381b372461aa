#include "tools/report/report.h"

#include <cmath>

#include "datasets/formats/markup_text.h"

#include "dem/frames/moon.h"
#include "tools/report/page_style.h"
#include "tools/report/sections.h"
#include "tools/report/svg_plot.h"

namespace perilune::tools {
namespace {

std::string Latitude(double deg) { return FixedText(std::abs(deg), 3) + "° " + (deg < 0 ? "S" : "N"); }
std::string Longitude(double deg) { return FixedText(std::abs(deg), 3) + "° " + (deg < 0 ? "W" : "E"); }

std::string Title(const ReportData& data) { return data.sequence ? data.sequence->info.name : "run"; }

std::string Header(const ReportData& data) {
  std::string facts;
  if (data.sequence) {
    const datasets::SequenceInfo& info = data.sequence->info;
    facts = Latitude(dem::RadToDeg(info.site.origin.latitude_rad)) + ", " +
            Longitude(dem::RadToDeg(info.site.origin.longitude_rad)) + " · " +
            datasets::EscapeMarkup(info.epoch_utc) + " UTC · " + std::to_string(info.camera.width_px) +
            " × " + std::to_string(info.camera.height_px) + " px";
    for (auto map = info.maps.rbegin(); map != info.maps.rend(); ++map) {
      facts +=
          (map == info.maps.rbegin() ? " · maps " : ", ") + datasets::EscapeMarkup(map->filename().string());
    }
  }
  if (!data.fixes.empty()) {
    facts += (facts.empty() ? "" : " · ") + std::to_string(data.fixes.size()) + " images over " +
             FixedText(data.Seconds(data.fixes.back().fix.t_ns), 0) + " s";
  }
  return "<header><div class='wrap'><div class='brand'>Perilune · terrain-relative "
         "navigation</div><h1>Descent report: " +
         datasets::EscapeMarkup(Title(data)) + "</h1><p>" + facts + "</p></div></header>";
}

std::string Footer(const ReportData& data) {
  return "<footer><div class='wrap'><p>Frames: <b>site</b> is east-north-up at the landing site. "
         "<b>Map-relative</b> "
         "errors are against the truth moved by the map's known tie error; <b>absolute</b> ones against the "
         "truth. "
         "<b>Accepted</b>: the fix declares a map-relative horizontal 1 sigma of at most u = max(map pixel, "
         "ground "
         "sample). <b>False</b>: accepted, with a 3-D Mahalanobis distance above 5 or a horizontal error "
         "above 3 u. "
         "Percentiles interpolate linearly between order statistics.</p><p>perilune " +
         datasets::EscapeMarkup(data.version) + "</p></div></footer>";
}

}  // namespace

std::string RenderReport(const ReportData& data) {
  std::string page =
      "<!DOCTYPE html>\n<html lang='en'><head><meta charset='utf-8'><meta name='viewport' "
      "content='width=device-width, initial-scale=1'><title>Perilune: " +
      datasets::EscapeMarkup(Title(data)) + "</title><style>" + kPageStyle + "</style></head><body>\n";
  page += Header(data) + "\n<main class='wrap'>\n";
  for (const auto section : {SummarySection, TrackSection, FramesSection, ErrorsSection, ConsistencySection,
                             MatchingSection, HazardSection, EventsSection}) {
    page += section(data) + "\n";
  }
  return page + "</main>\n" + Footer(data) + "</body></html>\n";
}

}  // namespace perilune::tools
