#include "datasets/formats/lander_file.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/fuzz_target.h"

PERILUNE_FUZZ_TARGET(lander) {
  const perilune::test::MemoryFile file(bytes);
  perilune::test::AllowDataError([&] { perilune::datasets::ReadLanderFile(file.path()); });
}
