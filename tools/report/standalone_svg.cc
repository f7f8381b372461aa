#include "tools/report/standalone_svg.h"

#include <algorithm>
#include <stdexcept>

#include "datasets/formats/markup_text.h"

namespace perilune::tools {
namespace {

constexpr int kCaptionLine_px = 15;
constexpr const char* kStyle =
    "text{font:11px sans-serif;fill:#444}.title{font-size:12px;font-weight:bold}.caption{fill:#555}"
    ".paper{fill:#fff}.grid,.zero,.axis{fill:none;stroke:#ddd}.axis{stroke:#aaa}"
    ".line{fill:none;stroke-width:1.8}.bar{fill:none;stroke-width:1.2}";

/// A chart's element with its place in the one around it.
std::string Placed(const Plot& plot, int x_px, int y_px) {
  std::string svg = ToSvg(plot);
  svg.insert(4, " x='" + std::to_string(x_px) + "' y='" + std::to_string(y_px) + "' width='" +
                    std::to_string(plot.width_px) + "' height='" + std::to_string(plot.height_px) + "'");
  return svg;
}

}  // namespace

std::string ToText(const StandaloneSvg& picture) {
  if (picture.panels.empty() || picture.columns < 1) {
    throw std::invalid_argument("panels and columns: a picture needs at least one");
  }
  const int count = static_cast<int>(picture.panels.size());
  const int panel_width_px = picture.panels.front().width_px;
  const int panel_height_px = picture.panels.front().height_px;
  const int panels_height_px = panel_height_px * ((count + picture.columns - 1) / picture.columns);
  const int height_px = panels_height_px + kCaptionLine_px * static_cast<int>(picture.caption.size());
  const std::string size =
      std::to_string(panel_width_px * std::min(count, picture.columns)) + " " + std::to_string(height_px);
  std::string text = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 " + size + "'><style>" + kStyle +
                     picture.colours + "</style><rect class='paper' width='100%' height='100%'/>\n";
  for (int i = 0; i < count; ++i) {
    text += Placed(picture.panels[static_cast<std::size_t>(i)], panel_width_px * (i % picture.columns),
                   panel_height_px * (i / picture.columns)) +
            "\n";
  }
  int baseline_px = panels_height_px - 4;
  for (const std::string& line : picture.caption) {
    baseline_px += kCaptionLine_px;
    text += "<text class='caption' x='12' y='" + std::to_string(baseline_px) + "'>" +
            datasets::EscapeMarkup(line) + "</text>\n";
  }
  return text + "</svg>\n";
}

}  // namespace perilune::tools
