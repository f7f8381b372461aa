#include "datasets/formats/hazard_files.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "dem/io/data_error.h"
#include "dem/io/raster_file.h"
#include "dem/io/write_raster.h"
#include "tests/support/temp_folder.h"

namespace perilune::datasets {
namespace {

dem::Raster<float> Ground() {
  dem::Raster<float> raster;
  raster.grid = dem::Grid<float>(40, 30, 0.0F);
  raster.grid.At(20, 15) = 2;
  raster.crs_wkt = dem::OrthographicCrs(-30, 170);
  raster.crs_from_pixel = Eigen::Scaling(2.0, -2.0) * Eigen::Translation2d(-20, -15);
  return raster;
}

TEST(HazardMapFiles, BandsReadBack) {
  const test::TempFolder folder;
  const dem::HazardMap map = dem::MapHazards(Ground(), {});
  WriteHazardMap(folder / "deep/hazards", map);
  for (const char* name : {"p_site", "slope_rad", "roughness_m", "relief_m", "class", "reasons"}) {
    EXPECT_TRUE(std::filesystem::exists(folder / "deep/hazards" / (std::string(name) + ".tif"))) << name;
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "deep/hazards/lit_fraction.tif"));
  const auto roughness = dem::RasterFile(folder / "deep/hazards/roughness_m.tif").ReadWindow(0, 0, 40, 30);
  EXPECT_EQ(roughness.grid.At(20, 15), map.roughness_m.grid.At(20, 15));
  EXPECT_TRUE(std::isnan(roughness.grid.At(0, 0)));
  const auto classes = dem::RasterFile(folder / "deep/hazards/class.tif").ReadWindow(0, 0, 40, 30);
  EXPECT_EQ(classes.grid.At(20, 15), 1);
  EXPECT_EQ(classes.grid.At(5, 15), 0);
  EXPECT_EQ(classes.grid.At(0, 0), 2);
  const auto reasons = dem::RasterFile(folder / "deep/hazards/reasons.tif").ReadWindow(0, 0, 40, 30);
  EXPECT_EQ(reasons.grid.At(20, 15), dem::kReasonRoughness);
  EXPECT_EQ(reasons.grid.At(0, 0), dem::kReasonUnknown | dem::kReasonEdge);
}

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
  WriteSitesGeoJson(folder / "sites.geojson", {landing}, site);
  const SitesFile read = ReadSitesGeoJson(folder / "sites.geojson");
  ASSERT_EQ(read.sites.size(), 1U);
  EXPECT_NEAR(read.site.origin.latitude_rad, site.origin.latitude_rad, 1e-15);
  EXPECT_EQ(read.sites[0].rank, 1);
  EXPECT_NEAR(read.sites[0].place.longitude_rad, landing.place.longitude_rad, 1e-15);
  EXPECT_EQ(read.sites[0].point_in_site_m, landing.point_in_site_m);
  EXPECT_EQ(read.sites[0].p_land, landing.p_land);
  EXPECT_NEAR(read.sites[0].slope_rad, landing.slope_rad, 1e-16);
  EXPECT_EQ(read.sites[0].divert_distance_m, 17.5);
  EXPECT_TRUE(std::isnan(read.sites[0].divert_dv_mps));
  EXPECT_EQ(read.sites[0].reasons, landing.reasons);
}

TEST(SitesGeoJson, NoSitesIsAFileToo) {
  const test::TempFolder folder;
  WriteSitesGeoJson(folder / "sites.geojson", {}, dem::MakeSite({0, 0}));
  EXPECT_TRUE(ReadSitesGeoJson(folder / "sites.geojson").sites.empty());
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

}  // namespace
}  // namespace perilune::datasets
