#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "datasets/formats/hazard_classes.h"
#include "datasets/formats/markup_text.h"
#include "dem/ephemeris/sub_solar.h"
#include "dem/io/raster_file.h"
#include "tools/report/embedded_image.h"
#include "tools/report/sections.h"
#include "tools/report/site_picture.h"
#include "tools/report/svg_plot.h"

namespace perilune::tools {
namespace {

constexpr double kClassOpacity = 0.55;
constexpr int kHazardWidth_px = 560;

// Viridis (van der Walt and Smith 2015) at equal steps, red green blue.
constexpr std::array<std::array<double, 3>, 6> kViridis = {
    {{68, 1, 84}, {65, 68, 135}, {42, 120, 142}, {34, 168, 132}, {122, 209, 81}, {253, 231, 37}}};

cv::Vec3b Viridis(double share) {
  const double position = std::clamp(share, 0.0, 1.0) * (kViridis.size() - 1);
  const auto below = std::min<std::size_t>(static_cast<std::size_t>(position), kViridis.size() - 2);
  const double part = position - static_cast<double>(below);
  cv::Vec3b colour;
  for (int channel = 0; channel < 3; ++channel) {
    const auto c = static_cast<std::size_t>(channel);
    colour[2 - channel] =
        cv::saturate_cast<unsigned char>((1 - part) * kViridis[below][c] + part * kViridis[below + 1][c]);
  }
  return colour;
}

std::string Hex(const cv::Vec3b& bgr) {
  char buffer[8];
  std::snprintf(buffer, sizeof buffer, "#%02x%02x%02x", bgr[2], bgr[1], bgr[0]);
  return buffer;
}

cv::Vec3b Bgr(const datasets::ClassStyle& style) { return {style.blue, style.green, style.red}; }

/// The raster that all panels share.
struct Panel {
  dem::RasterFile file;
  double metres_per_pixel;

  explicit Panel(const std::filesystem::path& path)
      : file(path, dem::RasterFileOptions{1, "", true}),
        metres_per_pixel(std::sqrt(std::abs(file.crs_from_pixel().linear().determinant()))) {}
  dem::Grid<float> Values() const { return file.ReadWindow(0, 0, file.width(), file.height()).grid; }
};

/// Relief of the map below the hazard raster, cell by cell; plain white when the sequence's map is not at
/// hand.
cv::Mat Relief(const ReportData& data, const Panel& panel) {
  const cv::Mat plain(panel.file.height(), panel.file.width(), CV_8UC3, cv::Scalar(255, 255, 255));
  if (!data.sequence || data.sequence->info.maps.empty()) return plain;
  const datasets::SequenceInfo& info = data.sequence->info;
  const dem::RasterFile map(info.root / info.maps.front());
  if (map.crs_wkt() != panel.file.crs_wkt()) return plain;
  const Eigen::Vector2d corner =
      map.crs_from_pixel().inverse() * (panel.file.crs_from_pixel() * Eigen::Vector2d(0, 0));
  const dem::Grid<float> heights =
      map.ReadWindow(static_cast<int>(std::lround(corner.x())), static_cast<int>(std::lround(corner.y())),
                     panel.file.width(), panel.file.height())
          .grid;
  const dem::Sun sun = dem::SunAt(info.epoch_t_ns, info.site);
  return Hillshade(heights, panel.metres_per_pixel, sun.direction_to_sun_in_site);
}

cv::Mat ClassImage(const dem::Grid<float>& codes, const cv::Mat& relief) {
  cv::Mat image = relief.clone();
  for (int row = 0; row < codes.height; ++row) {
    for (int col = 0; col < codes.width; ++col) {
      const float code = codes.At(col, row);  // NaN: no data
      const auto& styles = datasets::ClassStyles();
      const auto index = std::isnan(code) ? std::size_t{0} : static_cast<std::size_t>(code);
      const cv::Vec3b colour = Bgr(styles.at(std::min(index, styles.size() - 1)));
      cv::Vec3b& pixel = image.at<cv::Vec3b>(row, col);
      for (int c = 0; c < 3; ++c) {
        pixel[c] =
            cv::saturate_cast<unsigned char>((1 - kClassOpacity) * pixel[c] + kClassOpacity * colour[c]);
      }
    }
  }
  return image;
}

cv::Mat ScalarImage(const dem::Grid<float>& values, double highest) {
  cv::Mat image(values.height, values.width, CV_8UC3, cv::Scalar(190, 190, 190));
  for (int row = 0; row < values.height; ++row) {
    for (int col = 0; col < values.width; ++col) {
      if (std::isfinite(values.At(col, row))) {
        image.at<cv::Vec3b>(row, col) = Viridis(values.At(col, row) / highest);
      }
    }
  }
  return image;
}

std::string SiteMarks(const ReportData& data, const Panel& panel, double scale) {
  std::vector<dem::LatLon> places;
  for (const nav::LandingSite& site : data.sites) places.push_back(site.place);
  const std::vector<Eigen::Vector2d> pixels = panel.file.PixelsFromPlaces(places);
  std::string svg;
  for (std::size_t i = places.size(); i-- > 0;) {  // the best one on top
    if (!pixels[i].allFinite()) continue;
    svg += std::string("<g class='rank") + (i == 0 ? " best" : "") + "' transform='translate(" +
           FixedText((pixels[i].x() + 0.5) * scale, 1) + " " + FixedText((pixels[i].y() + 0.5) * scale, 1) +
           ")'><circle r='9'/><text text-anchor='middle' y='4'>" + std::to_string(data.sites[i].rank) +
           "</text></g>";
  }
  return svg;
}

std::string PanelSvg(const ReportData& data, const Panel& panel, const cv::Mat& image) {
  const double scale = static_cast<double>(kHazardWidth_px) / image.cols;
  SitePicture picture;
  picture.width_px = kHazardWidth_px;
  picture.height_px = static_cast<int>(std::lround(image.rows * scale));
  picture.extent.max_x_m = image.cols * panel.metres_per_pixel;
  cv::Mat enlarged;
  const int factor = std::max(1, static_cast<int>(std::lround(scale)));
  cv::resize(image, enlarged, {}, factor, factor, cv::INTER_NEAREST);
  picture.image_uri = DataUri(enlarged, ImageCoding::kPng);
  std::optional<dem::Sun> sun;
  if (data.sequence) sun = dem::SunAt(data.sequence->info.epoch_t_ns, data.sequence->info.site);
  return SvgFrame(picture, SiteMarks(data, panel, scale), sun ? &*sun : nullptr);
}

std::string ClassLegend(const dem::Grid<float>& codes) {
  std::string html = "<div class='legendrow'>";
  const double all = static_cast<double>(codes.data.size());
  for (const datasets::ClassStyle& style : datasets::ClassStyles()) {
    const auto count = std::count_if(codes.data.begin(), codes.data.end(), [&](float code) {
      return (std::isnan(code) ? 0.0F : code) == static_cast<float>(style.code);
    });
    html += "<span><span class='swatch' style='background:" + Hex(Bgr(style)) + "'></span>" + style.name +
            " " + FixedText(100 * static_cast<double>(count) / all, 1) + " %</span>";
  }
  return html + "</div>";
}

std::string ColourBar(const std::string& label, double highest, int digits, double limit) {
  std::string stops;
  for (std::size_t i = 0; i < kViridis.size(); ++i) {
    const double share = static_cast<double>(i) / (kViridis.size() - 1);
    stops += (i == 0 ? "" : ",") + Hex(Viridis(share));
  }
  return "<div class='legendrow'><span>" + label +
         " 0</span><span class='colourbar' style='background:linear-gradient(" + "90deg," + stops +
         ")'><i style='left:" + FixedText(100 * limit / highest, 1) + "%'></i></span><span>" +
         FixedText(highest, digits) + "</span><span>| limit " + FixedText(limit, digits) + "</span></div>";
}

std::string SiteTable(const ReportData& data) {
  std::string rows;
  for (const nav::LandingSite& site : data.sites) {
    rows += "<tr><td>" + std::to_string(site.rank) + "</td><td>" + FixedText(site.p_land, 3) + "</td><td>" +
            FixedText(dem::RadToDeg(site.slope_rad), 1) + "</td><td>" + FixedText(site.roughness_m, 2) +
            "</td><td>" + FixedText(site.margin_m, 0) + "</td><td>" + FixedText(site.point_in_site_m.x(), 0) +
            "</td><td>" + FixedText(site.point_in_site_m.y(), 0) + "</td><td>" +
            FixedText(dem::RadToDeg(site.place.latitude_rad), 5) + "</td><td>" +
            FixedText(dem::RadToDeg(site.place.longitude_rad), 5) + "</td><td class='words'>" +
            datasets::EscapeMarkup(site.reasons) + "</td></tr>";
  }
  return "<div class='scroll'><table class='numbers'><thead><tr><th>rank</th><th>P(land)</th><th>slope, "
         "°</th><th>"
         "roughness, m</th><th>margin, m</th><th>east, m</th><th>north, m</th><th>latitude, "
         "°</th><th>longitude, °"
         "</th><th class='words'>reasons</th></tr></thead><tbody>" +
         rows +
         "</tbody></table></div><p class='caption'>Sites by rank. P(land): probability that the touchdown, "
         "dispersed around the aim, is on safe ground. Margin: distance to the nearest cell that is not "
         "safe. "
         "East and north in the site frame, as the map shows the ground.</p>";
}

std::string NoSiteText(const ReportData& data) {
  std::string text = "No safe site was found.";
  if (!data.least_bad_place) return text;
  const nav::LandingSite& place = *data.least_bad_place;
  return text + " The least bad place is " + FixedText(place.point_in_site_m.x(), 0) + " m east, " +
         FixedText(place.point_in_site_m.y(), 0) + " m north of the site: P(land) " +
         FixedText(place.p_land, 3) + ", " + place.reasons + ".";
}

std::string TruthSentence(const ReportData& data) {
  if (!data.metrics || !data.metrics->hazards) return "";
  const HazardMetrics& hazards = *data.metrics->hazards;
  std::string text;
  if (hazards.best_site) {
    text += std::string("On the true ground the best site is <b>") +
            (hazards.best_site->truly_safe ? "safe" : "not safe") + "</b>. ";
  }
  if (hazards.false_safe_rate) {
    text += FixedText(100 * *hazards.false_safe_rate, 1) +
            " % of the truly unsafe cells are called safe (false safe). ";
  }
  if (hazards.false_alarm_rate) {
    text += FixedText(100 * *hazards.false_alarm_rate, 1) +
            " % of the truly safe cells are called hazardous (false alarm). ";
  }
  return text.empty() ? "" : "<p>" + text + "</p>";
}

}  // namespace

std::string HazardSection(const ReportData& data) {
  const std::filesystem::path folder = data.run / "hazards";
  if (!std::filesystem::exists(folder / "class.tif")) {
    return Section("hazards", "Hazards and landing sites", Note("The run has no hazard map."));
  }
  const Panel panel(folder / "class.tif");
  const dem::Grid<float> codes = panel.Values();
  std::string panels =
      Figure(PanelSvg(data, panel, ClassImage(codes, Relief(data, panel))) + ClassLegend(codes),
             "Hazard classes over shaded relief, on the map's own cells of " +
                 FixedText(panel.metres_per_pixel, 1) + " m; numbered: ranked landing sites.");
  if (std::filesystem::exists(folder / "slope_rad.tif")) {
    const double limit_deg = dem::RadToDeg(data.sequence ? data.sequence->info.lander.slope_limit_rad
                                                         : datasets::LanderLimits{}.slope_limit_rad);
    const double highest_deg = 2 * limit_deg;
    panels +=
        Figure(PanelSvg(data, panel,
                        ScalarImage(Panel(folder / "slope_rad.tif").Values(), dem::DegToRad(highest_deg))) +
                   ColourBar("slope, °", highest_deg, 0, limit_deg),
               "Slope of the plane through the lander's footprint against the local vertical.");
  }
  std::string body = TruthSentence(data) + "<div class='pair'>" + panels + "</div>";
  body += data.sites.empty() ? Note(NoSiteText(data)) : SiteTable(data);
  return Section("hazards", "Hazards and landing sites", body);
}

}  // namespace perilune::tools
