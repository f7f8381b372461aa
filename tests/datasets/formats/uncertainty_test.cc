#include "datasets/formats/uncertainty.h"

#include <gtest/gtest.h>

#include "dem/io/data_error.h"
#include "tests/support/temp_folder.h"

namespace perilune::datasets {
namespace {

TEST(MapUncertainty, RoundTrips) {
  const test::TempFolder folder;
  const MapUncertainty written = {2, 800, 30, std::nullopt, 200.5};
  WriteMapUncertainty(folder / "m.tif", written);
  const MapUncertainty read = ReadMapUncertainty(folder / "m.tif");
  EXPECT_EQ(read.height_sigma_m, 2);
  EXPECT_EQ(read.height_correlation_m, 800);
  EXPECT_EQ(read.tie_sigma_horizontal_m, 30);
  EXPECT_FALSE(read.tie_sigma_vertical_m);
  EXPECT_EQ(read.effective_resolution_m, 200.5);
}

TEST(MapUncertainty, AssumesNothingWithoutSidecar) {
  const test::TempFolder folder;
  const MapUncertainty read = ReadMapUncertainty(folder / "m.tif");
  EXPECT_FALSE(read.height_sigma_m || read.height_correlation_m || read.tie_sigma_horizontal_m ||
               read.tie_sigma_vertical_m || read.effective_resolution_m);
}

TEST(MapUncertainty, RefusesBadSidecars) {
  const test::TempFolder folder;
  for (const char* text : {"height_sigma: 2\n", "height_sigma_m: -1\n", "frame: PA\n"}) {
    folder.Write("m.tif.uncertainty.yaml", text);
    EXPECT_THROW(ReadMapUncertainty(folder / "m.tif"), dem::DataError) << text;
  }
}

}  // namespace
}  // namespace perilune::datasets
