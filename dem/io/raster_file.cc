#include "dem/io/raster_file.h"

#include <gdal_priv.h>
#include <ogr_spatialref.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>

#include "dem/io/data_error.h"
#include "dem/io/gdal.h"
#include "dem/io/gdal_band.h"
#include "dem/io/lunar_crs.h"
#include "dem/raster/no_value.h"

namespace perilune::dem {
namespace {

/// The Moon's relief is −9.1 … +10.8 km: what lies beyond this is a radius or an undeclared nodata value.
constexpr double kGreatestHeight_m = 100e3;
/// An offset this near to the Moon's radius makes radii of heights.
constexpr double kRadiusOffsetTolerance_m = 50e3;
/// Rows converted at a time: bounds the double-precision buffer.
constexpr int kRowsAtOnce = 64;

using Transform = std::unique_ptr<OGRCoordinateTransformation>;

void CheckReadable(const std::filesystem::path& path) {
  VSIStatBufL info;
  if (VSIStatL(path.c_str(), &info) != 0) throw DataError(path, "no such file");
  if (VSI_ISREG(info.st_mode) && info.st_size == 0) throw DataError(path, "the file is empty (0 bytes)");
}

GDALDatasetUniquePtr Open(const std::filesystem::path& path) {
  InitialiseGdal();
  CheckReadable(path);
  GdalErrors errors;
  GDALDatasetUniquePtr dataset(
      GDALDataset::Open(path.c_str(), GDAL_OF_RASTER | GDAL_OF_READONLY | GDAL_OF_VERBOSE_ERROR));
  if (!dataset) throw DataError(path, "not a readable raster: " + errors.Text("unknown format"));
  if (dataset->GetRasterXSize() < 1 || dataset->GetRasterYSize() < 1)
    throw DataError(path, "the raster has no pixels");
  return dataset;
}

GDALRasterBand* FindBand(const std::filesystem::path& path, GDALDataset& dataset, int index, bool codes) {
  const int count = dataset.GetRasterCount();
  if (count == 0) throw DataError(path, "it has no raster bands (a container? name one of its sub-datasets)");
  if (index < 1 || index > count) {
    throw DataError(path, "no band " + std::to_string(index) + ": it has " + std::to_string(count));
  }
  GDALRasterBand* band = dataset.GetRasterBand(index);
  const GDALDataType type = band->GetRasterDataType();
  if (type == GDT_Unknown || GDALDataTypeIsComplex(type)) {
    throw DataError(
        path, "band " + std::to_string(index) + " holds no real numbers (" + GDALGetDataTypeName(type) + ")");
  }
  if (band->GetColorTable() != nullptr && !codes) {
    throw DataError(path, "band " + std::to_string(index) + " is a picture with a colour table, not heights");
  }
  return band;
}

constexpr const char* kUnplacedCrs = "+proj=eqc +lat_ts=0 +lon_0=0 +R=1737400 +units=m +no_defs +type=crs";

/// Some drivers answer with the identity where a file has no geotransform.
bool IsPlaced(GDALDataset& dataset) {
  constexpr std::array<double, 6> kIdentity{0, 1, 0, 0, 0, 1};
  std::array<double, 6> g{};
  return dataset.GetSpatialRef() != nullptr ||
         (dataset.GetGeoTransform(g.data()) == CE_None && g != kIdentity);
}

Eigen::Affine2d PatchAroundOrigin(GDALDataset& dataset, double pixel_size_m) {
  const Eigen::Vector2d middle(0.5 * (dataset.GetRasterXSize() - 1), 0.5 * (dataset.GetRasterYSize() - 1));
  return Eigen::Scaling(pixel_size_m, -pixel_size_m) * Eigen::Translation2d(-middle);
}

/// Centre convention from GDAL's corner convention: the first pixel's centre is at GDAL's (0.5, 0.5).
Eigen::Affine2d CrsFromPixel(const std::filesystem::path& path, GDALDataset& dataset) {
  std::array<double, 6> g{};
  if (dataset.GetGeoTransform(g.data()) != CE_None) {
    throw DataError(path,
                    "it has no geotransform: place it with gdal_translate -a_ullr, or give the size of its "
                    "pixels where that is offered");
  }
  Eigen::Affine2d crs_from_corner;
  crs_from_corner.matrix() << g[1], g[2], g[0], g[4], g[5], g[3], 0, 0, 1;
  if (!crs_from_corner.matrix().allFinite() || std::abs(crs_from_corner.linear().determinant()) < 1e-300) {
    throw DataError(path, "its geotransform is not finite or has pixels of no size");
  }
  return crs_from_corner * Eigen::Translation2d(0.5, 0.5);
}

double MetresPerUnit(const std::filesystem::path& path, const std::string& unit) {
  if (unit == "km" || unit == "kilometre" || unit == "kilometer" || unit == "kilometers") return 1000;
  if (unit == "ft" || unit == "foot" || unit == "feet")
    throw DataError(path, "its heights are in feet: convert to m");
  return 1;
}

/// height_m = scale · stored + offset, nodata in stored units.
struct Encoding {
  double scale = 1;
  double offset_m = 0;
  std::optional<double> nodata;
  bool undeclared_int16_null = false;  ///< −32768 would be read as a height
};

Encoding FindEncoding(const std::filesystem::path& path, GDALRasterBand& band) {
  Encoding encoding;
  const double metres = MetresPerUnit(path, band.GetUnitType());
  encoding.scale = band.GetScale() * metres;
  encoding.offset_m = band.GetOffset() * metres;
  if (!std::isfinite(encoding.scale) || encoding.scale == 0 || !std::isfinite(encoding.offset_m)) {
    throw DataError(path, "its scale or offset is zero or not finite");
  }
  if (std::abs(encoding.offset_m - kMoonRadius_m) < kRadiusOffsetTolerance_m)
    encoding.offset_m -= kMoonRadius_m;
  int has_nodata = 0;
  const double nodata = band.GetNoDataValue(&has_nodata);
  if (has_nodata) encoding.nodata = nodata;
  encoding.undeclared_int16_null = !has_nodata && band.GetRasterDataType() == GDT_Int16;
  return encoding;
}

Transform MakeTransform(const std::filesystem::path& path, const OGRSpatialReference& from,
                        const OGRSpatialReference& to) {
  GdalErrors errors;
  Transform transform(OGRCreateCoordinateTransformation(&from, &to));
  if (!transform) throw DataError(path, "its CRS cannot be used: " + errors.Text("unknown projection"));
  return transform;
}

/// PROJ marks points without an answer with infinities or a false flag.
void TransformAll(OGRCoordinateTransformation& transform, std::vector<double>& x, std::vector<double>& y) {
  if (x.empty()) return;
  GdalErrors quiet;
  std::vector<int> ok(x.size(), 1);
  transform.Transform(static_cast<int>(x.size()), x.data(), y.data(), nullptr, ok.data());
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (ok[i] && std::isfinite(x[i]) && std::isfinite(y[i])) continue;
    x[i] = y[i] = std::numeric_limits<double>::quiet_NaN();
  }
}

int FloorDivide(int a, int b) { return a / b - (a % b < 0 ? 1 : 0); }

}  // namespace

struct RasterFile::Impl {
  std::filesystem::path path;
  GDALDatasetUniquePtr dataset;
  GDALRasterBand* band = nullptr;
  Encoding encoding;
  Eigen::Affine2d crs_from_pixel, pixel_from_crs;
  OGRSpatialReference crs;
  std::string crs_wkt;
  double rad_per_unit = 1;  ///< of the geographic CRS
  double turn_in_crs = 0;
  std::optional<double> columns_per_turn;
  Transform crs_from_geographic, geographic_from_crs;

  void ReadPart(int col, int row, Grid<float>& grid, int to_col, int to_row, int width, int height);
  void ReadRows(int col, int row, int width, int height, std::vector<double>& stored,
                std::vector<std::uint8_t>& mask);
  float HeightOf(double stored, int col, int row) const;
  bool HasMask() const { return (band->GetMaskFlags() & (GMF_ALL_VALID | GMF_NODATA)) == 0; }
};

RasterFile::RasterFile(const std::filesystem::path& path, const RasterFileOptions& options)
    : impl_(std::make_unique<Impl>()) {
  Impl& m = *impl_;
  m.path = path;
  m.dataset = Open(path);
  m.band = FindBand(path, *m.dataset, options.band, options.codes);
  m.encoding = FindEncoding(path, *m.band);
  RefusePrincipalAxisLabel(path);
  if (options.pixel_size_m > 0) {
    if (IsPlaced(*m.dataset))
      throw DataError(path, "it has a georeference of its own: leave the pixel size out");
    m.crs = LunarCrs(path, nullptr, kUnplacedCrs);
    m.crs_from_pixel = PatchAroundOrigin(*m.dataset, options.pixel_size_m);
  } else {
    m.crs = LunarCrs(path, m.dataset->GetSpatialRef(), options.assume_crs);
    m.crs_from_pixel = CrsFromPixel(path, *m.dataset);
  }
  m.pixel_from_crs = m.crs_from_pixel.inverse();

  const char* const wkt_options[] = {"FORMAT=WKT2_2019", nullptr};
  char* wkt = nullptr;
  m.crs.exportToWkt(&wkt, wkt_options);
  m.crs_wkt = wkt;
  CPLFree(wkt);

  const OGRSpatialReference geographic = GeographicOf(m.crs);
  m.rad_per_unit = geographic.GetAngularUnits();
  m.crs_from_geographic = MakeTransform(path, geographic, m.crs);
  m.geographic_from_crs = MakeTransform(path, m.crs, geographic);
  m.turn_in_crs = TurnInCrs(m.crs);
  const Eigen::Matrix2d pixel_per_crs = m.pixel_from_crs.linear();
  if (m.turn_in_crs > 0 && pixel_per_crs(1, 0) == 0 && pixel_per_crs(0, 1) == 0) {
    m.columns_per_turn = std::abs(m.turn_in_crs * pixel_per_crs(0, 0));
  }

  const LatLon centre = PlacesFromPixels({{0.5 * (width() - 1), 0.5 * (height() - 1)}}).front();
  if (!std::isfinite(centre.latitude_rad) || !std::isfinite(centre.longitude_rad)) {
    throw DataError(path,
                    "its centre is off the Moon in its CRS: geotransform and CRS do not belong together");
  }
  ReadWindow(width() - 1, height() - 1, 1, 1);  // a truncated file shows at its end
}

RasterFile::~RasterFile() = default;
RasterFile::RasterFile(RasterFile&&) noexcept = default;
RasterFile& RasterFile::operator=(RasterFile&&) noexcept = default;

int RasterFile::width() const { return impl_->dataset->GetRasterXSize(); }
int RasterFile::height() const { return impl_->dataset->GetRasterYSize(); }
const std::filesystem::path& RasterFile::path() const { return impl_->path; }
const std::string& RasterFile::crs_wkt() const { return impl_->crs_wkt; }
const Eigen::Affine2d& RasterFile::crs_from_pixel() const { return impl_->crs_from_pixel; }
std::optional<double> RasterFile::ColumnsPerTurn() const { return impl_->columns_per_turn; }

RasterDescription RasterFile::Description() const {
  Impl& m = *impl_;
  RasterDescription description;
  description.format = m.dataset->GetDriver()->GetMetadataItem(GDAL_DMD_LONGNAME);
  description.data_type = GDALGetDataTypeName(m.band->GetRasterDataType());
  for (int band = 1; band <= m.dataset->GetRasterCount(); ++band) {
    description.bands.emplace_back(m.dataset->GetRasterBand(band)->GetDescription());
  }
  const char* name = m.crs.GetName();
  const char* projection = m.crs.GetAttrValue("PROJECTION");
  description.crs_name = name != nullptr ? name : "";
  description.projection = projection != nullptr ? projection : "geographic";
  const OGRSpatialReference* found = m.dataset->GetSpatialRef();
  description.crs_assumed = found == nullptr || !IsLunarSphere(*found);
  description.unit = m.band->GetUnitType();
  description.band_metadata = MetadataOf(*m.band);
  description.metadata = MetadataOf(*m.dataset);
  return description;
}

float RasterFile::Impl::HeightOf(double stored, int col, int row) const {
  const auto at = [&] { return " at column " + std::to_string(col) + ", row " + std::to_string(row); };
  if (std::isnan(stored)) return kNaN;
  if (encoding.nodata &&
      (stored == *encoding.nodata || static_cast<float>(stored) == static_cast<float>(*encoding.nodata))) {
    return kNaN;
  }
  if (std::isinf(stored)) {
    throw DataError(path, "an infinite value" + at() + ": declare it with gdal_translate -a_nodata");
  }
  if (encoding.undeclared_int16_null && stored == -32768) {
    throw DataError(
        path, "the value -32768" + at() + " is no height: declare it with gdal_translate -a_nodata -32768");
  }
  const double height = encoding.scale * stored + encoding.offset_m;
  if (!(std::abs(height) < kGreatestHeight_m)) {
    throw DataError(path, "the value " + std::to_string(height) + at() +
                              " is no height above the sphere: a radius, or nodata to declare with "
                              "gdal_translate -a_nodata");
  }
  return static_cast<float>(height);
}

void RasterFile::Impl::ReadRows(int col, int row, int width, int height, std::vector<double>& stored,
                                std::vector<std::uint8_t>& mask) {
  GdalErrors errors;
  CPLErr result = band->RasterIO(GF_Read, col, row, width, height, stored.data(), width, height, GDT_Float64,
                                 0, 0, nullptr);
  if (result == CE_None && !mask.empty()) {
    result = band->GetMaskBand()->RasterIO(GF_Read, col, row, width, height, mask.data(), width, height,
                                           GDT_Byte, 0, 0, nullptr);
  }
  if (result != CE_None || errors.Any()) {
    throw DataError(path, "cannot be read (truncated or damaged): " + errors.Text("read error"));
  }
}

void RasterFile::Impl::ReadPart(int col, int row, Grid<float>& grid, int to_col, int to_row, int width,
                                int height) {
  const std::size_t most = static_cast<std::size_t>(width) * std::min(kRowsAtOnce, height);
  std::vector<double> stored(most);
  std::vector<std::uint8_t> mask(HasMask() ? most : 0);
  for (int first = 0; first < height; first += kRowsAtOnce) {
    const int rows = std::min(kRowsAtOnce, height - first);
    ReadRows(col, row + first, width, rows, stored, mask);
    for (int r = 0; r < rows; ++r) {
      for (int c = 0; c < width; ++c) {
        const std::size_t i = static_cast<std::size_t>(r) * width + c;
        const bool missing = !mask.empty() && mask[i] == 0;
        grid.At(to_col + c, to_row + first + r) =
            missing ? kNaN : HeightOf(stored[i], col + c, row + first + r);
      }
    }
  }
}

Raster<float> RasterFile::ReadWindow(int col, int row, int width, int height) const {
  if (width < 1 || height < 1) {
    throw std::invalid_argument("window: " + std::to_string(width) + " x " + std::to_string(height) +
                                " pixels");
  }
  Impl& m = *impl_;
  Raster<float> raster;
  raster.grid = Grid<float>(width, height, kNaN);
  raster.crs_wkt = m.crs_wkt;
  raster.crs_from_pixel = m.crs_from_pixel * Eigen::Translation2d(col, row);
  raster.nodata = kNaN;
  raster.name = m.band->GetDescription();
  raster.unit = "m";

  const int first_row = std::max(row, 0), end_row = std::min(row + height, this->height());
  if (end_row <= first_row) return raster;
  const auto read_copy = [&](int shift) {  // the copy of the raster whose column 0 is at `shift`
    const int first = std::max(col, shift), end = std::min(col + width, shift + this->width());
    if (end <= first) return;
    m.ReadPart(first - shift, first_row, raster.grid, first - col, first_row - row, end - first,
               end_row - first_row);
  };
  const double turn = m.columns_per_turn.value_or(0.5);
  const int whole_turn = static_cast<int>(std::lround(turn));
  if (std::abs(turn - whole_turn) > 0.01 || whole_turn < 1) {
    read_copy(0);
    return raster;
  }
  const int first_turn = FloorDivide(col - this->width() + 1, whole_turn);
  for (int k = first_turn; k * whole_turn < col + width; ++k) read_copy(k * whole_turn);
  return raster;
}

std::vector<Eigen::Vector2d> RasterFile::PixelsFromPlaces(const std::vector<LatLon>& places) const {
  Impl& m = *impl_;
  std::vector<double> x(places.size()), y(places.size());
  for (std::size_t i = 0; i < places.size(); ++i) {
    x[i] = places[i].longitude_rad / m.rad_per_unit;
    y[i] = places[i].latitude_rad / m.rad_per_unit;
  }
  TransformAll(*m.crs_from_geographic, x, y);
  const Eigen::Vector2d turn = m.pixel_from_crs.linear() * Eigen::Vector2d(m.turn_in_crs, 0);
  const double middle = 0.5 * (width() - 1);
  std::vector<Eigen::Vector2d> pixels(places.size());
  for (std::size_t i = 0; i < places.size(); ++i) {
    pixels[i] = m.pixel_from_crs * Eigen::Vector2d(x[i], y[i]);
    // The copy nearest to the raster's middle: the one inside, where there is one.
    if (turn.x() != 0) pixels[i] += std::round((middle - pixels[i].x()) / turn.x()) * turn;
  }
  return pixels;
}

std::vector<LatLon> RasterFile::PlacesFromPixels(const std::vector<Eigen::Vector2d>& pixels) const {
  constexpr double kBeyondPole_rad = 1e-6;  // rounded pixel sizes put the outer edge a little past the pole
  Impl& m = *impl_;
  std::vector<double> x(pixels.size()), y(pixels.size());
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    const Eigen::Vector2d crs = m.crs_from_pixel * pixels[i];
    x[i] = crs.x();
    y[i] = crs.y();
  }
  TransformAll(*m.geographic_from_crs, x, y);
  std::vector<LatLon> places(pixels.size());
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    const double latitude = y[i] * m.rad_per_unit, longitude = x[i] * m.rad_per_unit;
    if (!(std::abs(latitude) <= kPi / 2 + kBeyondPole_rad)) {
      places[i] = {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::quiet_NaN()};
      continue;
    }
    places[i] = {std::clamp(latitude, -kPi / 2, kPi / 2), WrapLongitude(longitude)};
  }
  return places;
}

}  // namespace perilune::dem
