#include "tools/report/site_picture.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "dem/ephemeris/sub_solar.h"
#include "dem/io/raster_file.h"
#include "dem/linear/symmetric_eigen.h"
#include "tools/report/embedded_image.h"
#include "tools/report/svg_plot.h"

namespace perilune::tools {
namespace {

const cv::Vec3b kNoData(226, 228, 228);
constexpr double kDarkest = 28;
constexpr double kBrightest = 242;

std::string At(const Eigen::Vector2d& pixel) { return PixelText(pixel.x()) + " " + PixelText(pixel.y()); }

/// Cosine of the incidence angle at a cell; NaN beside missing data.
float Shade(const dem::Grid<float>& z, int col, int row, double spacing_m, const Eigen::Vector3d& sun) {
  const int west = std::max(0, col - 1), east = std::min(z.width - 1, col + 1);
  const int north = std::max(0, row - 1), south = std::min(z.height - 1, row + 1);
  const double dx = (z.At(east, row) - z.At(west, row)) / ((east - west) * spacing_m);
  const double dy = (z.At(col, north) - z.At(col, south)) / ((south - north) * spacing_m);
  const double cosine = Eigen::Vector3d(-dx, -dy, 1).normalized().dot(sun);
  return static_cast<float>(cosine < 0 ? 0 : cosine);  // NaN stays NaN
}

std::vector<float> FiniteSorted(const dem::Grid<float>& grid) {
  std::vector<float> values;
  std::copy_if(grid.data.begin(), grid.data.end(), std::back_inserter(values),
               [](float value) { return std::isfinite(value); });
  std::sort(values.begin(), values.end());
  return values;
}

std::string LengthText(double length_m) {
  return length_m >= 1000 ? FixedText(length_m / 1000, 0) + " km" : FixedText(length_m, 0) + " m";
}

std::string ScaleBar(const SitePicture& picture) {
  const double length_m = RoundDown(0.25 * picture.width_px / picture.PixelsPerMetre());
  const double length_px = length_m * picture.PixelsPerMetre();
  const double x = 16, y = picture.height_px - 18;
  return "<g class='furniture'><path class='halo' d='M" + PixelText(x) + " " + PixelText(y) + "h" +
         PixelText(length_px) + "'/><path class='bar' d='M" + PixelText(x) + " " + PixelText(y - 4) +
         "v8m0 -4h" + PixelText(length_px) + "m0 -4v8'/><text x='" + PixelText(x + 0.5 * length_px) +
         "' y='" + PixelText(y - 8) + "' text-anchor='middle'>" + LengthText(length_m) + "</text></g>";
}

std::string Compass(const SitePicture& picture, const dem::Sun* sun) {
  std::string svg =
      "<g class='furniture' transform='translate(" + PixelText(picture.width_px - 40) + " 44)'>";
  svg += "<circle class='dial' r='26'/><path class='bar' d='M0 14L0 -14M-5 -6L0 -15L5 -6'/>";
  svg += "<text text-anchor='middle' y='-17'>N</text>";
  if (sun != nullptr) {
    const dem::SunAngles angles = dem::AnglesOf(*sun);
    const double x = std::sin(angles.azimuth_rad), y = -std::cos(angles.azimuth_rad);
    svg += "<path class='sunray' d='M" + PixelText(20 * x) + " " + PixelText(20 * y) + "L" +
           PixelText(7 * x) + " " + PixelText(7 * y) + "'/>";
    svg += "<circle class='sun' cx='" + PixelText(26 * x) + "' cy='" + PixelText(26 * y) + "' r='5.5'/>";
  }
  return svg + "</g>";
}

}  // namespace

cv::Mat Hillshade(const dem::Grid<float>& heights_m, double spacing_m,
                  const Eigen::Vector3d& direction_to_sun_in_site) {
  dem::Grid<float> shade(heights_m.width, heights_m.height);
  for (int row = 0; row < shade.height; ++row) {
    for (int col = 0; col < shade.width; ++col) {
      shade.At(col, row) = Shade(heights_m, col, row, spacing_m, direction_to_sun_in_site);
    }
  }
  cv::Mat image(shade.height, shade.width, CV_8UC3, cv::Scalar(kNoData[0], kNoData[1], kNoData[2]));
  const std::vector<float> sorted = FiniteSorted(shade);
  if (sorted.empty()) return image;
  const double low = sorted[sorted.size() / 100];
  const double span = std::max(1e-6, sorted[sorted.size() * 99 / 100] - low);
  for (int row = 0; row < shade.height; ++row) {
    for (int col = 0; col < shade.width; ++col) {
      if (!std::isfinite(shade.At(col, row))) continue;
      const double share = std::clamp((shade.At(col, row) - low) / span, 0.0, 1.0);
      const auto grey = static_cast<unsigned char>(kDarkest + share * (kBrightest - kDarkest));
      image.at<cv::Vec3b>(row, col) = cv::Vec3b(grey, grey, grey);
    }
  }
  return image;
}

Eigen::Vector2d SitePicture::Pixel(const Eigen::Vector2d& xy_in_site_m) const {
  return {(xy_in_site_m.x() - extent.min_x_m) * PixelsPerMetre(),
          (extent.max_y_m - xy_in_site_m.y()) * PixelsPerMetre()};
}

SitePicture PlainPicture(const dem::SiteExtent& extent, int width_px) {
  SitePicture picture{extent, width_px, 0, "", 0};
  picture.height_px =
      static_cast<int>(std::lround((extent.max_y_m - extent.min_y_m) * picture.PixelsPerMetre()));
  return picture;
}

SitePicture ShadeMap(const std::filesystem::path& map, const dem::Site& site, const dem::SiteExtent& extent,
                     int width_px, const dem::Sun& sun) {
  SitePicture picture = PlainPicture(extent, width_px);
  const double spacing_m = 1 / picture.PixelsPerMetre();
  const dem::RasterFile file(map);
  dem::TerrainLevel level = dem::ResampleIntoSite(file, site, extent, spacing_m);
  // Heights above the sphere: the Moon's curvature would shade a large map as if it were tilted.
  double sum = 0;
  int count = 0;
  for (int row = 0; row < level.z_m.height; ++row) {
    for (int col = 0; col < level.z_m.width; ++col) {
      float& z = level.z_m.At(col, row);
      const Eigen::Vector3d point(level.x0_m + col * spacing_m, level.y0_m - row * spacing_m, z);
      z = static_cast<float>(dem::HeightAboveSphere(point));
      if (!std::isfinite(z)) continue;
      sum += z;
      ++count;
    }
  }
  picture.mean_height_m = count > 0 ? sum / count : 0;
  const cv::Mat shade = Hillshade(level.z_m, spacing_m, sun.direction_to_sun_in_site);
  picture.image_uri = DataUri(shade, ImageCoding::kJpeg);
  // The grid may be a fraction of a cell larger than asked: the picture shows what the grid covers.
  picture.extent = {level.x0_m - 0.5 * spacing_m, level.MaxX() + 0.5 * spacing_m,
                    level.MinY() - 0.5 * spacing_m, level.y0_m + 0.5 * spacing_m};
  picture.width_px = shade.cols;
  picture.height_px = shade.rows;
  return picture;
}

std::string SvgFrame(const SitePicture& picture, const std::string& overlay, const dem::Sun* sun) {
  const std::string size =
      "width='" + std::to_string(picture.width_px) + "' height='" + std::to_string(picture.height_px) + "'";
  std::string svg = "<svg class='map' viewBox='0 0 " + std::to_string(picture.width_px) + " " +
                    std::to_string(picture.height_px) + "'>";
  svg += picture.image_uri.empty() ? "<rect class='plain' " + size + "/>"
                                   : "<image " + size + " href='" + picture.image_uri + "'/>";
  return svg + overlay + ScaleBar(picture) + Compass(picture, sun) + "</svg>";
}

std::string SvgPath(const SitePicture& picture, const std::vector<Eigen::Vector2d>& points_m,
                    const std::string& css_class) {
  std::string path;
  for (const Eigen::Vector2d& point : points_m) path += (path.empty() ? "M" : "L") + At(picture.Pixel(point));
  return "<path class='" + css_class + "' d='" + path + "'/>";
}

std::string SvgEllipse(const SitePicture& picture, const Eigen::Vector2d& centre_m,
                       const Eigen::Matrix2d& covariance_m2, double sigmas, const std::string& css_class) {
  const dem::PrincipalAxes axes = dem::PrincipalAxesOf(covariance_m2);
  const Eigen::Vector2d axes_px = sigmas * picture.PixelsPerMetre() * axes.values.cwiseMax(0).cwiseSqrt();
  const Eigen::Vector2d major = axes.axes.col(1);
  const double turn_deg = -std::atan2(major.y(), major.x()) * 180 / dem::kPi;  // rows run south
  const Eigen::Vector2d centre = picture.Pixel(centre_m);
  return "<ellipse class='" + css_class + "' rx='" + PixelText(axes_px[1]) + "' ry='" +
         PixelText(axes_px[0]) + "' transform='translate(" + At(centre) + ") rotate(" + PixelText(turn_deg) +
         ")'/>";
}

double RoundDown(double value) {
  const double decade = std::pow(10, std::floor(std::log10(value)));
  for (const double nice : {5.0, 2.0}) {
    if (nice * decade <= value * (1 + 1e-9)) return nice * decade;
  }
  return decade;
}

}  // namespace perilune::tools
