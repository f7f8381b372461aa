#include "datasets/formats/uncertainty.h"

#include <string>

#include "datasets/formats/csv_table.h"
#include "datasets/formats/yaml_map.h"
#include "dem/io/atomic_file.h"
#include "dem/io/data_error.h"

namespace perilune::datasets {
namespace {

std::filesystem::path SidecarOf(const std::filesystem::path& map) {
  return map.string() + ".uncertainty.yaml";
}

std::optional<double> ReadSigma(const YamlMap& yaml, const std::string& key) {
  if (!yaml.Has(key)) return std::nullopt;
  return yaml.NonNegativeNumber(key);
}

}  // namespace

MapUncertainty ReadMapUncertainty(const std::filesystem::path& map) {
  const std::filesystem::path path = SidecarOf(map);
  if (!std::filesystem::exists(path)) return {};
  const YamlMap yaml = ReadYamlFile(path);
  MapUncertainty uncertainty;
  uncertainty.height_sigma_m = ReadSigma(yaml, "height_sigma_m");
  uncertainty.height_correlation_m = ReadSigma(yaml, "height_correlation_m");
  uncertainty.tie_sigma_horizontal_m = ReadSigma(yaml, "tie_sigma_horizontal_m");
  uncertainty.tie_sigma_vertical_m = ReadSigma(yaml, "tie_sigma_vertical_m");
  uncertainty.effective_resolution_m = ReadSigma(yaml, "effective_resolution_m");
  if (yaml.Has("frame") && yaml.Text("frame") != "ME") {
    yaml.Fail("frame", "is '" + yaml.Text("frame") + "': convert the map to the mean-Earth frame (ME) first");
  }
  yaml.RefuseUnknownKeys();
  return uncertainty;
}

void WriteMapUncertainty(const std::filesystem::path& map, const MapUncertainty& uncertainty) {
  std::string text;
  const auto add = [&text](const char* key, const std::optional<double>& value) {
    if (value) text += std::string(key) + ": " + ShortestText(*value) + "\n";
  };
  add("height_sigma_m", uncertainty.height_sigma_m);
  add("height_correlation_m", uncertainty.height_correlation_m);
  add("tie_sigma_horizontal_m", uncertainty.tie_sigma_horizontal_m);
  add("tie_sigma_vertical_m", uncertainty.tie_sigma_vertical_m);
  add("effective_resolution_m", uncertainty.effective_resolution_m);
  dem::WriteFileAtomically(SidecarOf(map), text + "frame: ME\n");
}

}  // namespace perilune::datasets
