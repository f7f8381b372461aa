#pragma once

#include <string>
#include <vector>

namespace perilune::tools {

/// How a value becomes a height. kAsinh is linear below `threshold` and logarithmic beyond it, on both sides
/// of zero: errors that shrink from hundreds of metres to decimetres stay readable with their sign.
enum class AxisScale { kLinear, kAsinh, kLog };

struct PlotAxis {
  std::string label;
  AxisScale scale = AxisScale::kLinear;
  double threshold = 1;  ///< of kAsinh, in the axis' unit
  bool from_zero = false;
};

/// NaN breaks a line or leaves a point out. `css_class` chooses colour and width in the page's style sheet.
struct PlotLine {
  std::string label;
  std::string css_class;
  std::vector<double> x;
  std::vector<double> y;
};

struct PlotPoints {
  std::string label;
  std::string css_class;
  std::vector<double> x;
  std::vector<double> y;
  double radius_px = 2.2;
  /// Ends of each point's interval, a vertical bar; empty: no bars.
  std::vector<double> low = {}, high = {};
};

/// The area between two curves.
struct PlotBand {
  std::string label;
  std::string css_class;
  std::vector<double> x;
  std::vector<double> low;
  std::vector<double> high;
};

/// A chart with axes, ticks, grid and legend. Bands lie under lines, lines under points.
struct Plot {
  std::string title;
  PlotAxis x;
  PlotAxis y;
  std::vector<PlotBand> bands;
  std::vector<PlotLine> lines;
  std::vector<PlotPoints> points;
  int width_px = 560;
  int height_px = 210;
};

/// The chart as an <svg> element, text and colours through CSS classes. A chart without any finite value says
/// so.
std::string ToSvg(const Plot& plot);

/// Positions of about `count` ticks at 1, 2 or 5 · 10ⁿ that cover [low, high].
std::vector<double> LinearTicks(double low, double high, int count);

/// A number with `digits` after the point, no "-0".
std::string FixedText(double value, int digits);

/// A length in an SVG: tenths of a pixel.
std::string PixelText(double value_px);

}  // namespace perilune::tools
