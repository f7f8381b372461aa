#include "tools/crater_detections/relief_labels.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <limits>
#include <numeric>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <string>

#include "datasets/formats/crater_list.h"
#include "dem/craters/crater_index.h"
#include "dem/frames/site.h"
#include "tools/crater_detections/detection_score.h"
#include "vision/craters/dem_catalog.h"

namespace perilune::tools {
namespace {

constexpr double kLeastDepth = 0.03;  // of the diameter

struct ReliefLabel {
  dem::Crater crater;
  double depth = 0;  ///< as measured in the DEM, in diameters; NaN where that shows less than half of the rim
  int found_by = -1;  ///< position in the catalogue

  bool Counts() const { return depth > kLeastDepth; }
};

struct JudgedRegion {
  std::vector<vision::CatalogedCrater> found;
  std::vector<int> label_of;  ///< of each found one; −1: none
  std::vector<ReliefLabel> labels;
};

double MeanDiameter_m(const dem::Crater& crater) {
  return 2 * std::sqrt(crater.semi_major_m * crater.semi_minor_m);
}

std::vector<ReliefLabel> MeasuredLabels(const dem::RasterFile& dem, const std::filesystem::path& table) {
  std::vector<ReliefLabel> labels;
  for (const dem::Crater& crater : datasets::ReadCraterList(table)) {
    const Eigen::Vector2d pixel = dem.PixelsFromPlaces({crater.centre}).front();
    if (!(pixel.minCoeff() >= 0 && pixel.x() < dem.width() && pixel.y() < dem.height())) continue;
    const auto measure = vision::MeasureInDem(dem, crater);
    labels.push_back({crater, measure ? measure->depth_m / MeanDiameter_m(crater)
                                      : std::numeric_limits<double>::quiet_NaN()});
  }
  return labels;
}

/// The nearest label left, −1 where none fits.
int LabelFor(const dem::Crater& found, const std::vector<ReliefLabel>& labels,
             const dem::CraterIndex& index) {
  const Eigen::Vector3d direction = dem::DirectionInMoon(found.centre);
  const double diameter_m = MeanDiameter_m(found);
  double least = std::numeric_limits<double>::infinity();
  int best = -1;
  for (const int l : index.Within(direction, kMostCentre * kMostFactor * diameter_m / dem::kMoonRadius_m)) {
    const ReliefLabel& label = labels[static_cast<std::size_t>(l)];
    const double label_m = MeanDiameter_m(label.crater);
    const double centre_m =
        (direction - dem::DirectionInMoon(label.crater.centre)).norm() * dem::kMoonRadius_m;
    const double centre = centre_m / label_m / kMostCentre;
    const double factor = std::abs(std::log(diameter_m / label_m)) / std::log(kMostFactor);
    if (label.found_by >= 0 || centre > 1 || factor > 1 || centre + factor >= least) continue;
    least = centre + factor;
    best = l;
  }
  return best;
}

JudgedRegion JudgeRegion(const std::filesystem::path& data, const std::string& region) {
  const dem::RasterFile dem(data / "dem" / ("gld100_256ppd_" + region + ".tif"));
  vision::DemCatalogOptions options;
  options.min_diameter_m = 1200;
  options.min_confidence = 0.05;  // of the curves
  JudgedRegion judged;
  judged.found = vision::CatalogFromDem(dem, options);
  judged.labels = MeasuredLabels(dem, data / "craters" / ("lu1319381_" + region + ".csv"));
  std::vector<dem::Crater> craters;
  for (const ReliefLabel& label : judged.labels) craters.push_back(label.crater);
  const dem::CraterIndex index(craters);
  std::vector<std::size_t> order(judged.found.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return judged.found[a].confidence > judged.found[b].confidence;
  });
  judged.label_of.assign(judged.found.size(), -1);
  for (const std::size_t i : order) {
    const int label = LabelFor(judged.found[i].crater, judged.labels, index);
    judged.label_of[i] = label;
    if (label >= 0) judged.labels[static_cast<std::size_t>(label)].found_by = static_cast<int>(i);
  }
  return judged;
}

struct DiameterRange {
  const char* name;
  double from_m, to_m;

  bool Holds(const dem::Crater& crater) const {
    return MeanDiameter_m(crater) >= from_m && MeanDiameter_m(crater) < to_m;
  }
};

/// Of one range; labels shallower than `least_depth` do not count.
JudgedImage InRange(const JudgedRegion& region, const DiameterRange& range, double least_depth) {
  const auto counts = [&](const ReliefLabel& label) {
    return label.depth > least_depth && range.Holds(label.crater);
  };
  JudgedImage image;
  image.true_craters = static_cast<int>(std::count_if(region.labels.begin(), region.labels.end(), counts));
  for (std::size_t i = 0; i < region.found.size(); ++i) {
    const int label = region.label_of[i];
    const bool right = label >= 0 && counts(region.labels[static_cast<std::size_t>(label)]);
    const bool wrong = label < 0 && range.Holds(region.found[i].crater);
    if (right || wrong) image.detections.push_back({region.found[i].confidence, right});
  }
  return image;
}

void PrintRows(const std::string& name, const std::vector<JudgedRegion>& regions) {
  constexpr double kAll = std::numeric_limits<double>::infinity();
  const auto row = [&](const DiameterRange& range, double least_depth) {
    std::vector<JudgedImage> images;
    int there = 0;
    for (const JudgedRegion& region : regions) {
      images.push_back(InRange(region, range, least_depth));
      there += images.back().true_craters;
    }
    const auto curve = PrecisionRecall(images);
    OperatingPoint precise;
    for (const OperatingPoint& point : curve) {
      if (point.precision >= 0.8) precise = point;
    }
    const OperatingPoint at_default = AtScore(curve, vision::DemCatalogOptions().min_confidence),
                         best = BestF1(curve);
    std::printf("| %s | %s | %.2f | %d | %.3f | %.3f | %.3f (%.2f) | %.3f | %.3f |\n", name.c_str(),
                range.name, least_depth, there, at_default.precision, at_default.recall, precise.recall,
                precise.score, best.F1(), curve.empty() ? 0 : curve.back().recall);
  };
  for (const double least_depth : {kLeastDepth, 0.04, 0.05, 0.07}) row({"2.4-", 2400, kAll}, least_depth);
  for (const DiameterRange& range :
       {DiameterRange{"1.2-1.5", 1200, 1500}, DiameterRange{"1.5-1.9", 1500, 1900},
        DiameterRange{"1.9-2.4", 1900, 2400}, DiameterRange{"2.4-3.4", 2400, 3400},
        DiameterRange{"3.4-4.8", 3400, 4800}, DiameterRange{"4.8-", 4800, kAll}}) {
    row(range, kLeastDepth);
  }
  std::fflush(stdout);
}

/// Lit from the upper left.
cv::Mat Hillshade(const dem::RasterFile& dem) {
  const auto heights = dem.ReadWindow(0, 0, dem.width(), dem.height()).grid;
  const double pixel_m = dem.crs_from_pixel().linear().col(0).norm();
  cv::Mat picture(dem.height(), dem.width(), CV_8UC3, cv::Scalar::all(0));
  for (int row = 1; row < dem.height(); ++row) {
    for (int col = 1; col < dem.width(); ++col) {
      const auto here_m = static_cast<double>(heights.At(col, row));
      const double towards_light = 2 * here_m - static_cast<double>(heights.At(col - 1, row)) -
                                   static_cast<double>(heights.At(col, row - 1));
      if (std::isnan(towards_light)) continue;
      const auto grey = cv::saturate_cast<std::uint8_t>(120 - 200 * towards_light / pixel_m);
      picture.at<cv::Vec3b>(row, col) = {grey, grey, grey};
    }
  }
  return picture;
}

void DrawRim(cv::Mat& picture, const dem::RasterFile& dem, const dem::Crater& crater,
             const cv::Scalar& colour) {
  const dem::Site site = dem::MakeSite(crater.centre);
  std::vector<dem::LatLon> rim;
  for (int i = 0; i < 48; ++i) {
    const double t = 2 * dem::kPi * i / 48, c = std::cos(crater.azimuth_rad),
                 s = std::sin(crater.azimuth_rad);
    const double along = crater.semi_major_m * std::cos(t), across = crater.semi_minor_m * std::sin(t);
    const double x_m = s * along + c * across, y_m = c * along - s * across;
    rim.push_back(dem::GeodeticFromSite(site, {x_m, y_m, dem::ZInSite(x_m, y_m, 0)}).place);
  }
  std::vector<cv::Point> line;
  for (const Eigen::Vector2d& pixel : dem.PixelsFromPlaces(rim)) {
    line.emplace_back(static_cast<int>(std::lround(pixel.x())), static_cast<int>(std::lround(pixel.y())));
  }
  cv::polylines(picture, line, true, colour, 1, cv::LINE_AA);
}

/// Labels green (those that do not count dark), right ones blue, wrong ones red, of 2 km and more.
void DrawRegion(const std::filesystem::path& file, const std::filesystem::path& dem_path,
                const JudgedRegion& region) {
  constexpr double kDrawn_m = 2000;
  const dem::RasterFile dem(dem_path);
  cv::Mat picture = Hillshade(dem);
  for (const ReliefLabel& label : region.labels) {
    if (MeanDiameter_m(label.crater) < kDrawn_m) continue;
    DrawRim(picture, dem, label.crater, label.Counts() ? cv::Scalar(0, 255, 0) : cv::Scalar(0, 110, 0));
  }
  for (std::size_t i = 0; i < region.found.size(); ++i) {
    if (region.found[i].confidence < vision::DemCatalogOptions().min_confidence ||
        MeanDiameter_m(region.found[i].crater) < kDrawn_m) {
      continue;
    }
    DrawRim(picture, dem, region.found[i].crater,
            region.label_of[i] < 0 ? cv::Scalar(60, 60, 255) : cv::Scalar(255, 160, 80));
  }
  cv::imwrite(file.string(), picture);
}

}  // namespace

void RunRelief(const ReliefArguments& arguments) {
  std::printf(
      "| region | diameter, km | depth / D from | labels | precision | recall | recall at precision 0.8 (its "
      "confidence) | best F1 | recall at confidence 0.05 |\n|---|---|---|---|---|---|---|---|---|\n");
  std::vector<JudgedRegion> regions;
  for (const std::string& name : arguments.regions) {
    regions.push_back(JudgeRegion(arguments.data, name));
    PrintRows(name, {regions.back()});
    if (arguments.overlays.empty()) continue;
    DrawRegion(arguments.overlays / (name + ".png"),
               arguments.data / "dem" / ("gld100_256ppd_" + name + ".tif"), regions.back());
  }
  if (regions.size() > 1) PrintRows("together", regions);
}

}  // namespace perilune::tools
