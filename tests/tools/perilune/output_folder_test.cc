#include "tools/perilune/output_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "dem/io/data_error.h"
#include "tests/support/temp_folder.h"

namespace perilune::tools {
namespace {
namespace fs = std::filesystem;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

std::vector<std::string> NamesIn(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename().string());
  return names;
}

void Touch(const fs::path& path) { std::ofstream(path) << "x"; }

TEST(OutputFolder, AppearsOnlyWhenCommitted) {
  const test::TempFolder temp;
  OutputFolder folder(temp.path() / "run", false);
  Touch(folder.staging() / "file");
  EXPECT_FALSE(fs::exists(temp.path() / "run"));
  folder.Commit();
  EXPECT_THAT(NamesIn(temp.path()), UnorderedElementsAre("run"));
  EXPECT_THAT(NamesIn(temp.path() / "run"), UnorderedElementsAre("file"));
}

TEST(OutputFolder, LeavesNothingWithoutCommit) {
  const test::TempFolder temp;
  {
    OutputFolder folder(temp.path() / "new" / "parents" / "run", false);
    Touch(folder.staging() / "file");
  }
  EXPECT_THAT(NamesIn(temp.path()), IsEmpty());
}

TEST(OutputFolder, KeepsParentsThatOthersFilled) {
  const test::TempFolder temp;
  {
    OutputFolder folder(temp.path() / "new" / "run", false);
    Touch(temp.path() / "new" / "theirs");
  }
  EXPECT_THAT(NamesIn(temp.path() / "new"), UnorderedElementsAre("theirs"));
}

TEST(OutputFolder, RefusesAFullFolderAndAFile) {
  const test::TempFolder temp;
  fs::create_directory(temp.path() / "run");
  Touch(temp.path() / "run" / "old");
  EXPECT_THROW(OutputFolder(temp.path() / "run", false), std::invalid_argument);
  EXPECT_THROW(OutputFolder(temp.path() / "run" / "old", true), std::invalid_argument);
  EXPECT_THROW(OutputFolder("", false), std::invalid_argument);
  EXPECT_THAT(NamesIn(temp.path() / "run"), UnorderedElementsAre("old"));
}

TEST(OutputFolder, TakesAnEmptyFolderAndATrailingSlash) {
  const test::TempFolder temp;
  fs::create_directory(temp.path() / "run");
  OutputFolder folder((temp.path() / "run").string() + "/", false);
  Touch(folder.staging() / "file");
  folder.Commit();
  EXPECT_THAT(NamesIn(temp.path() / "run"), UnorderedElementsAre("file"));
}

TEST(OutputFolder, OverwriteReplacesAtCommitAndKeepsTheOldUntilThen) {
  const test::TempFolder temp;
  fs::create_directory(temp.path() / "run");
  Touch(temp.path() / "run" / "old");
  {
    OutputFolder abandoned(temp.path() / "run", true);
    Touch(abandoned.staging() / "new");
  }
  EXPECT_THAT(NamesIn(temp.path() / "run"), UnorderedElementsAre("old"));
  OutputFolder folder(temp.path() / "run", true);
  Touch(folder.staging() / "new");
  folder.Commit();
  EXPECT_THAT(NamesIn(temp.path() / "run"), UnorderedElementsAre("new"));
  EXPECT_THAT(NamesIn(temp.path()), UnorderedElementsAre("run"));
}

TEST(OutputFolder, RefusesToCommitOverWorkThatAppearedMeanwhile) {
  const test::TempFolder temp;
  OutputFolder folder(temp.path() / "run", false);
  fs::create_directory(temp.path() / "run");
  Touch(temp.path() / "run" / "theirs");
  EXPECT_THROW(folder.Commit(), dem::WriteError);
  EXPECT_THAT(NamesIn(temp.path() / "run"), UnorderedElementsAre("theirs"));
}

TEST(OutputFolder, CannotBeMadeBelowAFile) {
  const test::TempFolder temp;
  Touch(temp.path() / "file");
  EXPECT_THROW(OutputFolder(temp.path() / "file" / "run", false), dem::WriteError);
}

}  // namespace
}  // namespace perilune::tools
