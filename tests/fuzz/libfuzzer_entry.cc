#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "tests/fuzz/fuzz_target.h"

namespace {

/// One program for all targets: building it once is most of the cost.
perilune::test::FuzzFunction ChosenTarget() {
  const char* const name = std::getenv("PERILUNE_FUZZ_TARGET");
  for (const perilune::test::FuzzTarget& target : perilune::test::FuzzTargets()) {
    if (name != nullptr && target.name == name) return target.run;
  }
  std::fputs("PERILUNE_FUZZ_TARGET must name one of:", stderr);
  for (const perilune::test::FuzzTarget& target : perilune::test::FuzzTargets()) {
    std::fprintf(stderr, " %s", target.name.c_str());
  }
  std::fputs("\n", stderr);
  std::exit(2);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const perilune::test::FuzzFunction run = ChosenTarget();
  run({reinterpret_cast<const char*>(data), size});
  return 0;
}
