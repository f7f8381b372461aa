// Command lines that cannot be run, and output that must not be overwritten.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/integration/inputs.h"
#include "tests/integration/program.h"

namespace perilune::test {
namespace {

TEST(UsageIntegration, WrongCommandLinesAreRefused) {
  const TempFolder folder;
  const std::vector<std::pair<std::vector<std::string>, std::string>> lines = {
      {{}, "command"},
      {{"fly"}, "fly"},
      {{"info"}, "FILE"},
      {{"info", "dem.tif", "--nonsense"}, "--nonsense"},
      {{"render", "--map", "dem.tif", "--size-px", "many", "-o", "x.png"}, "--size-px"},
      {{"simulate", "tiny.yaml"}, "--output"},
      {{"sun", "--time", "yesterday"}, "yesterday"},
  };
  for (const auto& [arguments, mention] : lines) {
    SCOPED_TRACE(mention);
    ExpectRefused(RunPerilune(folder.path(), arguments), 2, mention);
  }
  EXPECT_TRUE(ContentsOf(folder.path()).empty());
}

TEST(UsageIntegration, HelpAndVersionSucceedOnStandardOutput) {
  const TempFolder folder;
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"--help"}, {"--version"}, {"fix", "--help"}}) {
    const Outcome outcome = RunPerilune(folder.path(), arguments);
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_EQ(outcome.standard_error, "");
    EXPECT_NE(outcome.standard_output, "");
  }
}

TEST(UsageIntegration, FullStandardOutputIsAFault) {
  const TempFolder folder;
  WriteHills(folder);
  ProgramOptions options;
  options.standard_output = "/dev/full";
  ExpectRefused(RunPerilune(folder.path(), {"--version"}, options), 1, "standard output");
  ExpectRefused(RunPerilune(folder.path(), {"info", "dem.tif"}, options), 1, "standard output");
}

TEST(UsageIntegration, AFullOutputFolderIsKeptUnlessOverwritten) {
  const TempFolder folder;
  WriteTinyScenario(folder);
  folder.Write("sequence/precious.txt", "years of work");
  const auto before = ContentsOf(folder.path());
  ExpectRefused(RunPerilune(folder.path(), {"simulate", "tiny.yaml", "-o", "sequence"}), 2, "sequence");
  EXPECT_TRUE(ContentsOf(folder.path()) == before);
  const Outcome outcome =
      RunPerilune(folder.path(), {"simulate", "tiny.yaml", "-o", "sequence", "--overwrite"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.standard_error;
  EXPECT_FALSE(std::filesystem::exists(folder / "sequence" / "precious.txt"));
  EXPECT_TRUE(std::filesystem::exists(folder / "sequence" / "sequence.yaml"));
}

}  // namespace
}  // namespace perilune::test
