#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <vector>

#include "dem/hazard/hazard_map.h"
#include "dem/io/raster_file.h"
#include "tests/support/real_data.h"

namespace perilune::dem {
namespace {

std::filesystem::path Aristarchus() { return test::RealData() / "dem/nac_aristarchus_imp_4.76m.tif"; }

// Differences of our slopes from those that the makers of the NAC DTM put in its band 2, sorted.
std::vector<double> DifferencesFromPublished_deg(const HazardOptions& options) {
  RasterFileOptions slope_band;
  slope_band.band = 2;
  const RasterFile heights(Aristarchus()), slopes(Aristarchus(), slope_band);
  const int width = heights.width(), height = heights.height();
  const Raster<float> published = slopes.ReadWindow(0, 0, width, height);
  const HazardMap map = MapHazards(heights.ReadWindow(0, 0, width, height), options);
  std::vector<double> differences_deg;
  for (std::size_t i = 0; i < published.grid.data.size(); ++i) {
    const double difference = RadToDeg(map.slope_rad.grid.data[i]) - published.grid.data[i];
    if (std::isfinite(difference)) differences_deg.push_back(std::abs(difference));
  }
  std::sort(differences_deg.begin(), differences_deg.end());
  return differences_deg;
}

// The makers' slopes are from 3 × 3 cells with weights of their own: over the smallest footprint ours differ
// from them by the weights alone.
TEST(HazardMapData, SlopesAgreeWithThePublishedBand) {
  if (!std::filesystem::exists(Aristarchus())) GTEST_SKIP() << Aristarchus() << " is absent";
  const std::vector<double> differences_deg = DifferencesFromPublished_deg({});
  ASSERT_GT(differences_deg.size(), 50'000U);
  EXPECT_LT(differences_deg[differences_deg.size() / 2], 0.05);
  EXPECT_LT(differences_deg[differences_deg.size() * 95 / 100], 0.2);
}

// The makers' slopes are Horn's: with that estimator ours are theirs.
TEST(HazardMapData, HornSlopesAreThePublishedBand) {
  if (!std::filesystem::exists(Aristarchus())) GTEST_SKIP() << Aristarchus() << " is absent";
  HazardOptions options;
  options.slope_estimator = SlopeEstimator::kHorn;
  const std::vector<double> differences_deg = DifferencesFromPublished_deg(options);
  ASSERT_GT(differences_deg.size(), 50'000U);
  RecordProperty("p50_deg", std::to_string(differences_deg[differences_deg.size() / 2]));
  RecordProperty("p95_deg", std::to_string(differences_deg[differences_deg.size() * 95 / 100]));
  EXPECT_LT(differences_deg[differences_deg.size() * 95 / 100], 0.05);
}

}  // namespace
}  // namespace perilune::dem
