#pragma once

#include <filesystem>

#include "tools/evaluation/errors_csv.h"
#include "tools/evaluation/metrics.h"

namespace perilune::tools {

struct Evaluation {
  RunErrors errors;
  Metrics metrics;
};

/// Compares a finished run with the truth of the sequence that it was made from. Throws dem::DataError when
/// the run is not finished (no run.json), the truth is missing, or an answer cannot be compared (its time
/// lies outside the truth, its covariance is not one).
Evaluation Evaluate(const std::filesystem::path& run, const std::filesystem::path& sequence);

/// errors.csv and then metrics.json into the run's folder, each atomically.
void WriteEvaluation(const std::filesystem::path& run, const Evaluation& evaluation);

}  // namespace perilune::tools
