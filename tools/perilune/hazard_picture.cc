#include "tools/perilune/hazard_picture.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <opencv2/imgproc.hpp>
#include <string>

#include "datasets/formats/hazard_classes.h"
#include "dem/frames/moon.h"
#include "dem/hazard/ground_metric.h"
#include "dem/io/pixel_places.h"
#include "tools/perilune/hazard_stream.h"
#include "tools/perilune/picture_file.h"

namespace perilune::tools {
namespace {

constexpr int kLongestSide_px = 1400, kLeastWidth_px = 900;
constexpr int kTitleHeight_px = 40, kLegendHeight_px = 84, kMargin_px = 12;
const cv::Scalar kInk(25, 25, 25), kPaper(255, 255, 255);
constexpr float kClassOpacity = 0.45F;
constexpr double kExaggeration = 2.5;  // of the slopes that are shaded: lunar ground is smooth

/// Lambert shading of the ground by differences of neighbours, 0…1; middle grey without data.
float Shade(const dem::Raster<float>& dem, double col_m, double row_m, int col, int row) {
  const int left = std::max(0, col - 1), right = std::min(dem.grid.width - 1, col + 1);
  const int up = std::max(0, row - 1), down = std::min(dem.grid.height - 1, row + 1);
  if (left == right || up == down) return 0.5F;
  const double east =
      kExaggeration * (dem.grid.At(right, row) - dem.grid.At(left, row)) / ((right - left) * col_m);
  const double north =
      kExaggeration * (dem.grid.At(col, up) - dem.grid.At(col, down)) / ((down - up) * row_m);
  const double shade = (0.5 * east - 0.5 * north + 0.7071) / std::sqrt(1 + east * east + north * north);
  return std::isfinite(shade) ? static_cast<float>(std::clamp(shade, 0.0, 1.0)) : 0.5F;
}

cv::Mat PaintClasses(const dem::Grid<std::uint8_t>& classes, const dem::Raster<float>& dem, double col_m,
                     double row_m) {
  cv::Mat image(classes.height, classes.width, CV_8UC3, kPaper);
  for (int row = 0; row < classes.height; ++row) {
    for (int col = 0; col < classes.width; ++col) {
      const std::uint8_t code = classes.At(col, row);
      if (code == static_cast<std::uint8_t>(datasets::ClassCode::kNoData)) continue;
      const datasets::ClassStyle& style = datasets::ClassStyles().at(code);
      const std::array<float, 3> colour{static_cast<float>(style.blue), static_cast<float>(style.green),
                                        static_cast<float>(style.red)};
      const float shade = 255 * std::clamp(0.15F + Shade(dem, col_m, row_m, col, row), 0.0F, 1.0F);
      cv::Vec3b& pixel = image.at<cv::Vec3b>(row, col);
      for (int c = 0; c < 3; ++c) {
        pixel[c] = cv::saturate_cast<std::uint8_t>((1 - kClassOpacity) * shade +
                                                   kClassOpacity * colour[static_cast<std::size_t>(c)]);
      }
    }
  }
  return image;
}

void Write(cv::Mat& image, const std::string& text, const cv::Point& at, double size = 0.5,
           const cv::Scalar& ink = kInk) {
  cv::putText(image, text, at, cv::FONT_HERSHEY_SIMPLEX, size, ink, 1, cv::LINE_AA);
}

void DrawSite(cv::Mat& image, const PlacedRank& site, const cv::Point& centre) {
  const bool first = site.rank <= 1;
  const cv::Scalar colour = first ? cv::Scalar(0, 255, 255) : cv::Scalar(255, 255, 255);
  const int radius = first ? 11 : 8;
  for (const auto& [ink, thickness] : {std::pair{cv::Scalar(0, 0, 0), 4}, std::pair{colour, 2}}) {
    if (site.rank == 0) {
      cv::drawMarker(image, centre, ink, cv::MARKER_TILTED_CROSS, 22, thickness, cv::LINE_AA);
    } else {
      cv::circle(image, centre, radius, ink, thickness, cv::LINE_AA);
    }
  }
  const std::string label = site.rank == 0 ? "least bad" : std::to_string(site.rank);
  for (const auto& [ink, thickness] : {std::pair{cv::Scalar(0, 0, 0), 4}, std::pair{colour, 1}}) {
    cv::putText(image, label, centre + cv::Point(radius + 3, 5), cv::FONT_HERSHEY_SIMPLEX, 0.55, ink,
                thickness, cv::LINE_AA);
  }
}

/// 1, 2 or 5 times a power of ten, at most `limit_m`.
double RoundLength(double limit_m) {
  const double power = std::pow(10.0, std::floor(std::log10(limit_m)));
  for (const double factor : {5.0, 2.0}) {
    if (factor * power <= limit_m) return factor * power;
  }
  return power;
}

std::string Length(double length_m) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g %s", length_m >= 1000 ? length_m / 1000 : length_m,
                length_m >= 1000 ? "km" : "m");
  return text;
}

std::string Title(const dem::LatLon& middle, const Eigen::Vector2d& size_m,
                  const std::optional<dem::SunAngles>& sun) {
  const double latitude = dem::RadToDeg(middle.latitude_rad), longitude = dem::RadToDeg(middle.longitude_rad);
  char text[200];
  std::snprintf(text, sizeof text, "Landing hazards around %.4f %s, %.4f %s   %s x %s", std::abs(latitude),
                latitude < 0 ? "S" : "N", std::abs(longitude), longitude < 0 ? "W" : "E",
                Length(size_m.x()).c_str(), Length(size_m.y()).c_str());
  std::string title = text;
  if (!sun) return title + "   no Sun: no shadows";
  std::snprintf(text, sizeof text, "   Sun %.1f deg high from azimuth %.0f",
                dem::RadToDeg(sun->elevation_rad), dem::RadToDeg(sun->azimuth_rad));
  return title + text;
}

void DrawClasses(cv::Mat& legend, const ClassCounts& counts) {
  const auto all = static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::int64_t{0}));
  int x = kMargin_px;
  for (const datasets::ClassStyle& style : datasets::ClassStyles()) {
    const auto count = static_cast<double>(counts.at(static_cast<std::size_t>(style.code)));
    if (count == 0) continue;
    // As it looks over level ground.
    const double shade = (1 - kClassOpacity) * 255 * 0.857;
    const auto mixed = [&](std::uint8_t channel) { return shade + kClassOpacity * channel; };
    const bool blank = style.code == datasets::ClassCode::kNoData;
    const cv::Scalar colour =
        blank ? kPaper : cv::Scalar(mixed(style.blue), mixed(style.green), mixed(style.red));
    cv::rectangle(legend, {x, 12}, {x + 20, 30}, colour, cv::FILLED);
    cv::rectangle(legend, {x, 12}, {x + 20, 30}, kInk, 1);
    char text[48];
    std::snprintf(text, sizeof text, "%s %.1f %%", style.name, 100 * count / all);
    Write(legend, text, {x + 27, 27});
    x += 27 + cv::getTextSize(text, cv::FONT_HERSHEY_SIMPLEX, 0.5, 1, nullptr).width + 22;
  }
}

/// A bar of four fields, its ends labelled.
void DrawScale(cv::Mat& legend, double pixel_m) {
  const double length_m = RoundLength(0.3 * legend.cols * pixel_m);
  const int length_px = static_cast<int>(std::lround(length_m / pixel_m)), top = 50, bottom = 58;
  for (int field = 0; field < 4; ++field) {
    const cv::Point from(kMargin_px + length_px * field / 4, top),
        to(kMargin_px + length_px * (field + 1) / 4, bottom);
    cv::rectangle(legend, from, to, field % 2 == 0 ? kInk : kPaper, cv::FILLED);
    cv::rectangle(legend, from, to, kInk, 1);
  }
  Write(legend, "0", {kMargin_px, 75}, 0.45);
  Write(legend, Length(length_m / 2), {kMargin_px + length_px / 2 - 12, 75}, 0.45);
  Write(legend, Length(length_m), {kMargin_px + length_px - 12, 75}, 0.45);
  Write(legend, "relief 2.5 times, lit from the upper left", {kMargin_px + length_px + 70, 64}, 0.45);
}

void DrawNorth(cv::Mat& legend, const Eigen::Vector2d& north_px) {
  const Eigen::Vector2d step = 22 * north_px.normalized();
  const cv::Point middle(legend.cols - 60, 46),
      along(static_cast<int>(std::lround(step.x())), static_cast<int>(std::lround(step.y())));
  cv::arrowedLine(legend, middle - along, middle + along, kInk, 2, cv::LINE_AA, 0, 0.35);
  Write(legend, "N", {legend.cols - 30, 52});
}

}  // namespace

void WriteHazardPicture(const std::filesystem::path& path, const dem::Grid<std::uint8_t>& classes,
                        const dem::Raster<float>& dem, const HazardPictureNotes& notes) {
  const Eigen::Vector2d middle_px(0.5 * (classes.width - 1), 0.5 * (classes.height - 1));
  const dem::CellGeometry middle =
      dem::GroundMetric(dem.crs_wkt, dem.crs_from_pixel, classes.width, classes.height)
          .At(middle_px.x(), middle_px.y());
  const Eigen::Vector2d cell_m(middle.col_step_m.norm(), middle.row_step_m.norm());
  const Eigen::Vector2d size_m(classes.width * cell_m.x(), classes.height * cell_m.y());
  const double pixel_m = size_m.maxCoeff() / kLongestSide_px;
  const auto pixels = [&](double length_m) {
    return std::max(1, static_cast<int>(std::lround(length_m / pixel_m)));
  };
  const cv::Size size(pixels(size_m.x()), pixels(size_m.y()));

  cv::Mat image = PaintClasses(classes, dem, cell_m.x(), cell_m.y());
  cv::resize(image, image, size, 0, 0, size.width < image.cols ? cv::INTER_AREA : cv::INTER_NEAREST);
  // The best is drawn last, on top.
  for (auto site = notes.sites.rbegin(); site != notes.sites.rend(); ++site) {
    const Eigen::Vector2d p = (site->cell + Eigen::Vector2d(0.5, 0.5)).cwiseProduct(cell_m) / pixel_m;
    DrawSite(image, *site, {static_cast<int>(std::lround(p.x())), static_cast<int>(std::lround(p.y()))});
  }
  const int width = std::max(image.cols, kLeastWidth_px);
  cv::copyMakeBorder(image, image, kTitleHeight_px, 0, 0, width - image.cols, cv::BORDER_CONSTANT, kPaper);
  const dem::LatLon place = dem::PlacesOfPixels(dem.crs_wkt, dem.crs_from_pixel, {middle_px}).front();
  Write(image, Title(place, size_m, notes.sun), {kMargin_px, 26}, 0.6);

  cv::Mat legend(kLegendHeight_px, width, CV_8UC3, kPaper);
  DrawClasses(legend, notes.counts.value_or(CountClasses(classes)));
  DrawScale(legend, pixel_m);
  const Eigen::Vector2d north_px = middle.PixelsPerMetre(Eigen::Vector3d::UnitZ());
  DrawNorth(legend, north_px.cwiseProduct(cell_m));
  cv::vconcat(image, legend, image);
  WritePicture(path, image);
}

}  // namespace perilune::tools
