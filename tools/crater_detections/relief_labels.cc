#include "tools/crater_detections/relief_labels.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <limits>

#include "datasets/formats/crater_list.h"
#include "dem/craters/crater_index.h"
#include "tools/crater_detections/detection_score.h"
#include "vision/craters/dem_catalog.h"

namespace perilune::tools {
namespace {

constexpr double kLeastDepth = 0.03;  // of the diameter

struct ReliefLabel {
  dem::Crater crater;
  double depth_m = 0;  ///< as measured in the DEM; NaN where that shows less than half of the rim
  int found_by = -1;
};

double DiameterOf_m(const dem::Crater& crater) {
  return 2 * std::sqrt(crater.semi_major_m * crater.semi_minor_m);
}

void RunMatch(const std::vector<vision::CatalogedCrater>& found, std::vector<ReliefLabel>& labels,
              std::vector<int>& label_of) {
  std::vector<dem::Crater> craters;
  for (const auto& label : labels) craters.push_back(label.crater);
  const dem::CraterIndex index(craters);
  std::vector<std::size_t> order(found.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](auto a, auto b) { return found[a].confidence > found[b].confidence; });
  label_of.assign(found.size(), -1);
  for (const std::size_t i : order) {
    const double d = DiameterOf_m(found[i].crater);
    double least = std::numeric_limits<double>::infinity();
    int best = -1;
    const Eigen::Vector3d at = dem::DirectionInMoon(found[i].crater.centre);
    for (const int l : index.Within(at, 0.36 * d / dem::kMoonRadius_m)) {
      const auto& label = labels[static_cast<std::size_t>(l)];
      if (label.found_by >= 0) continue;
      const double D = DiameterOf_m(label.crater);
      const double centre =
          (at - dem::DirectionInMoon(label.crater.centre)).norm() * dem::kMoonRadius_m / D / 0.25;
      const double factor = std::abs(std::log(d / D)) / std::log(1.4);
      if (centre > 1 || factor > 1) continue;
      if (centre + factor < least) {
        least = centre + factor;
        best = l;
      }
    }
    if (best < 0) continue;
    label_of[i] = best;
    labels[static_cast<std::size_t>(best)].found_by = static_cast<int>(i);
  }
}

}  // namespace

void RunRelief(const ReliefArguments& arguments) {
  const dem::RasterFile dem(arguments.dem);
  std::vector<ReliefLabel> labels;
  for (const dem::Crater& crater : datasets::ReadCraterList(arguments.labels)) {
    const Eigen::Vector2d px = dem.PixelsFromPlaces({crater.centre}).front();
    const bool inside = px.x() >= 0 && px.y() >= 0 && px.x() < dem.width() && px.y() < dem.height();
    if (!inside) continue;
    const auto measure = vision::MeasureInDem(dem, crater);
    labels.push_back({crater, measure ? measure->depth_m : std::numeric_limits<double>::quiet_NaN(), -1});
  }
  vision::DemCatalogOptions options;
  options.min_diameter_m = 1200;
  options.min_confidence = 0.05;
  options.progress = [](double done) { std::cerr << '\r' << static_cast<int>(100 * done) << " % "; };
  const auto found = vision::CatalogFromDem(dem, options);
  std::cerr << '\n';
  std::vector<int> label_of;
  RunMatch(found, labels, label_of);
  const auto counts = [&](const ReliefLabel& label, double from, double to) {
    const double d = DiameterOf_m(label.crater);
    return d >= from && d < to && label.depth_m > kLeastDepth * d;
  };
  std::ofstream evidence(arguments.evidence);
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto& c = found[i].crater;
    const double d = DiameterOf_m(c);
    int kind = 0;
    double ld = 0, ldepth = 0;
    if (label_of[i] >= 0) {
      const auto& label = labels[static_cast<std::size_t>(label_of[i])];
      ld = DiameterOf_m(label.crater);
      ldepth = label.depth_m;
      kind = label.depth_m > kLeastDepth * ld ? 1 : 2;
    }
    evidence << kind << ',' << found[i].confidence << ',' << d << ',' << *c.depth_m << ','
             << dem::RadToDeg(c.centre.latitude_rad) << ',' << dem::RadToDeg(c.centre.longitude_rad) << ','
             << ld << ',' << ldepth;
    for (const double e : found[i].evidence) evidence << ',' << e;
    evidence << '\n';
  }
  std::ofstream labels_out(arguments.evidence + ".labels");
  for (const auto& label : labels)
    labels_out << DiameterOf_m(label.crater) << ',' << label.depth_m << ','
               << dem::RadToDeg(label.crater.centre.latitude_rad) << ','
               << dem::RadToDeg(label.crater.centre.longitude_rad) << ',' << label.found_by << ','
               << (label.crater.depth_m ? *label.crater.depth_m : 0) << '\n';
  std::vector<std::pair<double, double>> ranges = {{1200, 1700}, {1700, 2400}, {2400, 3400},
                                                   {3400, 4800}, {4800, 1e9},  {2400, 1e9}};
  for (const auto& [from, to] : ranges) {
    int there = 0;
    for (const auto& label : labels) there += counts(label, from, to);
    for (const double least : {0.1, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8}) {
      int hit = 0, right = 0, wrong = 0, wrong_deep = 0;
      for (const auto& label : labels)
        hit += counts(label, from, to) && label.found_by >= 0 &&
               found[static_cast<std::size_t>(label.found_by)].confidence >= least;
      for (std::size_t i = 0; i < found.size(); ++i) {
        const double d = DiameterOf_m(found[i].crater);
        if (found[i].confidence < least) continue;
        if (label_of[i] >= 0) {
          right += counts(labels[static_cast<std::size_t>(label_of[i])], from, to);
          continue;
        }
        if (d < from || d >= to) continue;
        ++wrong;
        wrong_deep += *found[i].crater.depth_m > kLeastDepth * d;
      }
      std::printf("D %5.0f- there %3d conf %.1f recall %.3f precision %.3f (deep only %.3f)\n", from, there,
                  least, there ? 1.0 * hit / there : 0, 1.0 * right / std::max(1, right + wrong),
                  1.0 * right / std::max(1, right + wrong_deep));
    }
  }
}

}  // namespace perilune::tools
