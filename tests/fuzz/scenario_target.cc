#include "datasets/scenarios/scenario.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/fuzz_target.h"

PERILUNE_FUZZ_TARGET(scenario) {
  const perilune::test::MemoryFile file(bytes);
  perilune::test::AllowDataError([&] { perilune::datasets::ReadScenario(file.path()); });
}
