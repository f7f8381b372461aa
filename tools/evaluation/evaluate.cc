#include "tools/evaluation/evaluate.h"

#include <stdexcept>

#include "datasets/formats/run.h"
#include "datasets/formats/sequence.h"
#include "datasets/formats/truth.h"
#include "dem/io/atomic_file.h"
#include "dem/io/data_error.h"
#include "tools/evaluation/hazard_metrics.h"

namespace perilune::tools {
namespace {

// Errors of one file of the run; what cannot be compared is told as a fault of that file.
template <typename Compute>
std::vector<PositionError> ErrorsIn(const std::filesystem::path& file, const Compute& compute) {
  try {
    return compute();
  } catch (const std::invalid_argument& error) {
    throw dem::DataError(file, error.what());
  }
}

}  // namespace

Evaluation Evaluate(const std::filesystem::path& run, const std::filesystem::path& sequence) {
  if (!std::filesystem::exists(run / "run.json")) {
    throw dem::DataError(run, "not a finished run (no run.json): run `perilune navigate` to its end");
  }
  const datasets::Sequence opened = datasets::OpenSequence(sequence);
  const datasets::Truth truth = datasets::ReadTruth(sequence);
  const std::vector<datasets::FixRow> fixes = datasets::ReadFixes(run / "fixes.csv");
  const std::vector<datasets::StateRow> states = datasets::ReadStates(run / "states.csv");

  Evaluation result;
  result.errors.fixes =
      ErrorsIn(run / "fixes.csv", [&] { return FixErrors(fixes, truth, opened.info.body_from_cam); });
  result.errors.states = ErrorsIn(run / "states.csv", [&] { return StateErrors(states, fixes, truth); });
  if (!fixes.empty()) result.metrics.fix = SummarisePosition(result.errors.fixes, ErrorsOf::kAccepted);
  if (!states.empty()) result.metrics.state = SummarisePosition(result.errors.states, ErrorsOf::kAll);
  if (std::filesystem::exists(run / "events.csv")) {
    const std::vector<datasets::EventRow> events = datasets::ReadEvents(run / "events.csv");
    result.metrics.nis = SummariseNis(events);
    result.metrics.nis_by_map = SummariseNisByMap(events, states);
  }
  result.metrics.hazards = EvaluateHazards(run, opened.info, truth);
  return result;
}

void WriteEvaluation(const std::filesystem::path& run, const Evaluation& evaluation) {
  WriteErrors(run / "errors.csv", evaluation.errors);
  dem::WriteFileAtomically(run / "metrics.json", ToJson(evaluation.metrics));
}

}  // namespace perilune::tools
