#include "dem/io/geopackage.h"

#include <gdal_priv.h>
#include <gtest/gtest.h>
#include <ogrsf_frmts.h>

#include <limits>
#include <stdexcept>

#include "dem/io/data_error.h"
#include "dem/io/lunar_crs.h"
#include "tests/support/small_disk.h"
#include "tests/support/temp_folder.h"

namespace perilune::dem {
namespace {

PointLayer Layer() {
  PointLayer layer;
  layer.name = "places";
  layer.description = "two places";
  layer.fields = {{"rank", std::int64_t{}}, {"p", 0.0}, {"why", std::string{}}};
  layer.features = {{{DegToRad(-84.5), DegToRad(170.25)}, {std::int64_t{1}, 0.75, std::string("flat")}},
                    {{DegToRad(10), DegToRad(-20)},
                     {std::int64_t{2}, std::numeric_limits<double>::quiet_NaN(), std::string("")}}};
  return layer;
}

TEST(GeoPackage, ReadsBackWithOgr) {
  const test::TempFolder folder;
  WriteGeoPackage(folder / "a.gpkg", {Layer()}, {{"KEY", "value"}});
  EXPECT_EQ(test::CountEntries(folder.path()), 1);
  const GDALDatasetUniquePtr file(
      GDALDataset::Open((folder / "a.gpkg").c_str(), GDAL_OF_VECTOR | GDAL_OF_READONLY));
  ASSERT_TRUE(file);
  EXPECT_STREQ(file->GetMetadataItem("KEY"), "value");
  ASSERT_EQ(file->GetLayerCount(), 1);
  OGRLayer* layer = file->GetLayerByName("places");
  ASSERT_NE(layer, nullptr);
  ASSERT_NE(layer->GetSpatialRef(), nullptr);
  EXPECT_TRUE(IsLunarSphere(*layer->GetSpatialRef()));
  EXPECT_TRUE(layer->GetSpatialRef()->IsGeographic());
  const OGRFeatureUniquePtr first(layer->GetNextFeature()), second(layer->GetNextFeature());
  ASSERT_TRUE(first && second);
  const OGRPoint* point = first->GetGeometryRef()->toPoint();
  EXPECT_DOUBLE_EQ(point->getX(), 170.25);
  EXPECT_DOUBLE_EQ(point->getY(), -84.5);
  EXPECT_EQ(first->GetFieldAsInteger64("rank"), 1);
  EXPECT_EQ(first->GetFieldAsDouble("p"), 0.75);
  EXPECT_STREQ(first->GetFieldAsString("why"), "flat");
  EXPECT_EQ(second->GetFieldAsInteger64("rank"), 2);
  EXPECT_TRUE(second->IsFieldNull(second->GetFieldIndex("p")));
  const OGRFeatureUniquePtr third(layer->GetNextFeature());
  EXPECT_FALSE(third);
}

TEST(GeoPackage, SameContentSameBytes) {
  const test::TempFolder folder;
  WriteGeoPackage(folder / "a.gpkg", {Layer()});
  WriteGeoPackage(folder / "b.gpkg", {Layer()});
  EXPECT_TRUE(test::ReadBytes(folder / "a.gpkg") == test::ReadBytes(folder / "b.gpkg"));
}

TEST(GeoPackage, ReplacesAnOlderFile) {
  const test::TempFolder folder;
  folder.Write("a.gpkg", "old");
  WriteGeoPackage(folder / "a.gpkg", {Layer()});
  EXPECT_EQ(test::ReadBytes(folder / "a.gpkg").substr(0, 15), "SQLite format 3");
}

TEST(GeoPackage, AFullDiskIsAnErrorAndLeavesTheOldFile) {
  for (const int kilobytes : {16, 40, 64, 88}) {
    const test::SmallDisk disk(kilobytes);
    if (!disk.mounted()) GTEST_SKIP() << "needs root to mount a small disk";
    EXPECT_THROW(WriteGeoPackage(disk.path() / "a.gpkg", {Layer()}), WriteError) << kilobytes;
    EXPECT_EQ(test::CountEntries(disk.path()), 0) << kilobytes;
  }
}

TEST(GeoPackage, BadInput) {
  const test::TempFolder folder;
  PointLayer layer = Layer();
  layer.features[0].values.pop_back();
  EXPECT_THROW(WriteGeoPackage(folder / "a.gpkg", {layer}), std::invalid_argument);
  layer = Layer();
  layer.features[0].values[0] = 1.0;
  EXPECT_THROW(WriteGeoPackage(folder / "a.gpkg", {layer}), std::invalid_argument);
  EXPECT_THROW(WriteGeoPackage(folder / "none/a.gpkg", {Layer()}), WriteError);
  EXPECT_EQ(test::CountEntries(folder.path()), 0);
}

}  // namespace
}  // namespace perilune::dem
