#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
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

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

struct StatisticsArguments {
  std::vector<std::string> pictures, against;
  bool json = false;
};

struct Row {
  std::string name;
  ImageStatistics values;
};

struct Figure {
  const char* name;
  double (*of)(const ImageStatistics&);
};

constexpr std::array<Figure, 7> kFigures{{
    {"spectral slope", [](const ImageStatistics& s) { return s.spectral_slope; }},
    {"contrast p10", [](const ImageStatistics& s) { return s.contrast.p10; }},
    {"contrast p50", [](const ImageStatistics& s) { return s.contrast.p50; }},
    {"contrast p90", [](const ImageStatistics& s) { return s.contrast.p90; }},
    {"relative contrast p10", [](const ImageStatistics& s) { return s.relative_contrast.p10; }},
    {"relative contrast p50", [](const ImageStatistics& s) { return s.relative_contrast.p50; }},
    {"relative contrast p90", [](const ImageStatistics& s) { return s.relative_contrast.p90; }},
}};

std::vector<Row> Measure(const std::vector<std::string>& pictures) {
  std::vector<Row> rows;
  for (const fs::path path : pictures) {
    const cv::Mat picture = datasets::ReadGreyImage(path);
    try {
      rows.push_back({path.filename().string(), MeasureImage(picture)});
    } catch (const std::invalid_argument& error) {
      throw dem::DataError(path, error.what());
    }
  }
  return rows;
}

struct Spread {
  double lowest, highest;
};

Spread SpreadOf(const std::vector<Row>& rows, const Figure& figure) {
  Spread spread{figure.of(rows.front().values), figure.of(rows.front().values)};
  for (const Row& row : rows) {
    spread.lowest = std::min(spread.lowest, figure.of(row.values));
    spread.highest = std::max(spread.highest, figure.of(row.values));
  }
  return spread;
}

std::size_t CountWithin(const std::vector<Row>& rows, const Figure& figure, const Spread& spread) {
  return static_cast<std::size_t>(std::count_if(rows.begin(), rows.end(), [&](const Row& row) {
    const double value = figure.of(row.values);
    return value >= spread.lowest && value <= spread.highest;
  }));
}

void PrintTable(const std::vector<Row>& rows) {
  std::string dashes;
  for (std::size_t i = 0; i < kFigures.size(); ++i) dashes += "---|";
  std::cout << "| picture |";
  for (const Figure& figure : kFigures) std::cout << ' ' << figure.name << " |";
  std::cout << "\n|---|" << dashes << '\n';
  for (const Row& row : rows) {
    std::cout << "| " << row.name << " |";
    for (const Figure& figure : kFigures) std::cout << ' ' << figure.of(row.values) << " |";
    std::cout << '\n';
  }
}

void PrintAgainst(const std::vector<Row>& rows, const std::vector<Row>& others) {
  std::cout << "\n| figure | pictures | --against | within |\n|---|---|---|---|\n";
  for (const Figure& figure : kFigures) {
    const Spread own = SpreadOf(rows, figure), other = SpreadOf(others, figure);
    std::cout << "| " << figure.name << " | " << own.lowest << " ... " << own.highest << " | " << other.lowest
              << " ... " << other.highest << " | " << CountWithin(rows, figure, other) << " of "
              << rows.size() << " |\n";
  }
}

Json ToJson(const std::vector<Row>& rows) {
  Json list = Json::array();
  for (const Row& row : rows) {
    Json entry{{"picture", row.name}};
    for (const Figure& figure : kFigures) entry[figure.name] = figure.of(row.values);
    list.push_back(std::move(entry));
  }
  return list;
}

int RunStatistics(const StatisticsArguments& arguments) {
  const std::vector<Row> rows = Measure(arguments.pictures), others = Measure(arguments.against);
  if (arguments.json) {
    Json json{{"pictures", ToJson(rows)}};
    if (!others.empty()) json["against"] = ToJson(others);
    std::cout << json.dump(1) << '\n';
    return 0;
  }
  std::cout << std::fixed << std::setprecision(3);
  PrintTable(rows);
  if (!others.empty()) PrintAgainst(rows, others);
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
  sub->add_option("--against", arguments->against,
                  "pictures to compare with: prints both spreads, and how many lie within the second");
  sub->add_flag("--json", arguments->json, "JSON instead of a table");
  sub->callback([arguments, &selected] { selected = [arguments] { return RunStatistics(*arguments); }; });
}

}  // namespace perilune::tools
