#include "tools/perilune/craters_from_dem.h"

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "dem/craters/crater_file.h"
#include "dem/frames/moon.h"
#include "dem/io/geopackage.h"
#include "tools/perilune/interrupt.h"
#include "tools/perilune/progress.h"
#include "vision/craters/dem_catalog.h"

namespace perilune::tools {
namespace {

struct FromDemArguments {
  std::string dem, out, geopackage;
  dem::RasterFileOptions file;
  vision::DemCatalogOptions options;
};

void WriteCratersGeoPackage(const std::filesystem::path& path, const std::string& name,
                            const std::vector<vision::CatalogedCrater>& craters) {
  dem::PointLayer layer;
  layer.name = "craters";
  layer.description = name + ": centres of craters; longitude and latitude on the Moon";
  layer.fields = {{"id", std::int64_t{}}, {"diameter_m", 0.0},  {"semi_major_m", 0.0},
                  {"semi_minor_m", 0.0},  {"azimuth_deg", 0.0}, {"depth_m", 0.0},
                  {"rim_height_m", 0.0},  {"sigma_m", 0.0},     {"confidence", 0.0}};
  for (const vision::CatalogedCrater& found : craters) {
    const dem::Crater& c = found.crater;
    layer.features.push_back({c.centre,
                              {c.id, 2 * std::sqrt(c.semi_major_m * c.semi_minor_m), c.semi_major_m,
                               c.semi_minor_m, dem::RadToDeg(c.azimuth_rad), c.depth_m.value_or(std::nan("")),
                               c.height_m, c.sigma_m, found.confidence}});
  }
  dem::WriteGeoPackage(path, {layer});
}

int RunFromDem(const FromDemArguments& arguments) {
  if (arguments.dem.empty()) {
    throw std::invalid_argument("craters catalog: name a DEM, or import (--help lists the options)");
  }
  if (arguments.out.empty()) throw std::invalid_argument("craters catalog: --output is required");
  const dem::RasterFile dem(arguments.dem, arguments.file);
  Progress progress("craters");
  vision::DemCatalogOptions options = arguments.options;
  options.progress = [&](double done) {
    CheckInterrupted();
    progress.Show("relief, %", static_cast<std::size_t>(100 * done), 100);
  };
  const auto craters = vision::CatalogFromDem(dem, options);
  CheckInterrupted();
  dem::CraterCatalog catalog;
  catalog.name = "relief of " + std::filesystem::path(arguments.dem).filename().string();
  for (const vision::CatalogedCrater& found : craters) catalog.craters.push_back(found.crater);
  // The crater file last: it is the product that other commands read.
  if (!arguments.geopackage.empty()) WriteCratersGeoPackage(arguments.geopackage, catalog.name, craters);
  dem::WriteCraterFile(arguments.out, catalog);
  std::printf("%s: %zu craters\n", arguments.out.c_str(), craters.size());
  return 0;
}

}  // namespace

void AddCatalogFromDem(CLI::App& catalog, Command& selected) {
  auto arguments = std::make_shared<FromDemArguments>();
  catalog.add_option("DEM", arguments->dem, "DEM (any GDAL format) whose relief is searched for craters");
  catalog.add_option("-o,--output", arguments->out, "crater file to write");
  catalog.add_option("--geopackage", arguments->geopackage,
                     "the same with each crater's confidence as a GeoPackage, for QGIS");
  catalog
      .add_option("--min-diameter", arguments->options.min_diameter_m,
                  "smallest crater, m; 0: ten pixels of the DEM")
      ->capture_default_str();
  catalog
      .add_option("--max-diameter", arguments->options.max_diameter_m,
                  "largest, m; 0: a third of the DEM's shorter side, at most 300 km")
      ->capture_default_str();
  catalog
      .add_option("--min-confidence", arguments->options.min_confidence,
                  "probability from which craters are given")
      ->capture_default_str();
  catalog.add_option("--band", arguments->file.band, "band that holds the heights")->capture_default_str();
  catalog.add_option("--assume-crs", arguments->file.assume_crs,
                     "CRS of a DEM without one, or with another body's, such as IAU_2015:30100");
  catalog.callback([&catalog, arguments, &selected] {
    if (catalog.get_subcommands().empty()) selected = [arguments] { return RunFromDem(*arguments); };
  });
}

}  // namespace perilune::tools
