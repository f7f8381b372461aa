#include "dem/terrain/resample.h"

#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "dem/io/data_error.h"
#include "dem/terrain/pixel_lattice.h"
#include "tests/support/lunar_rasters.h"
#include "tests/support/temp_folder.h"

namespace perilune::dem {
namespace {

using test::AnalyticRaster;
using test::DegreesPlace;
using test::GeographicWkt;
using test::NorthUp;

/// A tilted and squashed Moon: smooth over the sphere, poles included, steep enough (hundreds of metres in a
/// degree) to show a point that is looked up in the wrong place.
double SmoothMoon(const LatLon& place) {
  const Eigen::Vector3d d = DirectionInMoon(place);
  return 3000 * d.z() + 2500 * d.x() * d.y() - 1500 * d.y();
}

/// z in `site` at (x, y) by iteration on the closed form, without raster or lattice.
double ExactZ(const Site& site, double x, double y) {
  double height = 0;
  for (int i = 0; i < 200; ++i)
    height = SmoothMoon(GeodeticFromSite(site, {x, y, ZInSite(x, y, height)}).place);
  return ZInSite(x, y, height);
}

/// Largest |z − exact| over the level; every grid point must have a height.
double WorstError(const TerrainLevel& level, const Site& site) {
  double worst = 0;
  for (int row = 0; row < level.z_m.height; ++row) {
    for (int col = 0; col < level.z_m.width; ++col) {
      const double z = level.z_m.At(col, row);
      if (std::isnan(z)) return std::numeric_limits<double>::infinity();
      const double exact =
          ExactZ(site, level.x0_m + col * level.spacing_m, level.y0_m - row * level.spacing_m);
      worst = std::max(worst, std::abs(z - exact));
    }
  }
  return worst;
}

/// Global, 4 pixels a degree, first column at `west_deg`.
RasterFile WriteGlobal(const test::TempFolder& folder, double west_deg) {
  const auto path = folder / ("global" + std::to_string(west_deg) + ".tif");
  WriteGeoTiff(path, AnalyticRaster(GeographicWkt(), NorthUp(west_deg + 0.125, 90 - 0.125, 0.25), 1440, 720,
                                    DegreesPlace, SmoothMoon));
  return RasterFile(path);
}

/// 1 mm, and: the float rounding of z and of the file's heights; the lattice's error in the ground's slope
/// (|∇h| ≤ 7000 m a radian); Catmull-Rom on pixels of 0.25 deg, 0.016 f''' Δ³ in each axis (it reproduces
/// parabolas; |f'''| ≤ 20 km).
double Tolerance(double extent_m) {
  const double drop_m = extent_m * extent_m / kMoonRadius_m;
  const double pixel_rad = 0.25 * kPi / 180;
  return 1e-3 + 6e-8 * (drop_m + 8000) + 7000 * pixel_rad * PixelLattice::kTolerance_px +
         2 * 0.016 * 20e3 * std::pow(pixel_rad, 3);
}

TEST(ResampleIntoSite, FollowsTheClosedFormAtAMiddleLatitude) {
  const test::TempFolder folder;
  const Site site = MakeSite({DegToRad(-41.6), DegToRad(-153.99)});
  const TerrainLevel level =
      ResampleIntoSite(WriteGlobal(folder, -180), site, {-60e3, 60e3, -45e3, 45e3}, 900);
  EXPECT_EQ(level.z_m.width, 135);  // 120 km / 900 m, rounded up, and one
  EXPECT_EQ(level.z_m.height, 101);
  EXPECT_LT(WorstError(level, site), Tolerance(75e3));
}

TEST(ResampleIntoSite, CrossesTheSeamOfEitherLongitudeConvention) {
  const test::TempFolder folder;
  const Site at_180 = MakeSite({DegToRad(20), DegToRad(179.9)}),
             at_0 = MakeSite({DegToRad(20), DegToRad(-0.1)});
  const SiteExtent extent{-50e3, 50e3, -50e3, 50e3};
  EXPECT_LT(WorstError(ResampleIntoSite(WriteGlobal(folder, -180), at_180, extent, 1000), at_180),
            Tolerance(70e3));
  EXPECT_LT(WorstError(ResampleIntoSite(WriteGlobal(folder, 0), at_0, extent, 1000), at_0), Tolerance(70e3));
}

TEST(ResampleIntoSite, ReachesOverThePoleInALongitudeRaster) {
  const test::TempFolder folder;
  const RasterFile file = WriteGlobal(folder, 0);
  for (const double latitude_deg : {-89.0, 88.5}) {
    const Site site = MakeSite({DegToRad(latitude_deg), DegToRad(77)});
    const TerrainLevel level = ResampleIntoSite(file, site, {-80e3, 80e3, -80e3, 80e3}, 2000);
    // Within the outermost half pixel (3.8 km) of the pole the first row is held: h varies there by at most
    // 3.8 km / R · 5.5 km.
    EXPECT_LT(WorstError(level, site), 3.8e3 / kMoonRadius_m * 5500 + Tolerance(115e3));
    double worst_away = 0;
    const Eigen::Vector3d pole = PointInSite(site, {{latitude_deg < 0 ? -kPi / 2 : kPi / 2, 0}, 0});
    for (int row = 0; row < level.z_m.height; ++row) {
      for (int col = 0; col < level.z_m.width; ++col) {
        const double x = level.x0_m + col * level.spacing_m, y = level.y0_m - row * level.spacing_m;
        if (std::hypot(x - pole.x(), y - pole.y()) < 3 * 7600) continue;
        worst_away = std::max(worst_away, std::abs(level.z_m.At(col, row) - ExactZ(site, x, y)));
      }
    }
    EXPECT_LT(worst_away, Tolerance(115e3)) << latitude_deg;
  }
}

TEST(ResampleIntoSite, FollowsTheClosedFormAcrossThePoleInAPolarRaster) {
  const test::TempFolder folder;
  WriteGeoTiff(folder / "polar.tif", AnalyticRaster(test::SouthPolarWkt(), NorthUp(-200e3, 200e3, 2000), 201,
                                                    201, test::SouthPolarPlace, SmoothMoon));
  const RasterFile file(folder / "polar.tif");
  for (const double longitude_deg : {0.0, 133.0, -91.0}) {
    const Site site = MakeSite({DegToRad(-89.5), DegToRad(longitude_deg)});
    const TerrainLevel level = ResampleIntoSite(file, site, {-70e3, 70e3, -70e3, 70e3}, 700);
    EXPECT_LT(WorstError(level, site), Tolerance(100e3)) << longitude_deg;
  }
}

TEST(ResampleIntoSite, FarFromTheSiteTheCurvatureIsFollowed) {
  const test::TempFolder folder;
  const Site site = MakeSite({DegToRad(10), DegToRad(30)});
  const TerrainLevel level =
      ResampleIntoSite(WriteGlobal(folder, -180), site, {-700e3, 700e3, -500e3, 500e3}, 9000);
  EXPECT_LT(WorstError(level, site), Tolerance(870e3));
}

TEST(ResampleIntoSite, OneThreadAndTwoGiveTheSameBytes) {
  const test::TempFolder folder;
  const Site site = MakeSite({DegToRad(-88), DegToRad(30)});
  const RasterFile file = WriteGlobal(folder, -180);
  const auto resample = [&](std::size_t threads) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    return ResampleIntoSite(file, site, {-90e3, 90e3, -90e3, 90e3}, 800).z_m.data;
  };
  EXPECT_TRUE(resample(1) == resample(2));
}

TEST(ResampleIntoSite, MissingCellsStayMissingAndTheRestIsUntouched) {
  const test::TempFolder folder;
  Raster<float> raster = AnalyticRaster(OrthographicCrs(10, 20), NorthUp(-1000, 1000, 100), 21, 21,
                                        DegreesPlace, [](const LatLon&) { return 500.0; });
  raster.grid.At(10, 10) = std::numeric_limits<float>::quiet_NaN();
  WriteGeoTiff(folder / "hole.tif", raster);
  const Site site = MakeSite({DegToRad(10), DegToRad(20)});
  const TerrainLevel level =
      ResampleIntoSite(RasterFile(folder / "hole.tif"), site, {-1500, 1500, -1500, 1500}, 50);
  int missing_inside = 0;
  for (int row = 0; row < level.z_m.height; ++row) {
    for (int col = 0; col < level.z_m.width; ++col) {
      const double x = level.x0_m + col * 50, y = level.y0_m - row * 50;
      const double z = level.z_m.At(col, row);
      const double outermost = std::max(std::abs(x), std::abs(y));
      if (outermost > 1050.5) {
        EXPECT_TRUE(std::isnan(z)) << x << " " << y;
      } else if (std::abs(x) < 99 && std::abs(y) < 99) {
        EXPECT_TRUE(std::isnan(z)) << x << " " << y;
        ++missing_inside;
      } else if (outermost < 1049 && std::max(std::abs(x), std::abs(y)) > 101) {
        EXPECT_NEAR(z, ZInSite(x, y, 500), 1e-3) << x << " " << y;
      }
    }
  }
  EXPECT_EQ(missing_inside, 9);
}

TEST(ResampleIntoSite, BlocksBesideTheRasterAreMissingWhateverTheyHeld) {
  const test::TempFolder folder;
  WriteGeoTiff(folder / "small.tif", AnalyticRaster(OrthographicCrs(10, 20), NorthUp(-5000, 5000, 100), 101,
                                                    101, DegreesPlace, [](const LatLon&) { return 500.0; }));
  const RasterFile file(folder / "small.tif");
  const Site site = MakeSite({DegToRad(10), DegToRad(20)});
  const TerrainLevel once = ResampleIntoSite(file, site, {-40e3, 40e3, -40e3, 40e3}, 80);
  TerrainLevel parts = once;
  std::fill(parts.z_m.data.begin(), parts.z_m.data.end(), 7.0F);
  ResampleInto(parts, file, site, {.most_window_pixels = 4096, .progress = {}});
  int missing = 0;
  for (std::size_t i = 0; i < once.z_m.data.size(); ++i) {
    const float a = once.z_m.data[i], b = parts.z_m.data[i];
    ASSERT_TRUE(a == b || (std::isnan(a) && std::isnan(b))) << i;
    missing += std::isnan(b) ? 1 : 0;
  }
  EXPECT_GT(missing, 900'000);  // of 1001²; the raster covers some 126²
  EXPECT_LT(missing, 1001 * 1001 - 15'000);
}

TEST(ResampleIntoSite, RefusesWhatIsNotCovered) {
  const test::TempFolder folder;
  Raster<float> raster = AnalyticRaster(OrthographicCrs(10, 20), NorthUp(-1000, 1000, 100), 21, 21,
                                        DegreesPlace, [](const LatLon&) { return 500.0; });
  WriteGeoTiff(folder / "small.tif", raster);
  const RasterFile file(folder / "small.tif");
  const SiteExtent extent{-500, 500, -500, 500};
  EXPECT_THROW(ResampleIntoSite(file, MakeSite({DegToRad(11), DegToRad(20)}), extent, 50), DataError);
  EXPECT_THROW(ResampleIntoSite(file, MakeSite({DegToRad(-10), DegToRad(-160)}), extent, 50), DataError);
  const Site site = MakeSite({DegToRad(10), DegToRad(20)});
  EXPECT_THROW(ResampleIntoSite(file, site, extent, 0), std::invalid_argument);
  EXPECT_THROW(ResampleIntoSite(file, site, {500, -500, -500, 500}, 50), std::invalid_argument);
  EXPECT_THROW(ResampleIntoSite(file, site, {-1700e3, 500, -500, 500}, 1e5), std::invalid_argument);
  raster.grid = Grid<float>(21, 21, std::numeric_limits<float>::quiet_NaN());
  WriteGeoTiff(folder / "empty.tif", raster);
  EXPECT_THROW(ResampleIntoSite(RasterFile(folder / "empty.tif"), site, extent, 50), DataError);
}

TEST(PixelLattice, InterpolatesWithinItsToleranceEverywhereOnTheTile) {
  const test::TempFolder folder;
  const RasterFile global = WriteGlobal(folder, -180);
  WriteGeoTiff(folder / "polar.tif", AnalyticRaster(test::SouthPolarWkt(), NorthUp(-200e3, 200e3, 100), 21,
                                                    21, test::SouthPolarPlace, SmoothMoon));
  const RasterFile polar(folder / "polar.tif");
  const HeightBracket bracket{-4000, 5000};
  const auto worst = [&](const RasterFile& file, const LatLon& origin, double spacing_m) {
    const Site site = MakeSite(origin);
    PixelProjection projection(file, site);
    const SitePoints tile{20e3, 30e3, spacing_m, 64, 64};
    const auto lattice = PixelLattice::Build(projection, tile, bracket);
    double error = 0;
    for (const double h : {-4000.0, -1000.0, 2000.0, 5000.0}) {
      std::vector<Eigen::Vector3d> points;
      for (int j = 0; j < 64; ++j) {
        for (int i = 0; i < 64; ++i) points.emplace_back(20e3 + i * spacing_m, 30e3 - j * spacing_m, h);
      }
      const std::vector<Eigen::Vector2d> exact = projection.Pixels(points);
      for (int n = 0; n < 64 * 64; ++n) {
        const Eigen::Vector2d found = lattice->At(n % 64, n / 64).At((h - 500) / 4500);
        error = std::max(error, (projection.Unwrapped(exact[n], found) - found).norm());
      }
    }
    return error;
  };
  EXPECT_LT(worst(global, {DegToRad(60), DegToRad(100)}, 400), 2 * PixelLattice::kTolerance_px);
  EXPECT_LT(worst(global, {DegToRad(-88.8), DegToRad(100)}, 1000), 2 * PixelLattice::kTolerance_px);
  EXPECT_LT(worst(polar, {DegToRad(-88.8), DegToRad(100)}, 100), 2 * PixelLattice::kTolerance_px);
  EXPECT_LT(worst(polar, {DegToRad(-70), DegToRad(-100)}, 10), 2 * PixelLattice::kTolerance_px);
}

TEST(CoverageInSite, IsTheRastersOutlineOrTheLimit) {
  const test::TempFolder folder;
  const auto flat = [](const LatLon&) { return 0.0; };
  WriteGeoTiff(folder / "ortho.tif", AnalyticRaster(OrthographicCrs(10, 20), NorthUp(-1000, 2000, 100), 21,
                                                    31, DegreesPlace, flat));
  const Site site = MakeSite({DegToRad(10), DegToRad(20)});
  const SiteExtent whole = CoverageInSite(RasterFile(folder / "ortho.tif"), site, 1e6);
  EXPECT_NEAR(whole.min_x_m, -1050, 1e-3);
  EXPECT_NEAR(whole.max_x_m, 1050, 1e-3);
  EXPECT_NEAR(whole.min_y_m, -1050, 1e-3);
  EXPECT_NEAR(whole.max_y_m, 2050, 1e-3);
  const SiteExtent limited = CoverageInSite(WriteGlobal(folder, 0), site, 30e3);
  EXPECT_NEAR(limited.min_x_m, -30e3, 1e-6);
  EXPECT_NEAR(limited.max_y_m, 30e3, 1e-6);
  EXPECT_THROW(
      CoverageInSite(RasterFile(folder / "ortho.tif"), MakeSite({DegToRad(-10), DegToRad(-160)}), 1e5),
      DataError);
}

TEST(PixelOnGround, IsTheGeometricMeanOfBothAxes) {
  const test::TempFolder folder;
  const RasterFile file = WriteGlobal(folder, 0);
  const double degree = kMoonRadius_m * kPi / 180;
  // A quarter of a degree north-south, and cos(latitude) of it east-west, at the row's centre of
  // latitude 59.875.
  EXPECT_NEAR(PixelOnGround_m(file, {DegToRad(59.875), 1}),
              0.25 * degree * std::sqrt(std::cos(DegToRad(59.875))), 0.01);
}

}  // namespace
}  // namespace perilune::dem
