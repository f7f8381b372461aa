#include "nav/landing/landing_sites.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "dem/io/write_raster.h"

namespace perilune::nav {
namespace {

/// A 201 × 201 world of 1 m cells around a site, orthographic.
dem::Raster<float> World(const std::function<double(double, double)>& height, int size = 201) {
  dem::Raster<float> raster;
  raster.crs_wkt = dem::OrthographicCrs(-60, 30);
  raster.grid = dem::Grid<float>(size, size);
  raster.crs_from_pixel = Eigen::Scaling(1.0, -1.0) * Eigen::Translation2d(-(size / 2), -(size / 2));
  for (int row = 0; row < size; ++row) {
    for (int col = 0; col < size; ++col) {
      raster.grid.At(col, row) = static_cast<float>(height(col - size / 2, size / 2 - row));
    }
  }
  return raster;
}

dem::Site SiteOfWorld() { return dem::MakeSite({dem::DegToRad(-60), dem::DegToRad(30)}); }

LandingChoice Choose(const dem::Raster<float>& world, const LandingOptions& options,
                     const dem::HazardOptions& hazards = {}) {
  return SelectLandingSites(dem::MapHazards(world, hazards), world, SiteOfWorld(), options);
}

std::vector<LandingSite> Select(const dem::Raster<float>& world, const LandingOptions& options,
                                const dem::HazardOptions& hazards = {}) {
  return Choose(world, options, hazards).sites;
}

// Steep ground with one flat disc: the best site is its middle, the margin its radius less the footprint's.
TEST(LandingSites, MiddleOfAnIsland) {
  const auto world = World([](double x, double y) {
    const double r = std::hypot(x - 30, y + 20);
    return r < 40 ? 7.0 : 7.0 + 0.5 * (r - 40);
  });
  LandingOptions options;
  options.dispersion_m2 = Eigen::Matrix2d::Identity() * 100;
  options.target_in_site_m = Eigen::Vector2d(0, 0);
  const auto sites = Select(world, options);
  ASSERT_EQ(sites.size(), 1U);  // 100 m of separation: the disc has room for one
  const LandingSite& best = sites.front();
  EXPECT_EQ(best.rank, 1);
  EXPECT_NEAR(best.point_in_site_m.x(), 30, 1.01);
  EXPECT_NEAR(best.point_in_site_m.y(), -20, 1.01);
  EXPECT_NEAR(best.point_in_site_m.z(), 7, 0.01);
  EXPECT_NEAR(best.margin_m, 38, 2.5);  // unsafe from where the footprint reaches beyond the rim far enough
  EXPECT_NEAR(best.slope_rad, 0, 1e-4);
  EXPECT_GT(best.p_land, 0.99);
  EXPECT_NEAR(best.divert_distance_m, std::hypot(30, 20), 1.5);
  EXPECT_TRUE(std::isnan(best.divert_dv_mps));
  EXPECT_NE(best.reasons.find("slope 0.0 of 10.0 deg, roughness 0.00 of 0.50 m, "), std::string::npos)
      << best.reasons;
  EXPECT_NE(best.reasons.find(" m to "), std::string::npos);
}

TEST(LandingSites, RankedSeparatedAndDeterministic) {
  const auto world = World([](double x, double y) { return 2.5 * std::sin(x / 9) * std::sin(y / 11); });
  LandingOptions options;
  options.count = 8;
  options.separation_m = 25;
  const auto sites = Select(world, options), again = Select(world, options);
  ASSERT_EQ(sites.size(), 8U);
  for (std::size_t i = 0; i < sites.size(); ++i) {
    EXPECT_EQ(sites[i].rank, static_cast<int>(i) + 1);
    EXPECT_EQ(sites[i].point_in_site_m, again[i].point_in_site_m);
    if (i > 0) {
      EXPECT_LE(sites[i].p_land, sites[i - 1].p_land + 1e-4);
    }
    for (std::size_t j = 0; j < i; ++j) {
      EXPECT_GE((sites[i].point_in_site_m - sites[j].point_in_site_m).head<2>().norm(), 25 - 0.01);
    }
  }
}

// Equal probability everywhere on flat ground: the margin decides, and that is largest in the middle.
TEST(LandingSites, TiesGoToTheLargestMargin) {
  LandingOptions options;
  options.dispersion_m2.setZero();
  dem::HazardOptions hazards;
  hazards.footprint_m =
      11;  // no cell's centre on the circle: rounding must not decide what the map's edge is
  const auto sites = Select(World([](double, double) { return 0.0; }), options, hazards);
  ASSERT_FALSE(sites.empty());
  EXPECT_NEAR(sites.front().point_in_site_m.x(), 0, 1e-3);
  EXPECT_NEAR(sites.front().point_in_site_m.y(), 0, 1e-3);
  EXPECT_NEAR(sites.front().margin_m, 96, 0.01);  // 100 cells to the edge less the footprint's 5, plus one
  EXPECT_NE(sites.front().reasons.find("96 m to the map's edge"), std::string::npos) << sites.front().reasons;
  EXPECT_TRUE(std::isnan(sites.front().divert_dv_mps));
}

// Half a map is a cliff's foot: with dispersion sigma, an aim d metres inside is safe with Φ(d / sigma).
TEST(LandingSites, ProbabilityBesideAnEdgeIsTheNormalIntegral) {
  dem::Raster<float> world = World([](double, double) { return 0.0; });
  dem::HazardMap map = dem::MapHazards(world, {});
  for (int row = 0; row < 201; ++row) {
    for (int col = 0; col < 201; ++col) {
      const bool safe = col >= 100 && map.hazard_class.grid.At(col, row) == 0;
      map.p_site.grid.At(col, row) = safe ? 1 : 0;
      map.hazard_class.grid.At(col, row) =
          static_cast<std::uint8_t>(safe ? dem::HazardClass::kSafe : dem::HazardClass::kHazardous);
    }
  }
  LandingOptions options;
  options.dispersion_m2 << 36, 0, 0, 1;
  options.target_in_site_m = Eigen::Vector2d(5, 0);
  options.divert_reach_m = 0.6;  // the one cell at (5, 0)
  const auto sites = SelectLandingSites(map, world, SiteOfWorld(), options).sites;
  ASSERT_EQ(sites.size(), 1U);
  // Safe cells start half a cell left of column 100: 5.5 m from x = 5.
  EXPECT_NEAR(sites.front().p_land, 0.5 * std::erfc(-5.5 / 6 / std::sqrt(2.0)), 1e-4);
  EXPECT_NEAR(sites.front().margin_m, 6, 1e-3);
}

// A hillside whose slope falls to the west: nowhere safe, and the least bad place is where it is least steep.
TEST(LandingSites, NoSafeSiteComesWithTheLeastBadPlace) {
  const auto world = World([](double x, double) { return 0.002 * (x + 250) * (x + 250); });  // 31° to 54°
  const LandingChoice choice = Choose(world, {});
  EXPECT_EQ(choice.status, LandingStatus::kNoSafeSite);
  EXPECT_TRUE(choice.sites.empty());
  ASSERT_TRUE(choice.least_bad.has_value());
  EXPECT_EQ(choice.least_bad->rank, 0);
  EXPECT_EQ(choice.least_bad->p_land, 0);
  EXPECT_NEAR(choice.least_bad->point_in_site_m.x(), -95, 1e-2);  // as far west as the footprint is known
  EXPECT_EQ(choice.least_bad->margin_m, 0);
  EXPECT_NE(choice.least_bad->reasons.find("0 m to slope"), std::string::npos) << choice.least_bad->reasons;
}

// Where nothing but the floor stands against the best cell, that cell is the least bad place.
TEST(LandingSites, BelowTheFloorIsNoSite) {
  LandingOptions options;
  options.dispersion_m2 = Eigen::Matrix2d::Identity() * 60 * 60;
  const auto world = World([](double, double) { return 0.0; });
  const LandingChoice free = Choose(world, options);
  ASSERT_EQ(free.status, LandingStatus::kSafeSite);
  EXPECT_FALSE(free.least_bad.has_value());
  options.min_p_land = free.sites.front().p_land + 0.01;
  const LandingChoice choice = Choose(world, options);
  EXPECT_EQ(choice.status, LandingStatus::kNoSafeSite);
  ASSERT_TRUE(choice.least_bad.has_value());
  EXPECT_NEAR(choice.least_bad->p_land, free.sites.front().p_land, 1e-4);
  EXPECT_NEAR(choice.least_bad->point_in_site_m.head<2>().norm(), 0, 5);
}

TEST(LandingSites, NothingKnownHasNoLeastBadPlace) {
  const LandingChoice choice = Choose(World([](double, double) { return std::nan(""); }), {});
  EXPECT_EQ(choice.status, LandingStatus::kNothingInReach);
  EXPECT_TRUE(choice.sites.empty());
  EXPECT_FALSE(choice.least_bad.has_value());
}

/// Two flat discs in rough ground, 120 m apart, the eastern one larger; a lander over the western one.
dem::Raster<float> TwoIslands() {
  return World([](double x, double y) {
    const double west = std::hypot(x + 60, y) - 24, east = std::hypot(x - 60, y) - 36;
    return 3 + 0.6 * std::max(0.0, std::min(west, east));
  });
}

TEST(LandingSites, OnlyWhatTheDivertReaches) {
  LandingOptions options;
  options.dispersion_m2 = Eigen::Matrix2d::Identity() * 16;
  EXPECT_NEAR(Select(TwoIslands(), options).front().point_in_site_m.x(), 60, 2);
  Divert divert;
  divert.state = {{-60, 0, 63}, {0, 0, -3}};
  options.divert = divert;
  const auto ample = Select(TwoIslands(), options);
  ASSERT_EQ(ample.size(), 2U);
  EXPECT_NEAR(ample[0].point_in_site_m.x(), 60, 2);
  EXPECT_GT(ample[0].divert_dv_mps, ample[1].divert_dv_mps);
  EXPECT_GT(ample[1].divert_time_s, 10);
  options.divert->limits.max_tilt_rad = dem::DegToRad(10);
  options.divert->limits.max_time_s = 28;
  const auto hurried = Select(TwoIslands(), options);
  ASSERT_EQ(hurried.size(), 1U);
  EXPECT_NEAR(hurried[0].point_in_site_m.x(), -60, 2);
  options.divert->limits.max_time_s = 5;
  const LandingChoice late = Choose(TwoIslands(), options);
  EXPECT_EQ(late.status, LandingStatus::kNothingInReach);
  EXPECT_FALSE(late.least_bad.has_value());
}

// A wall between the lander and the only safe ground: reached over it or not at all.
TEST(LandingSites, GroundInTheWayOfTheDivert) {
  const auto walled = [](double wall_m) {
    return World([wall_m](double x, double y) {
      if (std::abs(x) < 3) return wall_m;
      return x > 0 ? 0.6 * std::max(0.0, std::hypot(x - 60, y) - 30) : 0.9 * std::abs(x + 50) + 0.5 * y;
    });
  };
  LandingOptions options;
  options.dispersion_m2 = Eigen::Matrix2d::Identity() * 4;
  Divert divert;
  divert.state = {{-80, 0, 120}, {3, 0, -3}};
  options.divert = divert;
  EXPECT_EQ(Choose(walled(20), options).status, LandingStatus::kSafeSite);
  const LandingChoice choice = Choose(walled(3000), options);
  EXPECT_NE(choice.status, LandingStatus::kSafeSite);
}

TEST(LandingSites, ReachAndLeastProbability) {
  const auto flat = World([](double, double) { return 0.0; });
  LandingOptions options;
  options.separation_m = 5;
  options.count = 1000;
  options.target_in_site_m = Eigen::Vector2d(-50, 40);
  options.divert_reach_m = 12;
  const auto sites = Select(flat, options);
  EXPECT_GT(sites.size(), 5U);
  for (const LandingSite& site : sites) EXPECT_LE(site.divert_distance_m, 12);
  options.min_p_land = 1;
  options.dispersion_m2 = Eigen::Matrix2d::Identity() * 1e4;
  EXPECT_TRUE(Select(flat, options).empty());
}

TEST(LandingSites, BadOptions) {
  const auto world = World([](double, double) { return 0.0; }, 21);
  LandingOptions options;
  options.dispersion_m2 << 1, 2, 2, 1;
  EXPECT_THROW(Select(world, options), std::invalid_argument);
  options = {};
  options.divert_reach_m = 5;
  EXPECT_THROW(Select(world, options), std::invalid_argument);
  options = {};
  options.count = 0;
  EXPECT_THROW(Select(world, options), std::invalid_argument);
  EXPECT_THROW(SelectLandingSites(dem::MapHazards(world, {}), World([](double, double) { return 0.0; }, 23),
                                  SiteOfWorld(), {}),
               std::invalid_argument);
}

TEST(DescribeReasons, EveryBitHasAWord) {
  for (const std::uint16_t bit :
       {dem::kReasonSlope, dem::kReasonRoughness, dem::kReasonRelief, dem::kReasonShadow, dem::kReasonUnknown,
        dem::kReasonEdge, dem::kReasonTilt, dem::kReasonClearance})
    EXPECT_FALSE(DescribeReasons(bit).empty()) << bit;
  EXPECT_EQ(DescribeReasons(dem::kReasonTilt | dem::kReasonClearance), "tilt and clearance");
}

}  // namespace
}  // namespace perilune::nav
