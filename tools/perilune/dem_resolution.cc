#include "tools/perilune/dem_resolution.h"

#include "datasets/formats/uncertainty.h"
#include "dem/statistics/detail_pixel.h"

namespace perilune::tools {

double DetailPixelOf_m(const dem::RasterFile& file, double pixel_m) {
  return dem::DetailPixel_m(file.width(), file.height(), pixel_m, [&file](int column, int row, int side) {
    return file.ReadWindow(column, row, side, side).grid;
  });
}

DemResolution ResolutionOf(const dem::RasterFile& file, double pixel_m, std::optional<double> given_m) {
  using From = DemResolution::From;
  const std::optional<double> declared_m =
      given_m ? given_m : datasets::ReadMapUncertainty(file.path()).effective_resolution_m;
  if (declared_m) return {From::kDeclared, *declared_m, 0};
  const double detail_m = DetailPixelOf_m(file, pixel_m);
  if (detail_m > pixel_m) return {From::kSpectrum, dem::kDetailFullWidth_px * detail_m, detail_m};
  return {From::kCells, pixel_m, 0};
}

}  // namespace perilune::tools
