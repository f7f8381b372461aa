#include <cstdlib>

#include "datasets/formats/mcap_reader.h"
#include "datasets/formats/ros2_sequence_reader.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/fuzz_target.h"

PERILUNE_FUZZ_TARGET(mcap) {
  using namespace perilune::datasets;
  const perilune::test::MemoryFile file(bytes);
  perilune::test::AllowDataError([&] {
    const McapReader log(file.path());
    std::uint64_t last_ns = 0;
    log.ForEachMessage([&](const McapMessage& message) {
      if (message.log_time_ns < last_ns) std::abort();
      last_ns = message.log_time_ns;
    });
    const perilune::test::TempFolder folder;
    ReadSequenceLog(log, folder.path(), {}, [](std::size_t, std::size_t) {});
  });
}
