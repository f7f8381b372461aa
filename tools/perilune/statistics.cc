#include <CLI/CLI.hpp>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "datasets/formats/image_file.h"
#include "dem/io/data_error.h"
#include "tools/perilune/commands.h"
#include "tools/realism/image_statistics.h"

namespace perilune::tools {
namespace {

struct StatisticsArguments {
  std::vector<std::string> pictures;
  bool json = false;
};

void PrintTable(const std::vector<std::string>& names, const std::vector<ImageStatistics>& all) {
  std::cout << "| picture | spectral slope | contrast p10 | p50 | p90 |\n|---|---|---|---|---|\n"
            << std::fixed;
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::cout << "| " << names[i] << " | " << std::setprecision(2) << all[i].spectral_slope << " | "
              << std::setprecision(3) << all[i].contrast_p10 << " | " << all[i].contrast_p50 << " | "
              << all[i].contrast_p90 << " |\n";
  }
}

void PrintJson(const std::vector<std::string>& names, const std::vector<ImageStatistics>& all) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < all.size(); ++i) {
    rows.push_back({{"picture", names[i]},
                    {"spectral_slope", all[i].spectral_slope},
                    {"contrast_p10", all[i].contrast_p10},
                    {"contrast_p50", all[i].contrast_p50},
                    {"contrast_p90", all[i].contrast_p90}});
  }
  std::cout << rows.dump(1) << '\n';
}

int RunStatistics(const StatisticsArguments& arguments) {
  std::vector<std::string> names;
  std::vector<ImageStatistics> all;
  for (const std::filesystem::path path : arguments.pictures) {
    names.push_back(path.filename().string());
    const cv::Mat picture = datasets::ReadGreyImage(path);
    try {
      all.push_back(MeasureImage(picture));
    } catch (const std::invalid_argument& error) {
      throw dem::DataError(path, error.what());
    }
  }
  arguments.json ? PrintJson(names, all) : PrintTable(names, all);
  return 0;
}

}  // namespace

void AddStatistics(CLI::App& app, Command& selected) {
  auto arguments = std::make_shared<StatisticsArguments>();
  CLI::App* sub = app.add_subcommand(
      "statistics", "Slope of the power spectrum and local contrast of pictures, real or rendered");
  sub->add_option("PICTURE", arguments->pictures,
                  "pictures (PNG, TIFF, JPEG), 8 or 16 bits, 256 px and larger")
      ->required();
  sub->add_flag("--json", arguments->json, "JSON instead of a table");
  sub->callback([arguments, &selected] { selected = [arguments] { return RunStatistics(*arguments); }; });
}

}  // namespace perilune::tools
