#include "dem/io/raster_file.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <thread>

#include "dem/io/data_error.h"
#include "tests/support/lunar_rasters.h"
#include "tests/support/temp_folder.h"

namespace perilune::dem {
namespace {

using test::AnalyticRaster;
using test::EquirectangularWkt;
using test::GeographicWkt;
using test::NorthUp;

/// The message with which a file is refused; empty when it is not.
std::string Refusal(const std::filesystem::path& path, const RasterFileOptions& options = {}) {
  try {
    const RasterFile file(path, options);
    file.ReadWindow(0, 0, file.width(), file.height());
    return "";
  } catch (const DataError& error) {
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    EXPECT_EQ(std::string(error.what()).rfind(path.string() + ": ", 0), 0U) << error.what();
    return error.what();
  }
}

#define EXPECT_REFUSED(message, part) \
  EXPECT_NE((message).find(part), std::string::npos) << "'" << (message) << "'"

/// An ESRI ASCII grid: a format whose text says where its corner, or its first centre, is.
std::filesystem::path WriteAsciiGrid(const test::TempFolder& folder, const std::string& name,
                                     const std::string& header, const std::string& values,
                                     const std::string& wkt) {
  if (!wkt.empty()) folder.Write(name + ".prj", wkt);
  return folder.Write(name + ".asc", header + "NODATA_value -9999\n" + values);
}

const std::string kCornerHeader = "ncols 3\nnrows 2\nxllcorner 1000\nyllcorner 2000\ncellsize 10\n";

/// Raw little-endian numbers described by a VRT, under a name of their own (GDAL shares a raw file that is
/// still open).
std::filesystem::path WriteRaw(const test::TempFolder& folder, const std::string& type,
                               const std::string& bytes, int width, int height, const std::string& band_extra,
                               const std::string& wkt = GeographicWkt()) {
  static int files = 0;
  const std::string name = "raw" + std::to_string(++files);
  folder.Write(name + ".bin", bytes);
  const std::size_t size = bytes.size() / (static_cast<std::size_t>(width) * height);
  return folder.Write(
      name + ".vrt",
      "<VRTDataset rasterXSize=\"" + std::to_string(width) + "\" rasterYSize=\"" + std::to_string(height) +
          "\"><SRS>" + wkt + "</SRS><GeoTransform>10,0.5,0,20,0,-0.5</GeoTransform>" +
          "<VRTRasterBand dataType=\"" + type + "\" band=\"1\" subClass=\"VRTRawRasterBand\">" + band_extra +
          "<SourceFilename relativetoVRT=\"1\">" + name +
          ".bin</SourceFilename><ImageOffset>0</ImageOffset>" + "<PixelOffset>" + std::to_string(size) +
          "</PixelOffset><LineOffset>" + std::to_string(size * width) +
          "</LineOffset><ByteOrder>LSB</ByteOrder></VRTRasterBand></VRTDataset>");
}

template <typename T>
std::string Bytes(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

TEST(RasterFile, PixelCentresAreHalfAPixelInsideTheCorner) {
  const test::TempFolder folder;
  // The lower left corner of 3 x 2 cells of 10 m is at (1000, 2000): the first cell of the first row is
  // centred at (1005, 2015).
  const RasterFile corner(
      WriteAsciiGrid(folder, "corner", kCornerHeader, "1 2 3\n4 5 6\n", test::OrthographicWkt1(0, 0)));
  EXPECT_TRUE((corner.crs_from_pixel() * Eigen::Vector2d(0, 0)).isApprox(Eigen::Vector2d(1005, 2015), 1e-12));
  EXPECT_TRUE((corner.crs_from_pixel() * Eigen::Vector2d(2, 1)).isApprox(Eigen::Vector2d(1025, 2005), 1e-12));
  // The same grid described by the centre of its lower left cell.
  const RasterFile centre(WriteAsciiGrid(folder, "centre",
                                         "ncols 3\nnrows 2\nxllcenter 1005\nyllcenter 2005\ncellsize 10\n",
                                         "1 2 3\n4 5 6\n", test::OrthographicWkt1(0, 0)));
  EXPECT_TRUE(centre.crs_from_pixel().isApprox(corner.crs_from_pixel(), 1e-12));
  EXPECT_EQ(corner.ReadWindow(2, 1, 1, 1).grid.At(0, 0), 6);
}

TEST(RasterFile, AWindowKnowsItsPlaceAndIsMissingOutside) {
  const test::TempFolder folder;
  const RasterFile file(
      WriteAsciiGrid(folder, "a", kCornerHeader, "1 2 3\n4 -9999 6\n", test::OrthographicWkt1(0, 0)));
  const Raster<float> window = file.ReadWindow(1, -1, 4, 3);
  EXPECT_TRUE(window.crs_from_pixel.isApprox(file.crs_from_pixel() * Eigen::Translation2d(1, -1), 1e-12));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> expected{nan, nan, nan, nan, 2, 3, nan, nan, nan, 6, nan, nan};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_TRUE(std::isnan(expected[i]) ? std::isnan(window.grid.data[i])
                                        : window.grid.data[i] == expected[i])
        << i;
  }
  EXPECT_TRUE(std::isnan(file.ReadWindow(50, 50, 2, 2).grid.At(1, 1)));
  EXPECT_THROW(file.ReadWindow(0, 0, 0, 1), std::invalid_argument);
}

TEST(RasterFile, OrthographicPlacesFollowTheClosedForm) {
  const test::TempFolder folder;
  const RasterFile file(
      WriteAsciiGrid(folder, "a", kCornerHeader, "1 2 3\n4 5 6\n", test::OrthographicWkt1(25, -46)));
  const LatLon place = file.PlacesFromPixels({{1, 1}}).front();  // centred at (1015, 2005)
  // x = R cos φ sin Δλ, y = R (cos φ0 sin φ − sin φ0 cos φ cos Δλ)
  const double dlon = place.longitude_rad - DegToRad(-46), lat = place.latitude_rad, lat0 = DegToRad(25);
  EXPECT_NEAR(kMoonRadius_m * std::cos(lat) * std::sin(dlon), 1015, 1e-5);
  EXPECT_NEAR(
      kMoonRadius_m * (std::cos(lat0) * std::sin(lat) - std::sin(lat0) * std::cos(lat) * std::cos(dlon)),
      2005, 1e-5);
  EXPECT_TRUE(file.PixelsFromPlaces({place}).front().isApprox(Eigen::Vector2d(1, 1), 1e-9));
  const std::vector<Eigen::Vector2d> pixels = file.PixelsFromPlaces({{DegToRad(-25), DegToRad(134)}, place});
  EXPECT_FALSE(pixels[0].allFinite());  // the antipode
  EXPECT_TRUE(pixels[1].allFinite());
  EXPECT_FALSE(file.ColumnsPerTurn().has_value());
}

TEST(RasterFile, PolarStereographicPlacesFollowTheClosedForm) {
  const test::TempFolder folder;
  WriteGeoTiff(folder / "p.tif", AnalyticRaster(test::SouthPolarWkt(), NorthUp(-100e3, 100e3, 1000), 201, 201,
                                                test::SouthPolarPlace, [](const LatLon&) { return 0; }));
  const RasterFile file(folder / "p.tif");
  for (const Eigen::Vector2d& pixel :
       {Eigen::Vector2d(0, 0), Eigen::Vector2d(150.25, 20), Eigen::Vector2d(99, 101.5)}) {
    const LatLon expected = test::SouthPolarPlace(file.crs_from_pixel() * pixel);
    const LatLon found = file.PlacesFromPixels({pixel}).front();
    EXPECT_NEAR(found.latitude_rad, expected.latitude_rad, 1e-12);
    EXPECT_NEAR(found.longitude_rad, expected.longitude_rad, 1e-10);
    EXPECT_NEAR((file.PixelsFromPlaces({expected}).front() - pixel).norm(), 0, 1e-6);
  }
  EXPECT_NEAR(file.PlacesFromPixels({{100, 100}}).front().latitude_rad, -kPi / 2, 1e-12);
  EXPECT_NEAR((file.PixelsFromPlaces({{-kPi / 2, 2.0}}).front() - Eigen::Vector2d(100, 100)).norm(), 0, 1e-6);
}

/// Height in the pixel nearest to a place.
float HeightAt(const RasterFile& file, const LatLon& place) {
  const Eigen::Vector2d pixel = file.PixelsFromPlaces({place}).front();
  return file
      .ReadWindow(static_cast<int>(std::lround(pixel.x())), static_cast<int>(std::lround(pixel.y())), 1, 1)
      .grid.At(0, 0);
}

TEST(RasterFile, BothLongitudeConventionsGiveTheSameHeights) {
  const test::TempFolder folder;
  const auto height = [](const LatLon& place) {
    return std::floor(RadToDeg(place.longitude_rad) + 1e-6) +
           1000 * std::floor(RadToDeg(place.latitude_rad) / 10);
  };
  const auto place_of_metres = [](double centre_deg) {
    return [centre_deg](const Eigen::Vector2d& crs) {
      return LatLon{crs.y() / kMoonRadius_m, WrapLongitude(DegToRad(centre_deg) + crs.x() / kMoonRadius_m)};
    };
  };
  const double degree = kMoonRadius_m * kPi / 180;
  const auto write = [&](const std::string& name, const Raster<float>& raster) {
    WriteGeoTiff(folder / name, raster);
    return RasterFile(folder / name);
  };
  std::vector<RasterFile> files;
  files.push_back(write("geo180.tif", AnalyticRaster(GeographicWkt(), NorthUp(-179.5, 89.5, 1), 360, 180,
                                                     test::DegreesPlace, height)));
  files.push_back(write("geo360.tif", AnalyticRaster(GeographicWkt(), NorthUp(0.5, 89.5, 1), 360, 180,
                                                     test::DegreesPlace, height)));
  files.push_back(write(
      "eq180.tif", AnalyticRaster(EquirectangularWkt(0), NorthUp(-179.5 * degree, 89.5 * degree, degree), 360,
                                  180, place_of_metres(0), height)));
  files.push_back(write(
      "eq0to360.tif", AnalyticRaster(EquirectangularWkt(0), NorthUp(0.5 * degree, 89.5 * degree, degree), 360,
                                     180, place_of_metres(0), height)));
  files.push_back(write("eq_centre180.tif", AnalyticRaster(EquirectangularWkt(180),
                                                           NorthUp(-179.5 * degree, 89.5 * degree, degree),
                                                           360, 180, place_of_metres(180), height)));
  for (double longitude_deg = -179.5; longitude_deg < 180; longitude_deg += 13) {
    const LatLon place{DegToRad(40.5), DegToRad(longitude_deg)};
    const LatLon same{DegToRad(40.5), DegToRad(longitude_deg + 360)};
    for (const RasterFile& file : files) {
      EXPECT_NEAR(file.ColumnsPerTurn().value(), 360, 1e-6);
      EXPECT_EQ(HeightAt(file, place), static_cast<float>(height(place)))
          << file.path() << " " << longitude_deg;
      EXPECT_EQ(HeightAt(file, same), static_cast<float>(height(place)))
          << file.path() << " " << longitude_deg;
    }
  }
  // Columns go on around the Moon.
  const Raster<float> around = files[0].ReadWindow(-2, 49, 364, 1);
  EXPECT_EQ(around.grid.At(0, 0), around.grid.At(360, 0));
  EXPECT_EQ(around.grid.At(3, 0), around.grid.At(363, 0));
  EXPECT_EQ(around.grid.At(0, 0), static_cast<float>(height({DegToRad(40.5), DegToRad(178.5)})));
}

TEST(RasterFile, ScaleAndOffsetAreAppliedAndARadiusOffsetIsTakenOff) {
  const test::TempFolder folder;
  const std::string bytes = Bytes<std::int16_t>({-18000, 100, -32768, 7});
  const RasterFile radii(
      WriteRaw(folder, "Int16", bytes, 2, 2,
               "<NoDataValue>-32768</NoDataValue><Offset>1737400</Offset><Scale>0.5</Scale>"));
  const std::vector<float> heights = radii.ReadWindow(0, 0, 2, 2).grid.data;
  EXPECT_EQ(heights[0], -9000);
  EXPECT_EQ(heights[1], 50);
  EXPECT_TRUE(std::isnan(heights[2]));
  EXPECT_EQ(heights[3], 3.5);
  const RasterFile shifted(
      WriteRaw(folder, "Int16", bytes, 2, 2,
               "<NoDataValue>-32768</NoDataValue><Offset>1000</Offset><Scale>0.5</Scale>"));
  EXPECT_EQ(shifted.ReadWindow(1, 0, 1, 1).grid.At(0, 0), 1050);
  const RasterFile kilometres(
      WriteRaw(folder, "Float32", Bytes<float>({1.5F, -2, 0, 0.25F}), 2, 2, "<UnitType>km</UnitType>"));
  EXPECT_EQ(kilometres.ReadWindow(0, 0, 1, 1).grid.At(0, 0), 1500);
}

TEST(RasterFile, OddValuesAreNodataOrRefused) {
  const test::TempFolder folder;
  const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  const auto floats = [&](std::vector<float> values, const std::string& extra = "") {
    return WriteRaw(folder, "Float32", Bytes(values), 2, 2, extra);
  };
  EXPECT_EQ(Refusal(floats({1, nan, 3, 4})), "");
  EXPECT_REFUSED(Refusal(floats({1, inf, 3, 4})), "infinite value at column 1, row 0");
  EXPECT_REFUSED(Refusal(floats({1, 2, -inf, 4})), "infinite value at column 0, row 1");
  const RasterFile declared(floats({1, -inf, 3, 4}, "<NoDataValue>-inf</NoDataValue>"));
  EXPECT_TRUE(std::isnan(declared.ReadWindow(0, 0, 2, 2).grid.At(1, 0)));
  const RasterFile lowest(
      floats({-3.40282347e38F, 1, 3, 4}, "<NoDataValue>-3.4028234663852886e+38</NoDataValue>"));
  EXPECT_TRUE(std::isnan(lowest.ReadWindow(0, 0, 2, 2).grid.At(0, 0)));
  EXPECT_REFUSED(Refusal(floats({-3.40282347e38F, 1, 3, 4})), "gdal_translate -a_nodata");
  EXPECT_REFUSED(Refusal(floats({1737500, 1, 3, 4})), "a radius");
  EXPECT_REFUSED(Refusal(WriteRaw(folder, "Int16", Bytes<std::int16_t>({1, 2, -32768, 4}), 2, 2, "")),
                 "-32768");
  EXPECT_REFUSED(Refusal(WriteRaw(folder, "CFloat32", Bytes<float>({1, 2, 3, 4, 5, 6, 7, 8}), 2, 2, "")),
                 "no real numbers");
  EXPECT_REFUSED(Refusal(floats({1, 2, 3, 4}, "<UnitType>feet</UnitType>")), "feet");
  EXPECT_REFUSED(Refusal(floats({1, 2, 3, 4}), {2, ""}), "no band 2");
  EXPECT_REFUSED(Refusal(floats({1, 2, 3, 4}), {0, ""}), "no band 0");
  const RasterFile empty(floats({-9, -9, -9, -9}, "<NoDataValue>-9</NoDataValue>"));
  for (const float height : empty.ReadWindow(0, 0, 2, 2).grid.data) EXPECT_TRUE(std::isnan(height));
}

TEST(RasterFile, OtherBodiesFramesAndMissingCrsAreRefusedWithTheFix) {
  const test::TempFolder folder;
  const auto with = [&](const std::string& name, const std::string& wkt) {
    return WriteAsciiGrid(folder, name, "ncols 2\nnrows 2\nxllcorner 10\nyllcorner 20\ncellsize 0.5\n",
                          "1 2\n3 4\n", wkt);
  };
  const std::string mars = Refusal(with("mars", GeographicWkt("Mars", "3396190")));
  EXPECT_REFUSED(mars, "not a lunar CRS");
  EXPECT_REFUSED(mars, "3396190 m");
  EXPECT_REFUSED(mars, "--assume-crs IAU_2015:30100");
  EXPECT_REFUSED(
      Refusal(with("earth",
                   "GEOGCS[\"WGS 84\",DATUM[\"WGS_1984\",SPHEROID[\"WGS 84\",6378137,298.257223563]],"
                   "PRIMEM[\"Greenwich\",0],UNIT[\"degree\",0.0174532925199433]]")),
      "6378137 m");
  EXPECT_REFUSED(Refusal(with("other_moon", GeographicWkt("Moon", "1738100"))), "1738100 m");
  EXPECT_REFUSED(Refusal(with("none", "")), "no CRS");
  EXPECT_REFUSED(Refusal(with("none", "")), "--assume-crs IAU_2015:30100");
  EXPECT_REFUSED(Refusal(with("pa", GeographicWkt("MOON_PA"))), "principal-axis");
  EXPECT_REFUSED(Refusal(with("pa2", GeographicWkt("Moon Principal Axis"))), "principal-axis");
  EXPECT_EQ(Refusal(with("me", GeographicWkt("Moon ME/PA"))), "");
  EXPECT_EQ(Refusal(with("within", GeographicWkt("Moon", "1737400.9"))), "");

  const RasterFile assumed(with("none", ""), {1, "IAU_2015:30100"});
  EXPECT_NEAR(assumed.PlacesFromPixels({{0, 0}}).front().longitude_rad, DegToRad(10.25), 1e-12);
  EXPECT_NEAR(assumed.PlacesFromPixels({{0, 0}}).front().latitude_rad, DegToRad(20.75), 1e-12);
  EXPECT_EQ(Refusal(with("mars", GeographicWkt("Mars", "3396190")), {1, "IAU_2015:30100"}), "");
  EXPECT_REFUSED(Refusal(with("none", ""), {1, "EPSG:4326"}), "6378137 m");
  EXPECT_REFUSED(Refusal(with("none", ""), {1, "no such thing"}), "'no such thing' is unknown");
  // Metres taken for degrees.
  const auto metres = WriteAsciiGrid(folder, "metres", kCornerHeader, "1 2 3\n4 5 6\n", GeographicWkt());
  EXPECT_REFUSED(Refusal(metres), "off the Moon");
}

TEST(RasterFile, FilesThatAreNoRastersAreRefused) {
  const test::TempFolder folder;
  EXPECT_REFUSED(Refusal(folder / "missing.tif"), "no such file");
  EXPECT_REFUSED(Refusal(folder.Write("zero.tif", "")), "empty (0 bytes)");
  EXPECT_REFUSED(Refusal(folder.Write("text.tif", "hello")), "not a readable raster");
  EXPECT_REFUSED(Refusal(folder.path()), "not a readable raster");
  EXPECT_REFUSED(Refusal(folder.Write("place.pgm", "P5\n2 2\n255\nabcd")), "no CRS");
  EXPECT_REFUSED(Refusal(folder.Write("place.pgm", "P5\n2 2\n255\nabcd"), {1, "IAU_2015:30100"}),
                 "no geotransform");
}

TEST(RasterFile, ATruncatedFileIsRefused) {
  const test::TempFolder folder;
  WriteGeoTiff(folder / "whole.tif", AnalyticRaster(GeographicWkt(), NorthUp(0, 10, 0.01), 900, 700,
                                                    test::DegreesPlace, [](const LatLon& place) {
                                                      return 1e6 * std::sin(1e5 * place.longitude_rad) / 20;
                                                    }));
  const std::string bytes = test::ReadBytes(folder / "whole.tif");
  EXPECT_EQ(Refusal(folder / "whole.tif"), "");
  for (const double share : {0.001, 0.02, 0.5, 0.9, 0.999}) {
    const auto length = static_cast<std::size_t>(share * static_cast<double>(bytes.size()));
    EXPECT_NE(Refusal(folder.Write("cut.tif", bytes.substr(0, length))), "") << share;
  }
  // Fewer numbers than the grid's header promises.
  EXPECT_NE(Refusal(WriteAsciiGrid(folder, "cut", kCornerHeader, "1 2 3\n4 ", test::OrthographicWkt1(0, 0))),
            "");
}

TEST(RasterFile, ManyThreadsMayReadAFileEachWithAnObjectOfItsOwn) {
  const test::TempFolder folder;
  WriteGeoTiff(folder / "a.tif",
               AnalyticRaster(GeographicWkt(), NorthUp(0, 10, 0.1), 90, 70, test::DegreesPlace,
                              [](const LatLon& place) { return 1e4 * place.latitude_rad; }));
  const std::vector<float> expected = RasterFile(folder / "a.tif").ReadWindow(0, 0, 90, 70).grid.data;
  std::vector<int> equal(8, 0);
  std::vector<std::thread> threads;
  for (int& result : equal) {
    threads.emplace_back([&] {
      for (int i = 0; i < 5; ++i) {
        result += RasterFile(folder / "a.tif").ReadWindow(0, 0, 90, 70).grid.data == expected ? 1 : 0;
        EXPECT_THROW(RasterFile(folder / "missing"), DataError);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const int result : equal) EXPECT_EQ(result, 5);
}

}  // namespace
}  // namespace perilune::dem
