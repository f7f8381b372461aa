#pragma once

#include <stdexcept>

namespace perilune::tools {

/// Thrown at a safe point after Ctrl-C or SIGTERM: exit code 130, temporaries removed by their owners'
/// destructors.
class Interrupted : public std::runtime_error {
 public:
  Interrupted() : std::runtime_error("interrupted") {}
};

/// Installs the handlers (once, in main).
void InstallInterruptHandlers();

/// Throws Interrupted when a signal has arrived. Long loops call it once an iteration.
void CheckInterrupted();

}  // namespace perilune::tools
