#include "tools/perilune/interrupt.h"

#include <unistd.h>
#include <csignal>
#include <ctime>

#include <atomic>

namespace perilune::tools {
namespace {

// Handlers may touch only lock-free atomics.
std::atomic<std::time_t> first_signal_s = 0;
static_assert(std::atomic<std::time_t>::is_always_lock_free);

// One key press can arrive twice (timeout(1) signals the child and its group), so only a signal that comes
// well after the first one means that somebody is tired of waiting for the safe point.
extern "C" void OnSignal(int) {
  const std::time_t now_s = std::time(nullptr);
  std::time_t unset = 0;
  if (!first_signal_s.compare_exchange_strong(unset, now_s) && now_s - unset >= 2) _exit(130);
}

}  // namespace

void InstallInterruptHandlers() {
  struct sigaction action = {};
  action.sa_handler = OnSignal;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  // A reader that goes away becomes a write error: dying on the spot would leave temporaries behind.
  std::signal(SIGPIPE, SIG_IGN);
}

void CheckInterrupted() {
  if (first_signal_s.load() != 0) throw Interrupted();
}

}  // namespace perilune::tools
