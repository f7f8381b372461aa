#include "tools/perilune/craters_catalog.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <vector>

#include "datasets/formats/crater_import.h"
#include "datasets/scenarios/locate.h"

namespace perilune::tools {

dem::CraterCatalog LoadCraters(const std::filesystem::path& catalog, const std::string& mapping) {
  if (dem::IsCraterFile(catalog)) return dem::ReadCraterFile(catalog);
  if (mapping.empty()) {
    throw std::invalid_argument(catalog.string() + " is no crater file: a table needs --mapping");
  }
  const datasets::CraterMapping columns = datasets::ReadCraterMapping(datasets::FindCraterMapping(mapping));
  datasets::CraterImport import = datasets::ImportCraters(catalog, columns);
  constexpr std::size_t kMostToTell = 10;
  for (std::size_t i = 0; i < std::min(kMostToTell, import.bad_rows.size()); ++i) {
    std::cerr << catalog.string() << ": line " << import.bad_rows[i].line << ": "
              << import.bad_rows[i].problem << '\n';
  }
  if (!import.bad_rows.empty()) {
    std::cerr << catalog.string() << ": " << import.bad_rows.size() << " rows left out, "
              << import.craters.size() << " read\n";
  }
  return {columns.name, std::move(import.craters)};
}

int DescribeCraterFile(const std::filesystem::path& path, bool json) {
  const dem::CraterCatalog catalog = dem::ReadCraterFile(path);
  std::vector<double> diameters_m;
  std::size_t depths = 0, ellipses = 0;
  double lowest_m = 0, highest_m = 0;
  for (const dem::Crater& crater : catalog.craters) {
    diameters_m.push_back(2 * std::sqrt(crater.semi_major_m * crater.semi_minor_m));
    if (crater.depth_m) ++depths;
    if (crater.semi_major_m != crater.semi_minor_m) ++ellipses;
    lowest_m = std::min(lowest_m, crater.height_m);
    highest_m = std::max(highest_m, crater.height_m);
  }
  std::sort(diameters_m.begin(), diameters_m.end());
  nlohmann::ordered_json info{{"file", path.string()},    {"kind", "crater catalogue"},
                              {"name", catalog.name},     {"craters", catalog.craters.size()},
                              {"with_ellipse", ellipses}, {"with_depth", depths}};
  if (!diameters_m.empty()) {
    info["diameter_m"] = {{"min", diameters_m.front()},
                          {"median", diameters_m[diameters_m.size() / 2]},
                          {"max", diameters_m.back()}};
    info["height_m"] = {{"min", lowest_m}, {"max", highest_m}};
  }
  if (json) {
    std::cout << info.dump(2) << "\n";
    return 0;
  }
  std::printf("file         %s\ncatalogue    %s: %zu craters, %zu with an ellipse, %zu with a depth\n",
              path.c_str(), catalog.name.c_str(), catalog.craters.size(), ellipses, depths);
  if (!diameters_m.empty()) {
    std::printf("diameter     %.0f to %.0f m, median %.0f m\n", diameters_m.front(), diameters_m.back(),
                diameters_m[diameters_m.size() / 2]);
    std::printf("height       %.0f to %.0f m above the sphere of 1 737 400 m\n", lowest_m, highest_m);
  }
  return 0;
}

}  // namespace perilune::tools
