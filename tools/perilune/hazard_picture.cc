#include "tools/perilune/hazard_picture.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <opencv2/imgproc.hpp>
#include <string>

#include "dem/hazard/ground_metric.h"
#include "tools/perilune/picture_file.h"

namespace perilune::tools {
namespace {

constexpr int kLongestSide_px = 1400;
constexpr int kLegendHeight_px = 44;

/// Blue, green, red; told apart with the common colour deficiencies as well.
struct ClassStyle {
  const char* name;
  cv::Vec3b colour;
};
const std::array<ClassStyle, 4> kStyles{
    ClassStyle{"safe", {115, 158, 0}}, ClassStyle{"hazardous", {0, 94, 213}},
    ClassStyle{"unknown", {150, 150, 150}}, ClassStyle{"shadow", {110, 40, 40}}};

/// Lambert shading of the ground by differences of neighbours, 0…1; middle grey without data.
float Shade(const dem::Raster<float>& dem, double col_m, double row_m, int col, int row) {
  const int left = std::max(0, col - 1), right = std::min(dem.grid.width - 1, col + 1);
  const int up = std::max(0, row - 1), down = std::min(dem.grid.height - 1, row + 1);
  if (left == right || up == down) return 0.5F;
  const double east = (dem.grid.At(right, row) - dem.grid.At(left, row)) / ((right - left) * col_m);
  const double north = (dem.grid.At(col, up) - dem.grid.At(col, down)) / ((down - up) * row_m);
  const double shade = (0.5 * east - 0.5 * north + 0.7071) / std::sqrt(1 + east * east + north * north);
  return std::isfinite(shade) ? static_cast<float>(std::clamp(shade, 0.0, 1.0)) : 0.5F;
}

cv::Mat PaintClasses(const dem::HazardMap& map, const dem::Raster<float>& dem, double col_m, double row_m) {
  cv::Mat image(map.height(), map.width(), CV_8UC3);
  for (int row = 0; row < map.height(); ++row) {
    for (int col = 0; col < map.width(); ++col) {
      const cv::Vec3b colour = kStyles.at(map.hazard_class.grid.At(col, row)).colour;
      const float shade = 255 * std::clamp(0.15F + 1.0F * Shade(dem, col_m, row_m, col, row), 0.0F, 1.0F);
      cv::Vec3b& pixel = image.at<cv::Vec3b>(row, col);
      for (int c = 0; c < 3; ++c) {
        pixel[c] = cv::saturate_cast<std::uint8_t>(0.62F * shade + 0.38F * static_cast<float>(colour[c]));
      }
    }
  }
  return image;
}

void DrawSites(cv::Mat& image, const std::vector<PlacedRank>& sites, const Eigen::Vector2d& pixels_per_cell) {
  // The best is drawn last, on top.
  for (auto site = sites.rbegin(); site != sites.rend(); ++site) {
    const Eigen::Vector2d p = (site->cell + Eigen::Vector2d(0.5, 0.5)).cwiseProduct(pixels_per_cell);
    const cv::Point centre(static_cast<int>(std::lround(p.x())), static_cast<int>(std::lround(p.y())));
    const int radius = site->rank == 1 ? 11 : 8;
    const cv::Scalar colour = site->rank == 1 ? cv::Scalar(0, 255, 255) : cv::Scalar(255, 255, 255);
    cv::circle(image, centre, radius, cv::Scalar(0, 0, 0), 4, cv::LINE_AA);
    cv::circle(image, centre, radius, colour, 2, cv::LINE_AA);
    for (const auto& [ink, thickness] : {std::pair{cv::Scalar(0, 0, 0), 4}, std::pair{colour, 1}}) {
      cv::putText(image, std::to_string(site->rank), centre + cv::Point(radius + 3, 5),
                  cv::FONT_HERSHEY_SIMPLEX, 0.55, ink, thickness, cv::LINE_AA);
    }
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

cv::Mat Legend(int width, double pixel_m) {
  cv::Mat legend(kLegendHeight_px, width, CV_8UC3, cv::Scalar(255, 255, 255));
  const auto write = [&](const std::string& text, int x) {
    cv::putText(legend, text, {x, 28}, cv::FONT_HERSHEY_SIMPLEX, 0.5, cv::Scalar(0, 0, 0), 1, cv::LINE_AA);
  };
  int x = 10;
  for (const ClassStyle& style : kStyles) {
    cv::rectangle(legend, {x, 14}, {x + 18, 32}, cv::Scalar(style.colour), cv::FILLED);
    write(style.name, x + 24);
    x += 44 + 10 * static_cast<int>(std::string(style.name).size());
  }
  const double length_m = RoundLength(0.15 * width * pixel_m);
  const int length_px = static_cast<int>(std::lround(length_m / pixel_m));
  char text[32];
  std::snprintf(text, sizeof text, "%g %s", length_m >= 1000 ? length_m / 1000 : length_m,
                length_m >= 1000 ? "km" : "m");
  cv::line(legend, {x, 23}, {x + length_px, 23}, cv::Scalar(0, 0, 0), 3);
  write(text, x + length_px + 8);
  return legend;
}

}  // namespace

void WriteHazardPicture(const std::filesystem::path& path, const dem::HazardMap& map,
                        const dem::Raster<float>& dem, const std::vector<PlacedRank>& sites) {
  const dem::CellGeometry middle =
      dem::GroundMetric(map.p_site.crs_wkt, map.p_site.crs_from_pixel, map.width(), map.height())
          .At(0.5 * (map.width() - 1), 0.5 * (map.height() - 1));
  const double col_m = middle.col_step_m.norm(), row_m = middle.row_step_m.norm();
  const double width_m = map.width() * col_m, height_m = map.height() * row_m;
  const double pixel_m = std::max(width_m, height_m) / kLongestSide_px;
  const auto pixels = [&](double length_m) {
    return std::max(1, static_cast<int>(std::lround(length_m / pixel_m)));
  };
  const cv::Size size(pixels(width_m), pixels(height_m));

  cv::Mat image = PaintClasses(map, dem, col_m, row_m);
  const bool smaller = size.width < image.cols;
  cv::resize(image, image, size, 0, 0, smaller ? cv::INTER_AREA : cv::INTER_NEAREST);
  DrawSites(image, sites,
            {static_cast<double>(size.width) / map.width(), static_cast<double>(size.height) / map.height()});
  const int legend_width = std::max(image.cols, 640);
  cv::copyMakeBorder(image, image, 0, 0, 0, legend_width - image.cols, cv::BORDER_CONSTANT,
                     cv::Scalar(255, 255, 255));
  cv::vconcat(image, Legend(legend_width, pixel_m), image);

  WritePicture(path, image);
}

}  // namespace perilune::tools
