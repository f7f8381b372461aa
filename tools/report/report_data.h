#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "datasets/formats/run.h"
#include "datasets/formats/sequence.h"
#include "datasets/formats/site_files.h"
#include "datasets/formats/truth.h"
#include "tools/evaluation/errors_csv.h"
#include "tools/evaluation/metrics.h"

namespace perilune::tools {

struct ReportOptions {
  std::filesystem::path run;
  std::optional<std::filesystem::path> sequence;  ///< images, maps and site; without it no pictures
  std::optional<std::filesystem::path> truth;     ///< sequence with truth: the true track
  int frames = 8;                                 ///< images to show at most
};

/// All that a page can show. What the run does not have is absent, and its section says so.
struct ReportData {
  std::filesystem::path run;
  std::string version;  ///< of the program that made the run
  std::optional<datasets::Sequence> sequence;
  std::vector<datasets::FixRow> fixes;
  std::vector<datasets::StateRow> states;
  std::vector<datasets::EventRow> events;
  std::optional<RunErrors> errors;  ///< of errors.csv
  std::optional<Metrics> metrics;   ///< of metrics.json
  std::optional<datasets::Truth> truth;
  std::vector<nav::LandingSite> sites;  ///< none is an answer: then there may be a
  std::optional<nav::LandingSite> least_bad_place;
  int frames = 8;

  /// Seconds since the first image or state.
  double Seconds(std::int64_t t_ns) const;
};

/// Throws dem::DataError when the folder is not a run or one of its files cannot be read.
ReportData ReadReportData(const ReportOptions& options);

}  // namespace perilune::tools
