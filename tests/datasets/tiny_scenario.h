#pragma once

#include <filesystem>

#include "datasets/scenarios/scenario.h"

namespace perilune::test {

inline std::filesystem::path TinyScenarioPath() {
  return std::filesystem::path(PERILUNE_SOURCE_DIR) / "tests" / "datasets" / "tiny.yaml";
}

inline datasets::Scenario TinyScenario() { return datasets::ReadScenario(TinyScenarioPath()); }

}  // namespace perilune::test
