// Craters of known place, size and depth in heights, and in DEMs of several projections.
#include "vision/craters/dem_catalog.h"

#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <stdexcept>
#include <tuple>
#include <vector>

#include "dem/frames/site.h"
#include "dem/io/data_error.h"
#include "dem/synthesis/random.h"
#include "tests/support/lunar_rasters.h"
#include "tests/support/temp_folder.h"
#include "vision/craters/relief_detect.h"

namespace perilune::vision {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// A bowl 1 deep below the ground with a rim 0.2 above it that falls off as r⁻³. Its depth is the rim less
/// the height below which a twentieth of the ground within 0.8 radii lies: that is at r² = 0.05 · 0.64, and
/// the depth 0.2 − (1.2 · 0.032 − 1) = 1.1616.
double BowlHeight(double r) { return r < 1 ? 1.2 * r * r - 1 : 0.2 / (r * r * r); }
constexpr double kBowlDepth = 1.1616;

struct Bowl {
  double x = 0, y = 0, radius = 0, depth_m = 0;
};

/// 200 × 200 px, 100 m a pixel, noise of 1 sigma 2 m; a slope to the right.
cv::Mat Ground(const std::vector<Bowl>& bowls, double slope = 0) {
  cv::Mat heights(200, 200, CV_32F);
  for (int row = 0; row < heights.rows; ++row) {
    for (int col = 0; col < heights.cols; ++col) {
      double height_m =
          slope * 100 * col + 2 * dem::RandomNormal(801, 1, static_cast<std::uint64_t>(row * 200 + col));
      for (const Bowl& bowl : bowls) {
        height_m += bowl.depth_m * BowlHeight(std::hypot(col - bowl.x, row - bowl.y) / bowl.radius);
      }
      heights.at<float>(row, col) = static_cast<float>(height_m);
    }
  }
  return heights;
}

/// The surest within a radius of a bowl's middle; nothing when none is sure.
std::optional<ReliefCrater> SurestAt(const cv::Mat& heights, const Bowl& bowl, double least = 0.5) {
  std::optional<ReliefCrater> best;
  for (const ReliefCrater& found : FindReliefCraters(heights, 100, 100, 16, least)) {
    const double off = (found.rim.ellipse.centre - Eigen::Vector2d(bowl.x, bowl.y)).norm();
    if (off < bowl.radius && (!best || found.confidence > best->confidence)) best = found;
  }
  return best;
}

void ExpectIs(const std::optional<ReliefCrater>& found, const Bowl& bowl) {
  ASSERT_TRUE(found);
  EXPECT_NEAR(found->rim.ellipse.centre.x(), bowl.x, 0.06 * bowl.radius);
  EXPECT_NEAR(found->rim.ellipse.centre.y(), bowl.y, 0.06 * bowl.radius);
  EXPECT_NEAR(MeanRadius(found->rim.ellipse), bowl.radius, 0.08 * bowl.radius);
  EXPECT_NEAR(found->measure.depth_m, kBowlDepth * bowl.depth_m, 0.08 * bowl.depth_m + 4);
}

TEST(ReliefCraters, OnAPlaneAndOnASlope) {
  const Bowl bowl{103.3, 96.8, 10, 150};
  for (const double slope : {0.0, 0.1}) ExpectIs(SurestAt(Ground({bowl}, slope), bowl), bowl);
}

TEST(ReliefCraters, RimsPlaneIsWhereItIs) {
  const Bowl bowl{100, 100, 10, 150};
  const auto found = SurestAt(Ground({bowl}, 0.1), bowl);
  ASSERT_TRUE(found);
  // The slope at the middle, and the rim's 0.2 depths.
  EXPECT_NEAR(found->measure.rim_height_m, 0.1 * 100 * 100 + 0.2 * 150, 10);
}

TEST(ReliefCraters, AHillAndFlatGroundAreNone) {
  EXPECT_TRUE(FindReliefCraters(Ground({}), 100, 100, 16, 0.5).empty());
  const Bowl hill{100, 100, 10, -150};
  const auto found = SurestAt(Ground({hill}), hill);
  EXPECT_FALSE(found) << found->confidence;
}

// Half a radius beyond the middle the data end: two thirds of the rim are there.
TEST(ReliefCraters, CutByTheBorder) {
  const Bowl bowl{100, 100, 10, 150};
  ExpectIs(SurestAt(Ground({bowl}).colRange(0, 106).clone(), bowl), bowl);
}

TEST(ReliefCraters, HolesInTheFloorAndTheRim) {
  const Bowl bowl{100, 100, 10, 150};
  cv::Mat heights = Ground({bowl});
  heights(cv::Rect(98, 98, 3, 3)).setTo(kNaN);
  heights(cv::Rect(108, 96, 6, 5)).setTo(kNaN);
  ExpectIs(SurestAt(heights, bowl), bowl);
}

/// How much lower a DEM's rim comes out than its crest, in depths: means over cells of a ninth of the radius,
/// interpolated, take up to 0.1 off a crest whose slopes are 2.4 and 0.6 to a radius; a rim found 3 % inside
/// the crest takes another 0.07.
constexpr double kCrestLost = 0.17;

/// Bowls on the ground of the Moon: diameters in m, at places in degrees.
struct PlacedBowl {
  double latitude_deg = 0, longitude_deg = 0, diameter_m = 0, depth_m = 0;

  dem::LatLon Place() const { return {dem::DegToRad(latitude_deg), dem::DegToRad(longitude_deg)}; }
};

/// The angle between the places is the distance: bowls are circles on the sphere.
test::HeightOfPlace HeightsOf(const std::vector<PlacedBowl>& bowls) {
  return [bowls](const dem::LatLon& place) {
    double height_m = 500;
    for (const PlacedBowl& bowl : bowls) {
      const double chord = (dem::DirectionInMoon(place) - dem::DirectionInMoon(bowl.Place())).norm();
      height_m += bowl.depth_m * BowlHeight(2 * chord * dem::kMoonRadius_m / bowl.diameter_m);
    }
    return height_m;
  };
}

std::vector<CatalogedCrater> Catalog(const test::TempFolder& folder, const dem::Raster<float>& raster) {
  const auto path = folder / "dem.tif";
  dem::WriteGeoTiff(path, raster);
  DemCatalogOptions options;
  options.min_diameter_m = 2500;
  options.max_diameter_m = 10'000;
  return CatalogFromDem(dem::RasterFile(path), options);
}

void ExpectBowls(const std::vector<CatalogedCrater>& found, const std::vector<PlacedBowl>& bowls) {
  ASSERT_EQ(found.size(), bowls.size());  // both largest first
  for (std::size_t i = 0; i < bowls.size(); ++i) {
    const dem::Crater& crater = found[i].crater;
    const double diameter_m = bowls[i].diameter_m;
    const double off_m =
        (dem::DirectionInMoon(crater.centre) - dem::DirectionInMoon(bowls[i].Place())).norm() *
        dem::kMoonRadius_m;
    EXPECT_EQ(crater.id, static_cast<std::int64_t>(i) + 1);
    EXPECT_LT(off_m, 0.03 * diameter_m);
    EXPECT_NEAR(2 * crater.semi_major_m, diameter_m, 0.1 * diameter_m);
    EXPECT_NEAR(2 * crater.semi_minor_m, diameter_m, 0.1 * diameter_m);
    const double depth = crater.depth_m.value_or(0) / bowls[i].depth_m;
    EXPECT_LT(depth, kBowlDepth + 0.02);
    EXPECT_GT(depth, kBowlDepth - kCrestLost);
    const double rim = (crater.height_m - 500) / bowls[i].depth_m;
    EXPECT_LT(rim, 0.2 + 0.02);
    EXPECT_GT(rim, 0.2 - kCrestLost);
    EXPECT_GT(crater.sigma_m, 0);
    EXPECT_LT(crater.sigma_m, 0.05 * diameter_m);
  }
}

// At 60° north a pixel of an equirectangular DEM is half as wide as it is high; the crater is as round as
// ever.
TEST(DemCatalog, RoundInAStretchedProjection) {
  const test::TempFolder folder;
  const double north_m = dem::DegToRad(60) * dem::kMoonRadius_m;
  const std::vector<PlacedBowl> bowls{{60.05, 0.1, 5000, 400}, {59.85, -0.3, 3000, 250}};
  const auto raster = test::AnalyticRaster(
      test::EquirectangularWkt(0), test::NorthUp(-25'000, north_m + 12'500, 125), 400, 200,
      [](const Eigen::Vector2d& crs) {
        return dem::LatLon{crs.y() / dem::kMoonRadius_m, crs.x() / dem::kMoonRadius_m};
      },
      HeightsOf(bowls));
  ExpectBowls(Catalog(folder, raster), bowls);
}

TEST(DemCatalog, AcrossTheSeamAndAtThePole) {
  const test::TempFolder folder;
  const std::vector<PlacedBowl> at_seam{{0.1, 179.99, 5000, 400}};
  const auto equator = test::AnalyticRaster(
      test::EquirectangularWkt(180), test::NorthUp(-12'500, 12'500, 125), 200, 200,
      [](const Eigen::Vector2d& crs) {
        return dem::LatLon{crs.y() / dem::kMoonRadius_m,
                           dem::WrapLongitude(dem::kPi + crs.x() / dem::kMoonRadius_m)};
      },
      HeightsOf(at_seam));
  ExpectBowls(Catalog(folder, equator), at_seam);
  const std::vector<PlacedBowl> at_pole{{-89.99, 45, 5000, 400}};
  const auto pole = test::AnalyticRaster(test::SouthPolarWkt(), test::NorthUp(-12'500, 12'500, 125), 200, 200,
                                         test::SouthPolarPlace, HeightsOf(at_pole));
  ExpectBowls(Catalog(folder, pole), at_pole);
}

TEST(DemCatalog, TheSameWithOneThreadAndTwo) {
  const test::TempFolder folder;
  const auto raster = test::AnalyticRaster(test::SouthPolarWkt(), test::NorthUp(-12'500, 12'500, 125), 200,
                                           200, test::SouthPolarPlace, [](const dem::LatLon& place) {
                                             const auto at = dem::PointInMoon(place);
                                             return 300 * std::sin(at.x() / 700) * std::sin(at.y() / 600);
                                           });
  const auto with = [&](std::size_t threads) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    return Catalog(folder, raster);
  };
  const auto one = with(1), two = with(2);
  ASSERT_FALSE(one.empty());
  ASSERT_EQ(one.size(), two.size());
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_EQ(one[i].confidence, two[i].confidence);
    EXPECT_EQ(one[i].crater.centre.latitude_rad, two[i].crater.centre.latitude_rad);
    EXPECT_EQ(one[i].crater.semi_major_m, two[i].crater.semi_major_m);
  }
}

// A label is measured as what is found there.
TEST(DemCatalog, MeasuresACraterThatItIsGiven) {
  const test::TempFolder folder;
  const PlacedBowl bowl{-89.9, 30, 5000, 400};
  const auto path = folder / "dem.tif";
  dem::WriteGeoTiff(path, test::AnalyticRaster(test::SouthPolarWkt(), test::NorthUp(-12'500, 12'500, 125),
                                               200, 200, test::SouthPolarPlace, HeightsOf({bowl})));
  dem::Crater crater;
  crater.centre = bowl.Place();
  crater.semi_major_m = crater.semi_minor_m = 0.5 * bowl.diameter_m;
  const dem::RasterFile dem(path);
  const auto measure = MeasureInDem(dem, crater);
  ASSERT_TRUE(measure);
  EXPECT_LT(measure->depth_m, (kBowlDepth + 0.02) * 400);
  EXPECT_GT(measure->depth_m, (kBowlDepth - 0.1) * 400);  // the crest as above, on its own circle
  crater.centre = {0.5, 0};
  EXPECT_FALSE(MeasureInDem(dem, crater));
}

TEST(DemCatalog, RefusesWhatCannotBe) {
  const test::TempFolder folder;
  const auto path = folder / "dem.tif";
  auto raster = test::AnalyticRaster(test::SouthPolarWkt(), test::NorthUp(-12'500, 12'500, 125), 200, 200,
                                     test::SouthPolarPlace, [](const dem::LatLon&) { return kNaN; });
  dem::WriteGeoTiff(path, raster);
  const dem::RasterFile dem(path);
  EXPECT_THROW(CatalogFromDem(dem), dem::DataError);
  for (const auto& [min_m, max_m, confidence] : {std::tuple{-1.0, 0.0, 0.5},
                                                 {0.0, -1.0, 0.5},
                                                 {5000.0, 4000.0, 0.5},
                                                 {0.0, 0.0, 1.0},
                                                 {kNaN, 0.0, 0.5}}) {
    DemCatalogOptions options;
    options.min_diameter_m = min_m;
    options.max_diameter_m = max_m;
    options.min_confidence = confidence;
    EXPECT_THROW(CatalogFromDem(dem, options), std::invalid_argument);
  }
}

}  // namespace
}  // namespace perilune::vision
