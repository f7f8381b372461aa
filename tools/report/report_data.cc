#include "tools/report/report_data.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "dem/io/data_error.h"

namespace perilune::tools {
namespace {

std::string VersionOf(const std::filesystem::path& run_json) {
  std::ifstream file(run_json);
  if (!file) throw dem::DataError(run_json, "cannot be opened: is this a finished run?");
  try {
    return nlohmann::json::parse(file).value("version", "");
  } catch (const nlohmann::json::exception& error) {
    throw dem::DataError(run_json, std::string("not a run.json: ") + error.what());
  }
}

}  // namespace

double ReportData::Seconds(std::int64_t t_ns) const {
  const std::int64_t start_ns = !states.empty()  ? states.front().state.t_ns
                                : !fixes.empty() ? fixes.front().fix.t_ns
                                                 : t_ns;
  return static_cast<double>(t_ns - start_ns) * 1e-9;
}

ReportData ReadReportData(const ReportOptions& options) {
  const auto has = [&](const char* name) { return std::filesystem::exists(options.run / name); };
  ReportData data;
  data.run = options.run;
  data.frames = options.frames;
  data.version = VersionOf(options.run / "run.json");
  if (options.sequence) data.sequence = datasets::OpenSequence(*options.sequence);
  if (options.truth) data.truth = datasets::ReadTruth(*options.truth);
  if (has("fixes.csv")) data.fixes = datasets::ReadFixes(options.run / "fixes.csv");
  if (has("states.csv")) data.states = datasets::ReadStates(options.run / "states.csv");
  if (has("events.csv")) data.events = datasets::ReadEvents(options.run / "events.csv");
  if (has("errors.csv")) data.errors = ReadErrors(options.run / "errors.csv");
  if (has("metrics.json")) data.metrics = ReadMetrics(options.run / "metrics.json");
  if (has("sites.geojson")) {
    nav::LandingChoice choice = datasets::ReadSitesGeoJson(options.run / "sites.geojson").choice;
    data.sites = std::move(choice.sites);
    data.least_bad_place = std::move(choice.least_bad);
  }
  return data;
}

}  // namespace perilune::tools
