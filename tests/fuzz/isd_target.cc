#include "datasets/formats/isd.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/fuzz_target.h"

PERILUNE_FUZZ_TARGET(isd) {
  const perilune::test::MemoryFile file(bytes);
  perilune::test::AllowDataError([&] { perilune::datasets::ReadIsd(file.path()); });
}
