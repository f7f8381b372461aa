#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "datasets/formats/frame_journal.h"
#include "datasets/formats/markup_text.h"

#include "tools/report/embedded_image.h"
#include "tools/report/sections.h"
#include "tools/report/svg_plot.h"

namespace perilune::tools {
namespace {

constexpr int kFrameWidth_px = 640;
constexpr double kArrowScale = 20;

std::filesystem::path Journal(const ReportData& data, std::int64_t t_ns) {
  return data.run / "frames" / (std::to_string(t_ns) + ".json");
}

std::string Coordinates(const Eigen::Vector2d& pixel) {
  return FixedText(pixel.x(), 1) + " " + FixedText(pixel.y(), 1);
}

/// Landmarks as dots, residuals as lines from them; coordinates are image pixels.
std::string Landmarks(const nav::Fix& fix, double dot_px) {
  std::string dots[2], lines[2];
  for (const nav::FixMatch& landmark : fix.matches) {
    const std::size_t kind = landmark.inlier ? 1 : 0;
    const Eigen::Vector2d& at = landmark.match.pixel_px;
    dots[kind] += "<circle cx='" + FixedText(at.x(), 1) + "' cy='" + FixedText(at.y(), 1) + "' r='" +
                  FixedText(dot_px, 1) + "'/>";
    if (fix.HasPose() && landmark.inlier) {
      lines[kind] += "M" + Coordinates(at) + "l" + Coordinates(kArrowScale * landmark.residual_px);
    }
  }
  return "<g class='outliers'>" + dots[0] + "</g><g class='inliers'>" + dots[1] + "<path d='" + lines[1] +
         "'/></g>";
}

std::string Caption(const ReportData& data, int number, const datasets::FixRow& row) {
  const nav::Fix& fix = row.fix;
  std::string text = "<b>" + std::to_string(number) + "</b> · t = " + FixedText(data.Seconds(fix.t_ns), 1) +
                     " s · <span class='status " + ToString(fix.status) + "'>" + ToString(fix.status) +
                     "</span>";
  if (!row.map.empty()) text += " · " + datasets::EscapeMarkup(row.map);
  text += " · " + std::to_string(fix.inliers) + " inliers of " + std::to_string(fix.attempted) + " attempted";
  if (fix.HasPose()) {
    text += " · residual " + FixedText(fix.residual_rms_px, 2) + " px RMS · 1 sigma " +
            FixedText(fix.HorizontalSigma_m(), 2) + " m · ground sample " +
            FixedText(fix.ground_sample_m, 1) + " m";
  } else if (!fix.reason.empty()) {
    text += " · " + datasets::EscapeMarkup(fix.reason);
  }
  return text;
}

std::string FrameFigure(const ReportData& data, int number, const datasets::FixRow& row) {
  const auto& images = data.sequence->images;
  const auto entry = std::find_if(images.begin(), images.end(), [&](const datasets::ImageEntry& image) {
    return image.t_ns == row.fix.t_ns;
  });
  if (entry == images.end() || entry->path.empty()) return "";  // measurement level has no pictures
  const nav::Image image =
      datasets::ReadImage(*data.sequence, static_cast<std::size_t>(entry - images.begin()));
  cv::Mat shown = DisplayImage(image.pixels);
  const double shrink = std::min(1.0, static_cast<double>(kFrameWidth_px) / shown.cols);
  if (shrink < 1) cv::resize(shown, shown, {}, shrink, shrink, cv::INTER_AREA);
  const std::string width = std::to_string(image.pixels.cols), height = std::to_string(image.pixels.rows);
  const std::string svg =
      "<svg class='frame' viewBox='-0.5 -0.5 " + width + " " + height + "'><image x='-0.5' y='-0.5' " +
      "width='" + width + "' height='" + height + "' href='" + DataUri(shown, ImageCoding::kJpeg) + "'/>" +
      Landmarks(datasets::ReadFrame(Journal(data, row.fix.t_ns)).fix, image.pixels.cols / 230.0) + "</svg>";
  return Figure(svg, Caption(data, number, row));
}

}  // namespace

std::vector<std::size_t> ShownFrames(const ReportData& data) {
  std::vector<std::size_t> with_journal;
  for (std::size_t i = 0; i < data.fixes.size(); ++i) {
    if (std::filesystem::exists(Journal(data, data.fixes[i].fix.t_ns))) with_journal.push_back(i);
  }
  const auto count = static_cast<std::size_t>(std::max(0, data.frames));
  if (with_journal.size() <= count) return with_journal;
  std::vector<std::size_t> shown;
  for (std::size_t k = 0; k < count; ++k) {
    shown.push_back(with_journal[k * (with_journal.size() - 1) / std::max<std::size_t>(1, count - 1)]);
  }
  return shown;
}

std::string FramesSection(const ReportData& data) {
  if (!data.sequence) {
    return Section("frames", "Images and matches", Note("No images: give the sequence with --sequence."));
  }
  std::string figures;
  int number = 0;
  for (const std::size_t i : ShownFrames(data)) figures += FrameFigure(data, ++number, data.fixes[i]);
  if (figures.empty()) {
    return Section("frames", "Images and matches", Note("The run has no frame journals, or no pictures."));
  }
  return Section(
      "frames", "Images and matches",
      "<p class='caption'>Evenly spaced in time, contrast stretched. <span class='key green'></span> "
      "inliers, with their residuals (observed − projected) drawn " +
          FixedText(kArrowScale, 0) +
          " × enlarged; <span class='key red'></span> outliers.</p><div class='frames'>" + figures +
          "</div>");
}

}  // namespace perilune::tools
