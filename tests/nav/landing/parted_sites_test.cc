#include "nav/landing/parted_sites.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "dem/io/write_raster.h"
#include "dem/synthesis/random.h"

namespace perilune::nav {
namespace {

constexpr int kWidth = 1300, kHeight = 700;  // two bins across and three strips down, the last ones cut

/// Smooth hills, rocks and a hole.
dem::Raster<float> Hills(double rise_m) {
  dem::Raster<float> raster;
  raster.crs_wkt = dem::OrthographicCrs(-60, 30);
  raster.grid = dem::Grid<float>(kWidth, kHeight);
  raster.crs_from_pixel = Eigen::Scaling(2.0, -2.0) * Eigen::Translation2d(-650, -350);
  for (int row = 0; row < kHeight; ++row) {
    for (int col = 0; col < kWidth; ++col) {
      const auto i = static_cast<std::uint64_t>(row * kWidth + col);
      float& height = raster.grid.At(col, row);
      height = static_cast<float>(rise_m * std::sin(col / 60.0) * std::cos(row / 45.0));
      if (dem::RandomUniform(5, 1, i) < 0.0006) height += 2;
      if (std::abs(col - 400) < 20 && std::abs(row - 250) < 30)
        height = std::numeric_limits<float>::quiet_NaN();
    }
  }
  return raster;
}

template <typename T>
dem::Grid<T> Cut(const dem::Grid<T>& grid, const dem::CellWindow& window) {
  dem::Grid<T> part(window.width, window.height);
  for (int row = 0; row < window.height; ++row)
    std::copy_n(&grid.At(window.col, window.row + row), window.width, &part.At(0, row));
  return part;
}

/// A map in memory that is read by parts all the same.
class InParts : public PartedMap {
 public:
  InParts(const dem::HazardMap& map, const dem::Raster<float>& dem) : map_(map), dem_(dem) {}
  int width() const override { return map_.width(); }
  int height() const override { return map_.height(); }
  const std::string& crs_wkt() const override { return dem_.crs_wkt; }
  const Eigen::Affine2d& crs_from_pixel() const override { return dem_.crs_from_pixel; }
  dem::Grid<float> Probability(const dem::CellWindow& window) const override {
    return Cut(map_.p_site.grid, window);
  }
  dem::Grid<std::uint8_t> Classes(const dem::CellWindow& window) const override {
    return Cut(map_.hazard_class.grid, window);
  }
  dem::HazardMap Map(const dem::CellWindow& window) const override {
    return dem::CropHazards(map_, window.col, window.row, window.width, window.height);
  }
  dem::Grid<float> Heights(const dem::CellWindow& window) const override { return Cut(dem_.grid, window); }

 private:
  const dem::HazardMap& map_;
  const dem::Raster<float>& dem_;
};

void ExpectTheSame(const LandingSite& a, const LandingSite& b) {
  EXPECT_EQ(a.rank, b.rank);
  EXPECT_EQ(a.place.latitude_rad, b.place.latitude_rad);
  EXPECT_EQ(a.place.longitude_rad, b.place.longitude_rad);
  EXPECT_EQ(a.point_in_site_m, b.point_in_site_m);
  EXPECT_EQ(a.p_land, b.p_land);
  EXPECT_EQ(a.slope_rad, b.slope_rad);
  EXPECT_EQ(a.roughness_m, b.roughness_m);
  EXPECT_EQ(a.margin_m, b.margin_m);
  EXPECT_EQ(a.divert_distance_m, b.divert_distance_m);
  EXPECT_EQ(a.reasons, b.reasons);
}

struct PartedCase {
  double rise_m, limit_deg, east_m2, cross_m2, north_m2;
  std::size_t sites;
};
class PartedSites : public ::testing::TestWithParam<PartedCase> {};

// Sites, and the least bad place where there are none, are those of the map in memory, bit for bit.
TEST_P(PartedSites, AreThoseOfTheWhole) {
  const PartedCase& given = GetParam();
  const dem::Raster<float> ground = Hills(given.rise_m);
  dem::HazardOptions hazards;
  hazards.slope_limit_rad = dem::DegToRad(given.limit_deg);
  hazards.height_sigma_m = 0.1;
  const dem::HazardMap map = dem::MapHazards(ground, hazards);
  const dem::Site site = dem::MakeSite({dem::DegToRad(-60), dem::DegToRad(30)});
  LandingOptions options;
  options.count = 12;
  options.separation_m = 90;
  options.target_in_site_m = Eigen::Vector2d(10, 20);
  options.dispersion_m2 << given.east_m2, given.cross_m2, given.cross_m2, given.north_m2;
  const LandingChoice whole = SelectLandingSites(map, ground, site, options);
  int steps = 0;
  const LandingChoice parted =
      SelectLandingSitesByParts(InParts(map, ground), site, options, [&](int done, int all) {
        EXPECT_EQ(done, ++steps);
        EXPECT_GE(all, done);
      });
  ASSERT_EQ(whole.sites.size(), given.sites);  // the case means something
  EXPECT_EQ(parted.status, whole.status);
  ASSERT_EQ(parted.sites.size(), whole.sites.size());
  for (std::size_t i = 0; i < whole.sites.size(); ++i) ExpectTheSame(parted.sites[i], whole.sites[i]);
  ASSERT_EQ(parted.least_bad.has_value(), whole.least_bad.has_value());
  if (whole.least_bad) ExpectTheSame(*parted.least_bad, *whole.least_bad);
  EXPECT_GT(steps, 5);
}

INSTANTIATE_TEST_SUITE_P(Grounds, PartedSites,
                         ::testing::Values(PartedCase{2, 10, 25, 0, 25, 12},
                                           PartedCase{2, 10, 2500, -1000, 900, 12},
                                           PartedCase{60, 0.02, 25, 0, 25, 0}));

TEST(PartedSitesCheck, ADivertIsRefused) {
  const dem::Raster<float> ground = Hills(1);
  const dem::HazardMap map = dem::MapHazards(ground, {});
  LandingOptions options;
  options.target_in_site_m = Eigen::Vector2d(0, 0);
  options.divert_reach_m = 100;
  EXPECT_THROW(
      SelectLandingSitesByParts(InParts(map, ground), dem::MakeSite({0, 0}), options, [](int, int) {}),
      std::invalid_argument);
}

}  // namespace
}  // namespace perilune::nav
