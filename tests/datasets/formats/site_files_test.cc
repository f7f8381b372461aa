#include "datasets/formats/site_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <string>

#include "dem/io/data_error.h"
#include "tests/support/small_disk.h"
#include "tests/support/temp_folder.h"

namespace perilune::datasets {
namespace {

using ::testing::_;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::Ne;
using ::testing::Pair;

TEST(SitesGeoJson, RoundTrip) {
  const test::TempFolder folder;
  nav::LandingSite landing;
  landing.rank = 1;
  landing.place = {dem::DegToRad(-84.7906), dem::DegToRad(-29.1957)};
  landing.point_in_site_m << 10.5, -20.25, 0.1;
  landing.p_land = 0.987654321;
  landing.slope_rad = dem::DegToRad(3.1);
  landing.roughness_m = 0.12;
  landing.margin_m = 24;
  landing.divert_distance_m = 17.5;
  landing.divert_dv_mps = std::numeric_limits<double>::quiet_NaN();
  landing.reasons = "slope 3.1 of 10.0 deg";
  const dem::Site site = dem::MakeSite({dem::DegToRad(-84.79), dem::DegToRad(-29.2)});
  landing.divert_time_s = 41.5;
  WriteSitesGeoJson(folder / "sites.geojson", {nav::LandingStatus::kSafeSite, {landing}, {}},
                    {site, 7, {{"a_m", 2}}});
  const SitesFile read = ReadSitesGeoJson(folder / "sites.geojson");
  ASSERT_EQ(read.choice.sites.size(), 1U);
  EXPECT_NEAR(read.site.origin.latitude_rad, site.origin.latitude_rad, 1e-15);
  EXPECT_EQ(read.choice.sites[0].rank, 1);
  EXPECT_NEAR(read.choice.sites[0].place.longitude_rad, landing.place.longitude_rad, 1e-15);
  EXPECT_EQ(read.choice.sites[0].point_in_site_m, landing.point_in_site_m);
  EXPECT_EQ(read.choice.sites[0].p_land, landing.p_land);
  EXPECT_NEAR(read.choice.sites[0].slope_rad, landing.slope_rad, 1e-16);
  EXPECT_EQ(read.choice.sites[0].divert_distance_m, 17.5);
  EXPECT_TRUE(std::isnan(read.choice.sites[0].divert_dv_mps));
  EXPECT_EQ(read.choice.sites[0].divert_time_s, 41.5);
  EXPECT_EQ(read.choice.sites[0].reasons, landing.reasons);
  EXPECT_EQ(read.choice.status, nav::LandingStatus::kSafeSite);
  EXPECT_FALSE(read.choice.least_bad.has_value());
}

TEST(SitesGeoJson, NoSitesIsAFileToo) {
  const test::TempFolder folder;
  nav::LandingChoice choice;
  WriteSitesGeoJson(folder / "sites.geojson", choice, {dem::MakeSite({0, 0}), 0, {}});
  EXPECT_EQ(ReadSitesGeoJson(folder / "sites.geojson").choice.status, nav::LandingStatus::kNothingInReach);
  choice.status = nav::LandingStatus::kNoSafeSite;
  choice.least_bad.emplace().p_land = 0.25;
  WriteSitesGeoJson(folder / "sites.geojson", choice, {dem::MakeSite({0, 0}), 0, {}});
  const nav::LandingChoice read = ReadSitesGeoJson(folder / "sites.geojson").choice;
  EXPECT_EQ(read.status, nav::LandingStatus::kNoSafeSite);
  EXPECT_TRUE(read.sites.empty());
  EXPECT_EQ(read.least_bad->p_land, 0.25);
}

TEST(SitesGeoJson, BadFilesAreDataErrors) {
  const test::TempFolder folder;
  EXPECT_THROW(ReadSitesGeoJson(folder / "missing.geojson"), dem::DataError);
  EXPECT_THROW(ReadSitesGeoJson(folder.path()), dem::DataError);
  EXPECT_THROW(ReadSitesGeoJson(folder.Write("a.geojson", "{\"type\": \"Feat")), dem::DataError);
  EXPECT_THROW(ReadSitesGeoJson(folder.Write("b.geojson", "{\"features\": []}")), dem::DataError);
  EXPECT_THROW(
      ReadSitesGeoJson(folder.Write(
          "c.geojson", "{\"site\": {\"latitude_deg\": 95, \"longitude_deg\": 0}, \"features\": []}")),
      dem::DataError);
}

nav::LandingChoice TwoSites() {
  nav::LandingChoice choice{nav::LandingStatus::kSafeSite, {nav::LandingSite{}, nav::LandingSite{}}, {}};
  choice.sites[0].rank = 1;
  choice.sites[1].rank = 2;
  choice.sites[1].divert_dv_mps = std::numeric_limits<double>::quiet_NaN();
  return choice;
}

TEST(ParametersOf, SaysWhichLanderAndHowItWasTested) {
  dem::Lander lander;
  lander.legs = 3;
  lander.max_tilt_rad = dem::DegToRad(8);
  dem::HazardOptions options = dem::HazardOptions().With(lander);
  options.footprint_test.yaws = 12;
  options.footprint_test.planes = dem::PadPlanes::kEveryThree;
  options.probability_draws = 96;
  const auto named = ParametersOf(options, {});
  const std::map<std::string, double> parameters(named.begin(), named.end());
  EXPECT_EQ(named.size(), parameters.size()) << "a name twice";
  EXPECT_EQ(parameters.at("legs"), 3);
  EXPECT_EQ(parameters.at("lander_max_tilt_deg"), 8);
  EXPECT_EQ(parameters.at("leg_circle_diameter_m"), lander.leg_circle_diameter_m);
  EXPECT_EQ(parameters.at("pad_diameter_m"), lander.pad_diameter_m);
  EXPECT_EQ(parameters.at("body_clearance_m"), lander.body_clearance_m);
  EXPECT_EQ(parameters.at("max_roughness_m"), lander.max_roughness_m);
  EXPECT_EQ(parameters.at("yaws"), 12);
  EXPECT_EQ(parameters.at("every_three_pads"), 1);
  EXPECT_EQ(parameters.at("draws"), 96);

  const auto planes = ParametersOf({}, {});
  EXPECT_THAT(planes, Each(Pair(AllOf(Ne("legs"), Ne("draws")), _)));
}

// What is in it is read back by tests/dem/io/geopackage_test.cc.
TEST(SitesGeoPackage, SameBytesAndNothingBesideIt) {
  const test::TempFolder folder;
  const SitesContext context{dem::MakeSite({0, 0}), 7, {{"a_m", 2}}};
  WriteSitesGeoPackage(folder / "a.gpkg", TwoSites(), context);
  WriteSitesGeoPackage(folder / "b.gpkg", TwoSites(), context);
  EXPECT_EQ(test::CountEntries(folder.path()), 2);
  const std::string a = test::ReadBytes(folder / "a.gpkg");
  EXPECT_EQ(a.substr(0, 15), "SQLite format 3");
  EXPECT_TRUE(a == test::ReadBytes(folder / "b.gpkg"));
}

TEST(SitesGeoPackage, AFullDiskIsAnErrorAndLeavesNothing) {
  const test::SmallDisk disk(24);
  if (!disk.mounted()) GTEST_SKIP() << "needs root to mount a small disk";
  EXPECT_THROW(WriteSitesGeoPackage(disk.path() / "a.gpkg", TwoSites(), {dem::MakeSite({0, 0}), 7, {}}),
               dem::WriteError);
  EXPECT_EQ(test::CountEntries(disk.path()), 0);
}

}  // namespace
}  // namespace perilune::datasets
