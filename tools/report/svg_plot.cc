#include "tools/report/svg_plot.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "datasets/formats/markup_text.h"

namespace perilune::tools {
namespace {

constexpr int kLeft_px = 58;
constexpr int kRight_px = 10;
constexpr int kTop_px = 26;
constexpr int kBottom_px = 38;
constexpr double kClosestTicks_px = 11;

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void Add(double value) {
    if (!std::isfinite(value)) return;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  bool empty() const { return low > high; }
};

/// Values to pixels along one axis.
class Mapping {
 public:
  Mapping(const PlotAxis& axis, Range range, double pixel_low, double pixel_high)
      : axis_(axis), range_(Widened(axis, range)), pixel_low_(pixel_low), pixel_high_(pixel_high) {}

  const Range& range() const { return range_; }
  double Pixel(double value) const {
    const double share = (Scaled(value) - Scaled(range_.low)) / (Scaled(range_.high) - Scaled(range_.low));
    return pixel_low_ + share * (pixel_high_ - pixel_low_);
  }
  std::vector<double> Ticks() const {
    switch (axis_.scale) {
      case AxisScale::kLinear:
        return LinearTicks(range_.low, range_.high, axis_.label.empty() ? 4 : 5);
      case AxisScale::kLog:
        return Decades(1);
      case AxisScale::kAsinh:
        return SignedDecades();
    }
    return {};
  }

 private:
  static Range Widened(const PlotAxis& axis, Range range) {
    if (axis.scale == AxisScale::kLog) {
      range.low = std::max(range.low, 1e-12);
      return {range.low / 1.3, std::max(range.high, range.low) * 1.3};
    }
    if (axis.scale == AxisScale::kAsinh) {
      const double reach = std::max({std::abs(range.low), std::abs(range.high), axis.threshold});
      return {-1.2 * reach, 1.2 * reach};
    }
    if (axis.from_zero) range.low = std::min(range.low, 0.0);
    const double span = range.high > range.low ? range.high - range.low : std::max(1.0, std::abs(range.high));
    return {axis.from_zero && range.low == 0 ? 0 : range.low - 0.02 * span, range.high + 0.05 * span};
  }

  double Scaled(double value) const {
    switch (axis_.scale) {
      case AxisScale::kAsinh:
        return std::asinh(value / axis_.threshold);
      case AxisScale::kLog:
        return std::log10(std::max(value, 1e-12));
      case AxisScale::kLinear:
        break;
    }
    return value;
  }

  std::vector<double> Decades(int step) const {
    std::vector<double> ticks;
    const int first = static_cast<int>(std::ceil(std::log10(range_.low)));
    for (int decade = first; std::pow(10, decade) <= range_.high; decade += step) {
      ticks.push_back(std::pow(10, decade));
    }
    if (ticks.size() < 2) return LinearTicks(range_.low, range_.high, 4);
    return ticks;
  }

  std::vector<double> SignedDecades() const {
    std::vector<double> ticks = {0};
    const int first = static_cast<int>(std::ceil(std::log10(axis_.threshold) - 1e-9));
    const int last = static_cast<int>(std::floor(std::log10(range_.high)));
    const int step = last - first > 2 ? 2 : 1;
    for (int decade = last; decade >= first; decade -= step) {
      if (std::abs(Pixel(std::pow(10, decade)) - Pixel(0)) < kClosestTicks_px) break;
      ticks.push_back(std::pow(10, decade));
      ticks.push_back(-std::pow(10, decade));
    }
    return ticks;
  }

  PlotAxis axis_;
  Range range_;
  double pixel_low_;
  double pixel_high_;
};

std::string TickText(double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.6g", value == 0 ? 0 : value);
  return buffer;
}

Range XRange(const Plot& plot) {
  Range range;
  const auto add = [&](const std::vector<double>& values) {
    for (const double value : values) range.Add(value);
  };
  for (const PlotBand& band : plot.bands) add(band.x);
  for (const PlotLine& line : plot.lines) add(line.x);
  for (const PlotPoints& points : plot.points) add(points.x);
  return range;
}

Range YRange(const Plot& plot) {
  Range range;
  const auto add = [&](const std::vector<double>& values) {
    for (const double value : values) {
      if (plot.y.scale != AxisScale::kLog || value > 0) range.Add(value);
    }
  };
  for (const PlotBand& band : plot.bands) {
    add(band.low);
    add(band.high);
  }
  for (const PlotLine& line : plot.lines) add(line.y);
  for (const PlotPoints& points : plot.points) {
    add(points.y);
    add(points.low);
    add(points.high);
  }
  return range;
}

std::string Axes(const Plot& plot, int top, const Mapping& x, const Mapping& y) {
  const int right = plot.width_px - kRight_px;
  const int bottom = plot.height_px - kBottom_px;
  std::string svg;
  for (const double tick : x.Ticks()) {
    const std::string at = PixelText(x.Pixel(tick));
    svg += "<line class='grid' x1='" + at + "' x2='" + at + "' y1='" + PixelText(top) + "' y2='" +
           PixelText(bottom) + "'/>";
    svg += "<text class='tick' text-anchor='middle' x='" + at + "' y='" + PixelText(bottom + 14) + "'>" +
           TickText(tick) + "</text>";
  }
  for (const double tick : y.Ticks()) {
    const std::string at = PixelText(y.Pixel(tick));
    const bool zero = tick == 0 && plot.y.scale != AxisScale::kLog;
    svg += std::string("<line class='") + (zero ? "zero" : "grid") + "' x1='" + PixelText(kLeft_px) +
           "' x2='" + PixelText(right) + "' y1='" + at + "' y2='" + at + "'/>";
    svg += "<text class='tick' text-anchor='end' x='" + PixelText(kLeft_px - 6) + "' y='" +
           PixelText(y.Pixel(tick) + 3.5) + "'>" + TickText(tick) + "</text>";
  }
  svg += "<rect class='axis' x='" + PixelText(kLeft_px) + "' y='" + PixelText(top) + "' width='" +
         PixelText(right - kLeft_px) + "' height='" + PixelText(bottom - top) + "'/>";
  svg += "<text class='label' text-anchor='middle' x='" + PixelText(0.5 * (kLeft_px + right)) + "' y='" +
         PixelText(plot.height_px - 6) + "'>" + datasets::EscapeMarkup(plot.x.label) + "</text>";
  const double middle = 0.5 * (top + bottom);
  svg += "<text class='label' text-anchor='middle' transform='translate(12 " + PixelText(middle) +
         ") rotate(-90)'>" + datasets::EscapeMarkup(plot.y.label) + "</text>";
  return svg;
}

std::string BandPath(const PlotBand& band, const Mapping& x, const Mapping& y) {
  std::string path;
  std::size_t i = 0;
  const auto finite = [&](std::size_t k) {
    return std::isfinite(band.x[k]) && std::isfinite(band.low[k]) && std::isfinite(band.high[k]);
  };
  while (i < band.x.size()) {
    if (!finite(i)) {
      ++i;
      continue;
    }
    std::size_t end = i;
    while (end < band.x.size() && finite(end)) ++end;
    for (std::size_t k = i; k < end; ++k) {
      path += (k == i ? "M" : "L") + PixelText(x.Pixel(band.x[k])) + " " + PixelText(y.Pixel(band.high[k]));
    }
    for (std::size_t k = end; k-- > i;)
      path += "L" + PixelText(x.Pixel(band.x[k])) + " " + PixelText(y.Pixel(band.low[k]));
    path += "Z";
    i = end;
  }
  return "<path class='" + band.css_class + "' d='" + path + "'/>";
}

std::string LinePath(const PlotLine& line, const Mapping& x, const Mapping& y) {
  std::string path;
  bool broken = true;
  for (std::size_t i = 0; i < line.x.size(); ++i) {
    if (!std::isfinite(line.x[i]) || !std::isfinite(line.y[i])) {
      broken = true;
      continue;
    }
    path += (broken ? "M" : "L") + PixelText(x.Pixel(line.x[i])) + " " + PixelText(y.Pixel(line.y[i]));
    broken = false;
  }
  return "<path class='line " + line.css_class + "' d='" + path + "'/>";
}

std::string Bar(const PlotPoints& points, std::size_t i, const Mapping& x, const Mapping& y) {
  if (points.low.empty() || !std::isfinite(points.low[i]) || !std::isfinite(points.high[i])) return "";
  const std::string at = PixelText(x.Pixel(points.x[i]));
  return "<path class='bar' d='M" + at + " " + PixelText(y.Pixel(points.low[i])) + "L" + at + " " +
         PixelText(y.Pixel(points.high[i])) + "'/>";
}

std::string Dots(const PlotPoints& points, const Mapping& x, const Mapping& y) {
  std::string svg = "<g class='dots " + points.css_class + "'>";
  for (std::size_t i = 0; i < points.x.size(); ++i) {
    if (!std::isfinite(points.x[i]) || !std::isfinite(points.y[i])) continue;
    svg += "<circle cx='" + PixelText(x.Pixel(points.x[i])) + "' cy='" + PixelText(y.Pixel(points.y[i])) +
           "' r='" + PixelText(points.radius_px) + "'/>" + Bar(points, i, x, y);
  }
  return svg + "</g>";
}

struct LegendEntry {
  std::string label, symbol;

  double Width_px() const { return 30 + 5.9 * static_cast<double>(label.size()); }
};

/// What has a label: bands, lines, points.
std::vector<LegendEntry> LegendEntries(const Plot& plot) {
  std::vector<LegendEntry> entries;
  const auto add = [&entries](const std::string& label, const std::string& symbol) {
    if (!label.empty()) entries.push_back({label, symbol});
  };
  for (const PlotBand& band : plot.bands)
    add(band.label, "<path class='" + band.css_class + "' d='M1 -5L17 -5L17 5L1 5Z'/>");
  for (const PlotLine& line : plot.lines)
    add(line.label, "<path class='line " + line.css_class + "' d='M1 0L17 0'/>");
  for (const PlotPoints& points : plot.points)
    add(points.label, "<g class='dots " + points.css_class + "'><circle cx='9' cy='0' r='2.8'/></g>");
  return entries;
}

/// Beside the title where there is room for all of it, else in rows below the title.
class Legend {
 public:
  explicit Legend(const Plot& plot) : right_px_(plot.width_px - kRight_px) {
    const std::vector<LegendEntry> entries = LegendEntries(plot);
    double all_px = 0;
    for (const LegendEntry& entry : entries) all_px += entry.Width_px();
    const double title_px = 6.5 * static_cast<double>(plot.title.size());
    beside_title_ = kLeft_px + title_px + all_px <= right_px_;
    double room_px = 0;
    for (const LegendEntry& entry : entries) {
      if (rows_.empty() || (!beside_title_ && entry.Width_px() > room_px)) {
        rows_.emplace_back();
        room_px = right_px_ - kLeft_px;
      }
      rows_.back().push_back(entry);
      room_px -= entry.Width_px();
    }
  }

  /// Of the axes' box.
  int Top_px() const { return kTop_px + (beside_title_ ? 0 : kRow_px * static_cast<int>(rows_.size())); }

  std::string Svg() const {
    std::string svg;
    double y = 14 + (beside_title_ ? 0 : kRow_px);
    for (const std::vector<LegendEntry>& row : rows_) {
      double x = right_px_;
      for (const LegendEntry& entry : row) x -= entry.Width_px();
      for (const LegendEntry& entry : row) {
        svg += "<g transform='translate(" + PixelText(x) + " " + FixedText(y, 0) + ")'>" + entry.symbol +
               "<text class='legend' x='20' y='4'>" + datasets::EscapeMarkup(entry.label) + "</text></g>";
        x += entry.Width_px();
      }
      y += kRow_px;
    }
    return svg;
  }

 private:
  static constexpr int kRow_px = 16;

  double right_px_;
  bool beside_title_ = true;
  std::vector<std::vector<LegendEntry>> rows_;
};

}  // namespace

std::string ToSvg(const Plot& plot) {
  std::string svg = "<svg class='plot' viewBox='0 0 " + std::to_string(plot.width_px) + " " +
                    std::to_string(plot.height_px) + "' role='img' aria-label='" +
                    datasets::EscapeMarkup(plot.title) + "'>";
  svg += "<text class='title' x='" + PixelText(kLeft_px) + "' y='17'>" + datasets::EscapeMarkup(plot.title) +
         "</text>";
  const Range x_range = XRange(plot);
  const Range y_range = YRange(plot);
  if (x_range.empty() || y_range.empty()) {
    return svg + "<text class='label' text-anchor='middle' x='" + PixelText(0.5 * plot.width_px) + "' y='" +
           PixelText(0.5 * plot.height_px) + "'>no values</text></svg>";
  }
  const Legend legend(plot);
  const Mapping x(plot.x, x_range, kLeft_px, plot.width_px - kRight_px);
  const Mapping y(plot.y, y_range, plot.height_px - kBottom_px, legend.Top_px());
  svg += Axes(plot, legend.Top_px(), x, y);
  for (const PlotBand& band : plot.bands) svg += BandPath(band, x, y);
  for (const PlotLine& line : plot.lines) svg += LinePath(line, x, y);
  for (const PlotPoints& points : plot.points) svg += Dots(points, x, y);
  return svg + legend.Svg() + "</svg>";
}

std::vector<double> LinearTicks(double low, double high, int count) {
  const double rough = (high - low) / std::max(1, count);
  if (!(rough > 0)) return {low};
  const double decade = std::pow(10, std::floor(std::log10(rough)));
  double step = 10 * decade;
  for (const double nice : {1.0, 2.0, 5.0}) {
    if (nice * decade >= rough * 0.999) {
      step = nice * decade;
      break;
    }
  }
  std::vector<double> ticks;
  for (double n = std::ceil(low / step - 1e-9); n * step <= high + 1e-9 * step; ++n)
    ticks.push_back(n * step);
  return ticks;
}

std::string PixelText(double value_px) { return FixedText(value_px, 1); }

std::string FixedText(double value, int digits) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%.*f", digits, value);
  std::string text = buffer;
  if (text.find_first_not_of("-0.") == std::string::npos && text.front() == '-') text.erase(0, 1);
  return text;
}

}  // namespace perilune::tools
