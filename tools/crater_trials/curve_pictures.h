#pragma once

#include <array>
#include <string>
#include <vector>

#include "tools/crater_trials/success_curve.h"

namespace perilune::tools {

/// One chart: the curves of a variable.
struct CurvePanel {
  const char* variable;
  const char* title;
  const char* x_label;
};

/// One file with two charts.
struct CurvePicture {
  const char* name;
  std::array<CurvePanel, 2> panels;
};

inline constexpr std::array<CurvePicture, 3> kCurvePictures = {{
    {"identification_noise",
     {{{"centre_px", "Noise of centres", "1 sigma of a centre, each axis, px"},
       {"axes", "Noise of axes", "1 sigma of the semi-axes, relative"}}}},
    {"identification_clutter",
     {{{"missed", "Missed", "share of the craters in view that are missed"},
       {"false", "False", "share of the detections that are false"}}}},
    {"identification_catalogue",
     {{{"keep", "Catalogue", "share of the catalogue's craters that there is"},
       {kDetectedVariable, "Craters in view",
        "craters truly detected, where 80 % are missed (of all views)"}}}},
}};

/// The picture's file. `made_by`: the command, for the caption.
std::string CurveSvg(const CurvePicture& picture, const std::vector<SuccessCurve>& curves,
                     const std::string& made_by);

/// A row of a Markdown table for each point: counts, shares and intervals.
std::string CurveTable(const std::vector<SuccessCurve>& curves);

}  // namespace perilune::tools
