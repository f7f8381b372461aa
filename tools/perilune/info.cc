#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "datasets/formats/uncertainty.h"
#include "dem/io/data_error.h"
#include "dem/io/picture_raster.h"
#include "dem/io/raster_file.h"
#include "dem/terrain/resample.h"
#include "dem/terrain/terrain_file.h"
#include "tools/perilune/commands.h"
#include "tools/perilune/craters_catalog.h"
#include "tools/perilune/dem_resolution.h"
#include "tools/perilune/info_layer.h"
#include "tools/perilune/info_picture.h"
#include "tools/perilune/interrupt.h"
#include "tools/perilune/progress.h"
#include "tools/perilune/terrain_levels.h"

namespace perilune::tools {
namespace {

struct InfoOptions {
  std::string file;
  dem::RasterFileOptions raster;
  bool json = false;
};

struct HeightStatistics {
  double lowest_m = std::numeric_limits<double>::infinity();
  double highest_m = -std::numeric_limits<double>::infinity();
  double mean_m = 0;
  double valid_share = 0;
};

/// East of west: `east_deg` may exceed 180 where the raster crosses that meridian.
struct Extent {
  double south_deg = 90, north_deg = -90;
  double west_deg = 0, east_deg = 0;
};

/// Reads the whole file once, a strip at a time: what would be refused anywhere is found here.
HeightStatistics Measure(const dem::RasterFile& file) {
  constexpr std::int64_t kPixelsAtOnce = 4'000'000;
  const int rows_at_once = static_cast<int>(std::max<std::int64_t>(1, kPixelsAtOnce / file.width()));
  HeightStatistics statistics;
  double sum_m = 0;
  std::int64_t valid = 0;
  Progress progress("info");
  for (int row = 0; row < file.height(); row += rows_at_once) {
    CheckInterrupted();
    const int rows = std::min(rows_at_once, file.height() - row);
    for (const float height : file.ReadWindow(0, row, file.width(), rows).grid.data) {
      if (std::isnan(height)) continue;
      statistics.lowest_m = std::min(statistics.lowest_m, static_cast<double>(height));
      statistics.highest_m = std::max(statistics.highest_m, static_cast<double>(height));
      sum_m += static_cast<double>(height);
      ++valid;
    }
    if (file.height() > 4 * rows_at_once) {
      progress.Show("rows", static_cast<std::size_t>(row + rows), static_cast<std::size_t>(file.height()));
    }
  }
  if (valid == 0) throw dem::DataError(file.path(), "all of its pixels are nodata: there is no height in it");
  statistics.mean_m = sum_m / static_cast<double>(valid);
  statistics.valid_share = static_cast<double>(valid) / (static_cast<double>(file.width()) * file.height());
  return statistics;
}

std::vector<Eigen::Vector2d> OutlineOf(const dem::RasterFile& file) {
  constexpr int kPoints = 200;
  const double right = file.width() - 0.5, bottom = file.height() - 0.5;
  std::vector<Eigen::Vector2d> outline;
  for (int i = 0; i <= kPoints; ++i) {
    const double f = static_cast<double>(i) / kPoints;
    const double u = -0.5 + f * (right + 0.5), v = -0.5 + f * (bottom + 0.5);
    outline.insert(outline.end(), {{u, -0.5}, {u, bottom}, {-0.5, v}, {right, v}});
  }
  return outline;
}

/// Outer edges of the raster's pixels; a pole inside makes it reach all longitudes.
Extent FindExtent(const dem::RasterFile& file) {
  const double right = file.width() - 0.5, bottom = file.height() - 0.5;
  const dem::LatLon centre =
      file.PlacesFromPixels({{0.5 * (file.width() - 1), 0.5 * (file.height() - 1)}}).front();
  Extent extent;
  double west = 0, east = 0;  // of the centre, rad
  for (const dem::LatLon& place : file.PlacesFromPixels(OutlineOf(file))) {
    if (!std::isfinite(place.latitude_rad)) continue;
    extent.south_deg = std::min(extent.south_deg, dem::RadToDeg(place.latitude_rad));
    extent.north_deg = std::max(extent.north_deg, dem::RadToDeg(place.latitude_rad));
    const double offset = dem::WrapLongitude(place.longitude_rad - centre.longitude_rad);
    west = std::min(west, offset);
    east = std::max(east, offset);
  }
  bool all_longitudes = false;
  if (const std::optional<double> turn = file.ColumnsPerTurn()) {
    all_longitudes = file.width() > *turn - 0.5;
    west = -dem::kPi * file.width() / *turn;
    east = -west;
  } else {
    const std::vector<Eigen::Vector2d> poles =
        file.PixelsFromPlaces({{-dem::kPi / 2, centre.longitude_rad}, {dem::kPi / 2, centre.longitude_rad}});
    for (int i = 0; i < 2; ++i) {
      const Eigen::Vector2d& p = poles[static_cast<std::size_t>(i)];
      if (!(p.x() >= -0.5 && p.x() <= right && p.y() >= -0.5 && p.y() <= bottom)) continue;
      (i == 0 ? extent.south_deg : extent.north_deg) = i == 0 ? -90 : 90;
      all_longitudes = true;
    }
  }
  extent.west_deg = all_longitudes ? -180 : dem::RadToDeg(dem::WrapLongitude(centre.longitude_rad + west));
  extent.east_deg = all_longitudes ? 180 : extent.west_deg + dem::RadToDeg(east - west);
  return extent;
}

nlohmann::ordered_json UncertaintyJson(const datasets::MapUncertainty& uncertainty) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  const auto add = [&json](const char* key, const std::optional<double>& value) {
    if (value) json[key] = *value;
  };
  add("height_sigma_m", uncertainty.height_sigma_m);
  add("height_correlation_m", uncertainty.height_correlation_m);
  add("tie_sigma_horizontal_m", uncertainty.tie_sigma_horizontal_m);
  add("tie_sigma_vertical_m", uncertainty.tie_sigma_vertical_m);
  add("effective_resolution_m", uncertainty.effective_resolution_m);
  return json;
}

nlohmann::ordered_json LayerJson(const HazardLayer& layer) {
  nlohmann::ordered_json json{{"quantity", layer.quantity}, {"unit", layer.unit}};
  for (const auto& [key, value] : layer.about) json["about"][key] = value;
  json["valid_share"] = layer.valid_share;
  if (const auto& values = layer.values)
    json["values"] = {{"min", values->lowest}, {"max", values->highest}, {"mean", values->mean}};
  for (const auto& [code, share] : layer.share_by_code) json["share_by_code"][std::to_string(code)] = share;
  for (const auto& [key, value] : layer.made_with) json["made_with"][key] = value;
  return json;
}

nlohmann::ordered_json Describe(const dem::RasterFile& file, int band) {
  const dem::RasterDescription description = file.Description();
  const Eigen::Matrix2d crs_per_pixel = file.crs_from_pixel().linear();
  const std::vector<dem::LatLon> centre =
      file.PlacesFromPixels({{0.5 * (file.width() - 1), 0.5 * (file.height() - 1)}});
  const Extent extent = FindExtent(file);
  nlohmann::ordered_json json;
  json["file"] = file.path().string();
  json["format"] = description.format;
  json["width"] = file.width();
  json["height"] = file.height();
  json["data_type"] = description.data_type;
  json["band"] = band;
  json["bands"] = description.bands;
  json["crs"] = description.crs_name;
  json["crs_assumed"] = description.crs_assumed;
  json["projection"] = description.projection;
  json["pixel_in_crs_units"] = {crs_per_pixel.col(0).norm(), crs_per_pixel.col(1).norm()};
  const double pixel_m = dem::PixelOnGround_m(file, centre.front());
  json["pixel_on_ground_at_centre_m"] = pixel_m;
  json["centre_deg"] = {{"latitude", dem::RadToDeg(centre.front().latitude_rad)},
                        {"longitude", dem::RadToDeg(centre.front().longitude_rad)}};
  json["extent_deg"] = {{"south", extent.south_deg},
                        {"north", extent.north_deg},
                        {"west", extent.west_deg},
                        {"east", extent.east_deg}};
  if (IsHazardLayer(description)) {
    json["layer"] = LayerJson(ReadHazardLayer(file, description));
    return json;
  }
  const nlohmann::ordered_json uncertainty = UncertaintyJson(datasets::ReadMapUncertainty(file.path()));
  const HeightStatistics heights = Measure(file);
  json["height_m"] = {{"min", heights.lowest_m}, {"max", heights.highest_m}, {"mean", heights.mean_m}};
  json["valid_share"] = heights.valid_share;
  json["detail_pixel_m"] = DetailPixelOf_m(file, pixel_m);
  if (!uncertainty.empty()) json["uncertainty"] = uncertainty;
  return json;
}

void PrintUncertainty(const nlohmann::ordered_json& info) {
  if (!info.contains("uncertainty")) {
    std::printf("uncertainty  not declared: no absolute covariance (write %s.uncertainty.yaml)\n",
                info["file"].get<std::string>().c_str());
    return;
  }
  for (const auto& [key, value] : info["uncertainty"].items()) {
    std::printf("declared     %s %g\n", key.c_str(), value.get<double>());
  }
}

void PrintLayer(const nlohmann::ordered_json& layer) {
  std::printf("layer        %s\n", layer["quantity"].get<std::string>().c_str());
  const auto items = [&layer](const char* part, const char* head) {
    if (!layer.contains(part)) return;
    for (const auto& [key, value] : layer[part].items())
      std::printf("%-12s %s %s\n", head, key.c_str(), value.get<std::string>().c_str());
  };
  items("about", "");
  if (layer.contains("values")) {
    const auto& values = layer["values"];
    const std::string unit = layer["unit"] == "1" ? "" : " " + layer["unit"].get<std::string>();
    std::printf("values       %.4g to %.4g%s, mean of the pixels %.4g\n", values["min"].get<double>(),
                values["max"].get<double>(), unit.c_str(), values["mean"].get<double>());
  }
  std::printf("valid        %.4f %% of the pixels\n", 100 * layer["valid_share"].get<double>());
  if (layer.contains("share_by_code")) {
    for (const auto& [code, share] : layer["share_by_code"].items())
      std::printf("code %-7s %.4f %% of the pixels\n", code.c_str(), 100 * share.get<double>());
  }
  items("made_with", "made with");
}

void Print(const nlohmann::ordered_json& info) {
  const auto text = [&info](const char* key) { return info[key].get<std::string>(); };
  const auto number = [&info](const char* key, const char* part) { return info[key][part].get<double>(); };
  std::printf("file         %s\n", text("file").c_str());
  std::printf("format       %s, %s\n", text("format").c_str(), text("data_type").c_str());
  std::printf("size         %d x %d pixels, band %d of %zu\n", info["width"].get<int>(),
              info["height"].get<int>(), info["band"].get<int>(), info["bands"].size());
  for (std::size_t i = 0; i < info["bands"].size(); ++i) {
    const std::string name = info["bands"][i];
    if (!name.empty()) std::printf("             band %zu: %s\n", i + 1, name.c_str());
  }
  std::printf("CRS          %s (%s)%s\n", text("crs").c_str(), text("projection").c_str(),
              info["crs_assumed"].get<bool>() ? ", assumed" : "");
  std::printf("pixel        %.10g x %.10g CRS units, %.4g m on the ground at the centre\n",
              info["pixel_in_crs_units"][0].get<double>(), info["pixel_in_crs_units"][1].get<double>(),
              info["pixel_on_ground_at_centre_m"].get<double>());
  std::printf("centre       latitude %.6f deg, longitude %.6f deg\n", number("centre_deg", "latitude"),
              number("centre_deg", "longitude"));
  std::printf("extent       latitude %.4f to %.4f deg, longitude %.4f to %.4f deg east\n",
              number("extent_deg", "south"), number("extent_deg", "north"), number("extent_deg", "west"),
              number("extent_deg", "east"));
  if (info.contains("layer")) {
    PrintLayer(info["layer"]);
    return;
  }
  std::printf("height       %.2f to %.2f m above the sphere of 1 737 400 m, mean of the pixels %.2f m\n",
              number("height_m", "min"), number("height_m", "max"), number("height_m", "mean"));
  std::printf("valid        %.4f %% of the pixels\n", 100 * info["valid_share"].get<double>());
  const double detail_m = info["detail_pixel_m"].get<double>();
  if (detail_m > info["pixel_on_ground_at_centre_m"].get<double>()) {
    std::printf(
        "relief       ends where that of a map of %.4g m a pixel does, by its spectrum: "
        "`fix` and `navigate` match images in that\n",
        detail_m);
  }
  PrintUncertainty(info);
}

int Info(const InfoOptions& options) {
  if (dem::IsTerrainFile(options.file)) return DescribeTerrainFile(options.file, options.json);
  if (dem::IsCraterFile(options.file)) return DescribeCraterFile(options.file, options.json);
  if (const auto picture = dem::ReadPictureRaster(options.file)) {
    return DescribePicture(options.file, *picture, options.json);
  }
  dem::RasterFileOptions raster = options.raster;
  raster.codes = true;
  dem::RasterFile file(options.file, raster);
  // A picture that says nothing of what its colours mean is refused as one.
  if (!IsHazardLayer(file.Description())) file = dem::RasterFile(options.file, options.raster);
  const nlohmann::ordered_json info = Describe(file, options.raster.band);
  if (options.json) {
    std::cout << info.dump(2) << "\n";
  } else {
    Print(info);
  }
  return 0;
}

}  // namespace

void AddInfo(CLI::App& app, Command& selected) {
  CLI::App* sub = app.add_subcommand("info",
                                     "What a DEM or a product is (size, CRS, ground spacing, extent, heights "
                                     "or values, codes), or why it is "
                                     "refused (exit code 2)");
  const auto options = std::make_shared<InfoOptions>();
  sub->add_option("FILE", options->file,
                  "DEM in any GDAL format, a terrain file (.terrain), a crater file, a layer of `hazards`, "
                  "or the geometry of a "
                  "picture by `render`")
      ->required();
  sub->add_option("--band", options->raster.band, "Band that holds the heights, from 1")
      ->capture_default_str();
  sub->add_option("--assume-crs", options->raster.assume_crs,
                  "CRS of a file that has none or another body's, for example IAU_2015:30100");
  sub->add_flag("--json", options->json, "Print JSON (angles in degrees, lengths in m)");
  sub->callback([&selected, options] { selected = [options] { return Info(*options); }; });
}

}  // namespace perilune::tools
