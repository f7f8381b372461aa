#include <algorithm>

#include "dem/io/raster_file.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/fuzz_target.h"

PERILUNE_FUZZ_TARGET(raster) {
  const perilune::test::MemoryFile file(bytes);
  perilune::test::AllowDataError([&] {
    const perilune::dem::RasterFile raster(file.path());
    raster.Description();
    raster.PlacesFromPixels({{0, 0}});
    // A window, as its users read: a header of a few bytes may promise any size.
    raster.ReadWindow(-1, -1, std::min(raster.width(), 256), std::min(raster.height(), 256));
  });
}
