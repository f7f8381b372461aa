#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "tests/fuzz/fuzz_target.h"
#include "tests/support/temp_folder.h"

namespace perilune::test {
namespace {

namespace fs = std::filesystem;

const fs::path& Corpus() {
  static const fs::path corpus = fs::path(PERILUNE_SOURCE_DIR) / "tests" / "fuzz" / "corpus";
  return corpus;
}

class FuzzCorpus : public testing::TestWithParam<FuzzTarget> {};

/// Seeds by hand, and every input that once was a finding.
TEST_P(FuzzCorpus, IsReadOrRefused) {
  std::set<fs::path> inputs;
  for (const auto& entry : fs::directory_iterator(Corpus() / GetParam().name)) inputs.insert(entry.path());
  ASSERT_GE(inputs.size(), 2U);
  for (const fs::path& input : inputs) {
    SCOPED_TRACE(input.string());
    EXPECT_NO_THROW(GetParam().run(ReadBytes(input)));
  }
}

/// Near misses of the seeds, the same ones each time.
TEST_P(FuzzCorpus, SurvivesCutsAndFlippedBits) {
  for (const auto& entry : fs::directory_iterator(Corpus() / GetParam().name)) {
    const std::string whole = ReadBytes(entry.path());
    SCOPED_TRACE(entry.path().string());
    const std::size_t step = std::max<std::size_t>(1, whole.size() / 16);
    for (std::size_t at = 0; at < whole.size(); at += step) {
      EXPECT_NO_THROW(GetParam().run(std::string_view(whole).substr(0, at)));
      std::string flipped = whole;
      flipped[at] = static_cast<char>(flipped[at] ^ 0x15);
      EXPECT_NO_THROW(GetParam().run(flipped));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, FuzzCorpus, testing::ValuesIn(FuzzTargets()),
                         [](const auto& target) { return target.param.name; });

TEST(FuzzCorpusFolder, HasNoFolderWithoutTarget) {
  for (const auto& entry : fs::directory_iterator(Corpus())) {
    const std::string name = entry.path().filename().string();
    EXPECT_TRUE(std::any_of(FuzzTargets().begin(), FuzzTargets().end(), [&](const FuzzTarget& target) {
      return target.name == name;
    })) << name;
  }
}

}  // namespace
}  // namespace perilune::test
