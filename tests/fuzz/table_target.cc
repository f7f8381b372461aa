#include <array>

#include "datasets/formats/crater_list.h"
#include "datasets/formats/run.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/fuzz_target.h"

// The first character is the table.
PERILUNE_FUZZ_TARGET(table) {
  namespace datasets = perilune::datasets;
  using Read = void (*)(const std::filesystem::path&);
  constexpr std::array<Read, 4> kReaders = {
      [](const std::filesystem::path& path) { datasets::ReadFixes(path); },
      [](const std::filesystem::path& path) { datasets::ReadStates(path); },
      [](const std::filesystem::path& path) { datasets::ReadEvents(path); },
      [](const std::filesystem::path& path) { datasets::ReadCraterList(path); }};
  const Read read = kReaders[perilune::test::TakeChoice(bytes, kReaders.size())];
  const perilune::test::MemoryFile file(bytes);
  perilune::test::AllowDataError([&] { read(file.path()); });
}
