#include "tools/crater_trials/rendered_views.h"

#include <gtest/gtest.h>

#include "datasets/formats/crater_import.h"
#include "datasets/formats/crater_mapping.h"
#include "datasets/scenarios/locate.h"
#include "dem/craters/crater_heights.h"
#include "dem/io/raster_file.h"
#include "tests/support/real_data.h"
#include "vision/craters/crater_network.h"

namespace perilune::tools {
namespace {

constexpr std::uint64_t kCopernicus = 5;  // the site of that view, at 10 N, 20 W

vision::CraterMap MapOf(std::vector<dem::Crater> craters, bool mirrored) {
  for (dem::Crater& crater : craters) {
    if (mirrored) crater.centre.longitude_rad = 2 * dem::DegToRad(-20) - crater.centre.longitude_rad;
  }
  return vision::CraterMap(craters);
}

// What the detector finds in a picture of Copernicus lies on LU1319381's craters, and hardly on them when
// east and west are exchanged.
TEST(RenderedViewsDataSlow, DetectionsLieOnTheCataloguesCraters) {
  const std::filesystem::path data = test::RealData();
  const auto labels = data / "craters/lu1319381_copernicus.csv";
  if (!std::filesystem::exists(labels)) GTEST_SKIP() << "no " << labels;
  std::vector<dem::Crater> craters =
      datasets::ImportCraters(labels, datasets::ReadCraterMapping(datasets::FindCraterMapping("lu1319381")))
          .craters;
  dem::SetHeightsFromDem(craters, dem::RasterFile(data / "dem/gld100_16ppd_global.tif"));
  RenderedViewOptions options;
  options.data = data;
  options.detector.network =
      std::make_shared<vision::CraterNetwork>(datasets::FindCraterNetwork("crater_centres"));
  RenderedViews views(options, vision::PinholeCamera(1024, dem::kPi / 2));
  const auto found = [&](bool mirrored) {
    return views.Take(MapOf(craters, mirrored), {}, 9001, kCopernicus).front().TrulyDetected();
  };
  EXPECT_GE(found(false), 40);
  EXPECT_LE(found(true), found(false) / 2);
}

}  // namespace
}  // namespace perilune::tools
