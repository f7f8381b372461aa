#include "vision/tracking/relief_scatter.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace perilune::vision {
namespace {

constexpr double kCutOff_sigma = 3;
constexpr int kBins = 16;
constexpr double kChance_sigma = 2;  // a correlation must stand so far out of chance

double MeanSquare(const std::vector<PlaneOffset>& offsets, double relief_sigma) {
  double sum = 0;
  for (const PlaneOffset& o : offsets) {
    const double variance = o.pixel_sigma * o.pixel_sigma + relief_sigma * relief_sigma;
    sum += std::min(kCutOff_sigma * kCutOff_sigma, o.offset * o.offset / variance);
  }
  return sum / static_cast<double>(offsets.size());
}

/// Offsets over their whole sigma, cut off.
std::vector<double> Standardised(const std::vector<PlaneOffset>& offsets, double relief_sigma) {
  std::vector<double> values;
  for (const PlaneOffset& o : offsets) {
    values.push_back(
        std::clamp(o.offset / std::hypot(o.pixel_sigma, relief_sigma), -kCutOff_sigma, kCutOff_sigma));
  }
  return values;
}

struct Bin {
  double sum = 0;
  double pairs = 0;
};

/// Products of pairs by the distance of their rays, in steps of a sixteenth of half the picture.
std::array<Bin, kBins> Correlogram(const std::vector<PlaneOffset>& offsets,
                                   const std::vector<double>& values) {
  double reach = 0;
  for (const PlaneOffset& o : offsets)
    reach = std::max(reach, (o.ray0_in_cam0 - offsets.front().ray0_in_cam0).norm());
  const double per_step = 2 * kBins / std::max(reach, 1e-9);
  std::array<Bin, kBins> bins;
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    for (std::size_t j = i + 1; j < offsets.size(); ++j) {
      const double distance = (offsets[i].ray0_in_cam0 - offsets[j].ray0_in_cam0).norm();
      const auto bin = static_cast<std::size_t>(distance * per_step);
      if (bin >= bins.size()) continue;
      bins[bin].sum += values[i] * values[j];
      bins[bin].pairs += 1;
    }
  }
  return bins;
}

}  // namespace

double ReliefSigma(const std::vector<PlaneOffset>& offsets, double least, double most) {
  if (offsets.empty() || MeanSquare(offsets, least) <= 1) return least;
  double low = least, high = most;
  for (int step = 0; step < 40; ++step) {
    const double middle = std::sqrt(low * high);
    (MeanSquare(offsets, middle) > 1 ? low : high) = middle;
  }
  return high;
}

double TracksPerSample(const std::vector<PlaneOffset>& offsets, double relief_sigma) {
  if (offsets.size() < 2) return 1;
  const double count = static_cast<double>(offsets.size());
  // The relief's own share of the standardised variance: what correlations are out of.
  double share = 0;
  for (const PlaneOffset& o : offsets) {
    share +=
        relief_sigma * relief_sigma / (o.pixel_sigma * o.pixel_sigma + relief_sigma * relief_sigma) / count;
  }
  double others = 0;
  for (const Bin& bin : Correlogram(offsets, Standardised(offsets, relief_sigma))) {
    if (!(bin.pairs > 0)) continue;
    const double correlation = bin.sum / bin.pairs;
    if (correlation * std::sqrt(bin.pairs) < kChance_sigma) break;
    others += 2 * bin.pairs / count * std::min(1.0, correlation / std::max(share, 1e-9));
  }
  return 1 + others;
}

}  // namespace perilune::vision
