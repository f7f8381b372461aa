#include "datasets/formats/shot.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/fuzz_target.h"

PERILUNE_FUZZ_TARGET(shot) {
  const perilune::test::MemoryFile file(bytes);
  perilune::test::AllowDataError([&] { perilune::datasets::ReadShot(file.path()); });
}
