#include "tests/fuzz/fuzz_target.h"

namespace perilune::test {

std::vector<FuzzTarget>& FuzzTargets() {
  static std::vector<FuzzTarget> targets;
  return targets;
}

}  // namespace perilune::test
