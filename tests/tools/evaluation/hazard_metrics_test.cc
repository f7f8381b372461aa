#include "tools/evaluation/hazard_metrics.h"

#include <gtest/gtest.h>

#include <cmath>

#include "datasets/formats/hazard_files.h"
#include "datasets/formats/site_files.h"
#include "dem/io/write_raster.h"
#include "tests/support/temp_folder.h"

namespace perilune::tools {
namespace {

using dem::HazardClass;

constexpr int kSize = 101;

/// Flat ground west of x = 0 and a ramp of 45° east of it, in the orthographic plane of a site at 0° N 0° E;
/// 1 m cells whose centre cell is the site.
dem::Raster<float> HalfRamp() {
  dem::Raster<float> dem;
  dem.grid = dem::Grid<float>(kSize, kSize);
  dem.crs_wkt = dem::OrthographicCrs(0, 0);
  dem.crs_from_pixel.linear() << 1, 0, 0, -1;
  dem.crs_from_pixel.translation() << -50, 50;
  dem.nodata = std::nanf("");
  for (int row = 0; row < kSize; ++row) {
    for (int col = 0; col < kSize; ++col) dem.grid.At(col, row) = static_cast<float>(std::max(0, col - 50));
  }
  return dem;
}

class HazardMetricsTest : public testing::Test {
 protected:
  HazardMetricsTest() {
    dem::WriteGeoTiff(folder_ / "truth.tif", HalfRamp());
    sequence_.site = dem::MakeSite({0, 0});
    sequence_.maps = {"map/a.tif"};
    sequence_.lander.footprint_m = 5;
    truth_.site_dem = folder_ / "truth.tif";
    truth_.map_tie_in_site_m["a.tif"] = Eigen::Vector3d::Zero();
  }

  dem::LatLon Place(double x_m, double y_m) const {
    return dem::GeodeticFromSite(sequence_.site, {x_m, y_m, 0}).place;
  }
  /// A run whose hazard map is the truth's own, displaced as a tie would.
  void WriteRun(const Eigen::Vector2d& shift_m, const Eigen::Vector2d& best_m) {
    dem::Raster<float> dem = HalfRamp();
    dem.crs_from_pixel.translation() += shift_m;
    dem::HazardOptions options;
    options.footprint_m = 5;
    datasets::WriteHazardMap(folder_ / "run" / "hazards", dem::MapHazards(dem, options), dem);
    nav::LandingSite best;
    best.rank = 1;
    best.point_in_site_m = {best_m.x(), best_m.y(), 0};
    best.place = Place(best_m.x(), best_m.y());
    best.reasons = "flat";
    datasets::WriteSitesGeoJson(folder_ / "run" / "sites.geojson",
                                {nav::LandingStatus::kSafeSite, {best}, {}}, {sequence_.site, 0, {}});
  }
  std::optional<HazardMetrics> Evaluated() const {
    return EvaluateHazards(folder_ / "run", sequence_, truth_);
  }

  test::TempFolder folder_;
  datasets::SequenceInfo sequence_;
  datasets::Truth truth_;
};

TEST_F(HazardMetricsTest, ClassesAreThoseOfThePlace) {
  dem::HazardOptions options;
  options.footprint_m = 5;
  const auto classes = ClassesAt(dem::RasterFile(folder_ / "truth.tif"), options,
                                 {Place(-20, 3), Place(20, 3), Place(500, 0), Place(-50, 50)});
  EXPECT_EQ(classes[0], HazardClass::kSafe);
  EXPECT_EQ(classes[1], HazardClass::kHazardous);
  EXPECT_EQ(classes[2], HazardClass::kUnknown);  // off the DEM
  EXPECT_EQ(classes[3], HazardClass::kUnknown);  // the footprint leaves it
}

TEST_F(HazardMetricsTest, ATrueMapHasNoErrors) {
  WriteRun({0, 0}, {-20, 0});
  const HazardMetrics metrics = Evaluated().value();
  EXPECT_EQ(metrics.cells, 97 * 97);  // the footprint's circle of 2.5 m takes two cells at each edge
  EXPECT_EQ(metrics.false_safe_rate, 0);
  EXPECT_EQ(metrics.false_alarm_rate, 0);
  EXPECT_TRUE(metrics.best_site->claimed_safe);
  EXPECT_TRUE(metrics.best_site->truly_safe);
}

TEST_F(HazardMetricsTest, TheKnownTieIsTakenOut) {
  truth_.map_tie_in_site_m["a.tif"] = {10, 0, 3};
  WriteRun({10, 0}, {5, 0});  // on the map at +5 is what truly is at −5
  const HazardMetrics metrics = Evaluated().value();
  EXPECT_EQ(metrics.false_safe_rate, 0);
  EXPECT_EQ(metrics.false_alarm_rate, 0);
  EXPECT_TRUE(metrics.best_site->truly_safe);
}

TEST_F(HazardMetricsTest, AMapDisplacedEastCallsTheRampSafe) {
  WriteRun({10, 0}, {5, 0});
  const HazardMetrics metrics = Evaluated().value();
  // Ten columns of the ramp look flat. Compared are the columns that both know, x from −38 to 48; truly
  // hazardous are those from the foot of the ramp on (within the footprint of the plane fit), as many as the
  // class raster says.
  EXPECT_GT(metrics.false_safe_rate.value(), 9.0 / 50);
  EXPECT_LT(metrics.false_safe_rate.value(), 11.0 / 48);
  EXPECT_EQ(metrics.false_alarm_rate, 0);
  EXPECT_TRUE(metrics.best_site->claimed_safe);
  EXPECT_FALSE(metrics.best_site->truly_safe);
}

TEST_F(HazardMetricsTest, HasNothingWithoutHazardsOrTie) {
  EXPECT_FALSE(Evaluated().has_value());
  WriteRun({0, 0}, {-20, 0});
  truth_.map_tie_in_site_m.clear();
  EXPECT_FALSE(Evaluated().has_value());
}

TEST(CompareClasses, CountsByHand) {
  using enum HazardClass;
  const HazardMetrics metrics =
      CompareClasses({kSafe, kSafe, kHazardous, kHazardous, kSafe, kUnknown, kShadow, kSafe},
                     {kSafe, kHazardous, kSafe, kHazardous, kSafe, kSafe, kSafe, kUnknown});
  EXPECT_EQ(metrics.cells, 5);
  EXPECT_DOUBLE_EQ(metrics.false_safe_rate.value(), 0.5);
  EXPECT_DOUBLE_EQ(metrics.false_alarm_rate.value(), 1.0 / 3);
  EXPECT_FALSE(CompareClasses({kSafe}, {kSafe}).false_safe_rate.has_value());
}

}  // namespace
}  // namespace perilune::tools
