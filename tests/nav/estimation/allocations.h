#pragma once

namespace perilune::test {

/// Calls of malloc (and so of operator new and of Eigen's matrices) that this thread made so far.
long Allocations();

}  // namespace perilune::test
