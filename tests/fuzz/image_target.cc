#include "datasets/formats/image_file.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/fuzz_target.h"

PERILUNE_FUZZ_TARGET(image) {
  const perilune::test::MemoryFile file(bytes);
  perilune::test::AllowDataError([&] { perilune::datasets::ReadGreyImage(file.path()); });
}
