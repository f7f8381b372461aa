#include <algorithm>
#include <cmath>

#include "datasets/formats/markup_text.h"
#include "dem/ephemeris/sub_solar.h"
#include "dem/io/raster_file.h"
#include "tools/report/sections.h"
#include "tools/report/site_picture.h"
#include "tools/report/svg_plot.h"

namespace perilune::tools {
namespace {

using Eigen::Vector2d;

constexpr int kOverviewWidth_px = 1120;
constexpr int kDetailWidth_px = 560;
constexpr double kFlattest = 0.30;  ///< height of the overview as a share of its width, at least
constexpr double kEllipseSpacing_px = 42;
constexpr double kDetailHalf_m = 1500;

std::vector<Vector2d> EstimatedTrack(const ReportData& data) {
  std::vector<Vector2d> track;
  for (const datasets::StateRow& row : data.states) {
    track.push_back((row.state.site_from_body.translation() + row.state.map_tie_m).head<2>());
  }
  return track;
}

/// Where the map shows the true track at the states' times.
std::vector<Vector2d> TrueTrack(const ReportData& data) {
  std::vector<Vector2d> track;
  for (const datasets::StateRow& row : data.states) {
    const Eigen::Vector3d truth = TruthAt(*data.truth, row.state.t_ns).site_from_body.translation();
    const Eigen::Vector3d tie = MapTieInSite_m(*data.truth, row.map).value_or(Eigen::Vector3d::Zero().eval());
    track.push_back((truth + tie).head<2>());
  }
  return track;
}

dem::SiteExtent OverviewExtent(const std::vector<Vector2d>& track) {
  dem::SiteExtent extent{0, 0, 0, 0};  // the site itself belongs to it
  for (const Vector2d& point : track) {
    extent.min_x_m = std::min(extent.min_x_m, point.x());
    extent.max_x_m = std::max(extent.max_x_m, point.x());
    extent.min_y_m = std::min(extent.min_y_m, point.y());
    extent.max_y_m = std::max(extent.max_y_m, point.y());
  }
  const double width = extent.max_x_m - extent.min_x_m;
  const double height = extent.max_y_m - extent.min_y_m;
  const double margin = 0.05 * std::max({width, height, 1000.0});
  const double extra_x = std::max(margin, 0.5 * (height - width));
  const double extra_y = std::max(margin, 0.5 * (kFlattest * (width + 2 * extra_x) - height));
  return {extent.min_x_m - extra_x, extent.max_x_m + extra_x, extent.min_y_m - extra_y,
          extent.max_y_m + extra_y};
}

/// Where the image's border meets the mean ground; empty when a corner misses it.
std::vector<Vector2d> Footprint(const vision::Camera& camera, const Eigen::Isometry3d& site_from_cam,
                                double height_m) {
  std::vector<Vector2d> corners;
  const double right = camera.width_px - 0.5, bottom = camera.height_px - 0.5;
  for (const Vector2d& pixel : {Vector2d(-0.5, -0.5), Vector2d(right, -0.5), Vector2d(right, bottom),
                                Vector2d(-0.5, bottom), Vector2d(-0.5, -0.5)}) {
    const Eigen::Vector3d ray = site_from_cam.linear() * camera.Unproject(pixel);
    const Eigen::Vector3d from_centre = site_from_cam.translation() - dem::MoonCentreInSite();
    const double b = ray.dot(from_centre);
    const double radius = dem::kMoonRadius_m + height_m;
    const double root = b * b - from_centre.squaredNorm() + radius * radius;
    if (root < 0 || b > 0) return {};
    corners.push_back((site_from_cam.translation() + (-b - std::sqrt(root)) * ray).head<2>());
  }
  return corners;
}

std::string Footprints(const ReportData& data, const SitePicture& picture) {
  std::string svg;
  int number = 0;
  for (const std::size_t i : ShownFrames(data)) {
    ++number;
    const nav::Fix& fix = data.fixes[i].fix;
    if (!fix.HasPose()) continue;
    const auto corners = Footprint(data.sequence->info.camera, fix.site_from_cam, picture.mean_height_m);
    if (corners.empty()) continue;
    const Vector2d label = picture.Pixel(corners[0]);
    svg += SvgPath(picture, corners, "footprint") + "<text class='footnumber' x='" +
           FixedText(label.x() + 4, 1) + "' y='" + FixedText(label.y() + 12, 1) + "'>" +
           std::to_string(number) + "</text>";
  }
  return svg;
}

/// Magnification that gives the ellipses inside the picture a median half axis of about 14 px.
double Magnification(const ReportData& data, const SitePicture& picture,
                     const std::vector<std::size_t>& indices) {
  std::vector<double> half_axes_px;
  for (const std::size_t i : indices) {
    const Eigen::Matrix3d& covariance = data.states[i].map_relative_position_covariance_m2;
    half_axes_px.push_back(3 * std::sqrt(covariance.topLeftCorner<2, 2>().diagonal().maxCoeff()) *
                           picture.PixelsPerMetre());
  }
  if (half_axes_px.empty()) return 1;
  std::nth_element(half_axes_px.begin(),
                   half_axes_px.begin() + static_cast<std::ptrdiff_t>(half_axes_px.size() / 2),
                   half_axes_px.end());
  const double median = half_axes_px[half_axes_px.size() / 2];
  return median > 0 ? std::max(1.0, RoundDown(14 / median)) : 1;
}

struct EllipseLayer {
  std::string svg;
  double magnification = 1;
};

/// States inside the picture whose ellipses keep their distance.
std::vector<std::size_t> SpacedStates(const SitePicture& picture, const std::vector<Vector2d>& track) {
  std::vector<std::size_t> shown;
  for (std::size_t i = 0; i < track.size(); ++i) {
    const Vector2d pixel = picture.Pixel(track[i]);
    const bool inside =
        (pixel.array() >= 0).all() && pixel.x() <= picture.width_px && pixel.y() <= picture.height_px;
    if (!inside) continue;
    if (!shown.empty() && (pixel - picture.Pixel(track[shown.back()])).norm() < kEllipseSpacing_px) continue;
    shown.push_back(i);
  }
  return shown;
}

EllipseLayer Ellipses(const ReportData& data, const SitePicture& picture,
                      const std::vector<Vector2d>& track) {
  const std::vector<std::size_t> shown = SpacedStates(picture, track);
  EllipseLayer layer{"", Magnification(data, picture, shown)};
  for (const std::size_t i : shown) {
    const Eigen::Matrix3d& covariance = data.states[i].map_relative_position_covariance_m2;
    layer.svg +=
        SvgEllipse(picture, track[i], covariance.topLeftCorner<2, 2>(), 3 * layer.magnification, "ellipse");
  }
  return layer;
}

std::string FixDots(const ReportData& data, const SitePicture& picture) {
  std::string svg;
  for (const datasets::FixRow& row : data.fixes) {
    if (!row.fix.HasPose()) continue;
    const Vector2d pixel = picture.Pixel(row.fix.site_from_cam.translation().head<2>());
    svg += std::string("<circle class='") +
           (row.fix.status == nav::FixStatus::kAccepted ? "fixdot" : "weakdot") + "' r='2.2' cx='" +
           FixedText(pixel.x(), 1) + "' cy='" + FixedText(pixel.y(), 1) + "'/>";
  }
  return svg;
}

std::string SiteMark(const SitePicture& picture, const Vector2d& xy_m, const std::string& label, bool below) {
  const Vector2d pixel = picture.Pixel(xy_m);
  return "<g class='sitemark' transform='translate(" + FixedText(pixel.x(), 1) + " " +
         FixedText(pixel.y(), 1) +
         ")'><circle class='ring' r='7'/><path d='M-11 0H-4M4 0H11M0 -11V-4M0 4V11'/><text x='10' y='" +
         (below ? "17" : "-12") + "'>" + label + "</text></g>";
}

std::string EllipseText(double magnification) {
  return magnification == 1 ? "3-sigma ellipses at true scale"
                            : "3-sigma ellipses <b>magnified " + FixedText(magnification, 0) + " ×</b>";
}

std::string Tracks(const ReportData& data, const SitePicture& picture, const std::vector<Vector2d>& track) {
  std::string svg = SvgPath(picture, track, "track");
  if (data.truth) svg += SvgPath(picture, TrueTrack(data), "truetrack");
  return svg;
}

std::string Overview(const ReportData& data, const std::vector<Vector2d>& track, const dem::Sun* sun) {
  const dem::SiteExtent extent = OverviewExtent(track);
  SitePicture picture = PlainPicture(extent, kOverviewWidth_px);
  const bool has_map = data.sequence && !data.sequence->info.maps.empty();
  if (has_map) {
    const datasets::SequenceInfo& info = data.sequence->info;
    picture = ShadeMap(info.root / info.maps.back(), info.site, extent, kOverviewWidth_px, *sun);
  }
  const EllipseLayer ellipses = Ellipses(data, picture, track);
  const std::string overlay = (data.sequence ? Footprints(data, picture) : "") + ellipses.svg +
                              Tracks(data, picture, track) + FixDots(data, picture) +
                              SiteMark(picture, {0, 0}, "site", false);
  return Figure(
      SvgFrame(picture, overlay, sun),
      "Ground track, north up, map-relative. " +
          std::string(data.truth ? "Estimate (blue) over truth (dashed white); " : "Estimate (blue); ") +
          "accepted fixes green; " + EllipseText(ellipses.magnification) +
          "; numbered outlines: ground seen by the images below." +
          (has_map ? " Relief: " +
                         datasets::EscapeMarkup(data.sequence->info.maps.back().filename().string()) + "."
                   : ""));
}

/// A square around the end of the track, moved and shrunk into what the map covers.
dem::SiteExtent DetailExtent(const dem::SiteExtent& map, const Vector2d& end_m) {
  const double inside = 0.49;  // the outermost cells have no neighbours to be shaded by
  const double half =
      std::min({kDetailHalf_m, inside * (map.max_x_m - map.min_x_m), inside * (map.max_y_m - map.min_y_m)});
  const double x = std::clamp(end_m.x(), map.min_x_m + half, map.max_x_m - half);
  const double y = std::clamp(end_m.y(), map.min_y_m + half, map.max_y_m - half);
  return {x - half, x + half, y - half, y + half};
}

std::string Detail(const ReportData& data, const std::vector<Vector2d>& track, const dem::Sun& sun) {
  const datasets::SequenceInfo& info = data.sequence->info;
  const std::filesystem::path map = info.root / info.maps.front();
  const dem::RasterFile file(map);
  const dem::SiteExtent extent = DetailExtent(dem::CoverageInSite(file, info.site, 20'000), track.back());
  const SitePicture picture = ShadeMap(map, info.site, extent, kDetailWidth_px, sun);
  const EllipseLayer ellipses = Ellipses(data, picture, track);
  std::string overlay = ellipses.svg + Tracks(data, picture, track) + FixDots(data, picture);
  overlay += data.sites.empty()
                 ? SiteMark(picture, {0, 0}, "site", false)
                 : SiteMark(picture, data.sites.front().point_in_site_m.head<2>(), "best site", true);
  return Figure(SvgFrame(picture, overlay, &sun), "The last part over the finest level, " +
                                                      datasets::EscapeMarkup(map.filename().string()) + "; " +
                                                      EllipseText(ellipses.magnification) + ".");
}

std::string Profile(const ReportData& data) {
  PlotLine estimate{"estimate", "c-state", {}, {}};
  PlotLine truth{"truth", "c-truth", {}, {}};
  const auto add = [](PlotLine& line, const Eigen::Vector3d& point) {
    line.x.push_back(point.head<2>().norm() / 1000);
    line.y.push_back(dem::HeightAboveSphere(point) / 1000);
  };
  for (const datasets::StateRow& row : data.states) {
    add(estimate, row.state.site_from_body.translation());
    if (data.truth) add(truth, TruthAt(*data.truth, row.state.t_ns).site_from_body.translation());
  }
  Plot plot{"Descent profile",
            {"horizontal distance to the site, km"},
            {"height above the sphere, km"},
            {},
            {},
            {}};
  plot.lines = {estimate};
  if (data.truth) plot.lines.push_back(truth);
  return Figure(ToSvg(plot), "Absolute position; heights above the sphere of 1 737.4 km.");
}

std::string Speed(const ReportData& data) {
  PlotLine horizontal{"horizontal", "c-state", {}, {}};
  PlotLine down{"descent rate", "c-orange", {}, {}};
  for (const datasets::StateRow& row : data.states) {
    const Eigen::Vector3d& velocity = row.state.velocity_of_body_in_site_mps;
    const double t = data.Seconds(row.state.t_ns);
    horizontal.x.push_back(t);
    horizontal.y.push_back(velocity.head<2>().norm());
    down.x.push_back(t);
    down.y.push_back(-velocity.z());
  }
  Plot plot{"Estimated speed", {"time since the first image, s"}, {"m/s"}, {}, {horizontal, down}, {}};
  return Figure(ToSvg(plot), "Velocity of the body in the site frame.");
}

}  // namespace

std::string TrackSection(const ReportData& data) {
  if (data.states.empty()) return Section("track", "Track", Note("The run has no states."));
  const std::vector<Vector2d> track = EstimatedTrack(data);
  std::optional<dem::Sun> sun;
  if (data.sequence) sun = dem::SunAt(data.sequence->info.epoch_t_ns, data.sequence->info.site);
  std::string body = Overview(data, track, sun ? &*sun : nullptr);
  const std::string plots = "<div>" + Profile(data) + Speed(data) + "</div>";
  const bool has_map = data.sequence && !data.sequence->info.maps.empty();
  body += "<div class='pair'>" + (has_map ? Detail(data, track, *sun) : std::string()) + plots + "</div>";
  return Section("track", "Track", body);
}

}  // namespace perilune::tools
