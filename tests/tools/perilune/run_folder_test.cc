#include "tools/perilune/run_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/support/temp_folder.h"

namespace perilune::tools {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

std::string RefusalOfFolder(const fs::path& target, ExistingRun existing) {
  try {
    RunFolder folder(target, existing);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "nothing was refused";
}

void WriteInto(const fs::path& folder, const fs::path& name) {
  fs::create_directories((folder / name).parent_path());
  std::ofstream(folder / name) << "x";
}

TEST(RunFolder, AppearsWholeOrNotAtAll) {
  const test::TempFolder temp;
  {
    RunFolder folder(temp / "new" / "run", ExistingRun::kRefuse);
    EXPECT_FALSE(folder.Resumed());
    WriteInto(folder.staging(), "fixes.csv");
  }
  EXPECT_FALSE(fs::exists(temp / "new"));  // nothing to go on from
  RunFolder folder(temp / "run", ExistingRun::kRefuse);
  WriteInto(folder.staging(), "run.json");
  folder.Commit();
  EXPECT_TRUE(fs::exists(temp / "run" / "run.json"));
  EXPECT_FALSE(fs::exists(temp / ".run.part"));
}

TEST(RunFolder, WaitsWithItsJournalAlone) {
  const test::TempFolder temp;
  {
    RunFolder folder(temp / "run", ExistingRun::kRefuse);
    for (const char* name :
         {"frames/1.json", "frames/.2.json.tmp77", "inputs.json", "fixes.csv", "hazards/a.tif"}) {
      WriteInto(folder.staging(), name);
    }
  }
  EXPECT_FALSE(fs::exists(temp / "run"));
  EXPECT_THAT(RefusalOfFolder(temp / "run", ExistingRun::kRefuse), HasSubstr("--resume goes on with it"));
  {
    RunFolder folder(temp / "run", ExistingRun::kResume);
    EXPECT_TRUE(folder.Resumed());
    EXPECT_TRUE(fs::exists(folder.staging() / "frames/1.json"));
    EXPECT_TRUE(fs::exists(folder.staging() / "inputs.json"));
    for (const char* name : {"frames/.2.json.tmp77", "fixes.csv", "hazards"}) {
      EXPECT_FALSE(fs::exists(folder.staging() / name)) << name;
    }
    EXPECT_THAT(RefusalOfFolder(temp / "run", ExistingRun::kResume), HasSubstr("another process"));
  }
  RunFolder anew(temp / "run", ExistingRun::kOverwrite);
  EXPECT_FALSE(anew.Resumed());
  EXPECT_TRUE(fs::is_empty(anew.staging()));
}

TEST(RunFolder, ReplacesAnOlderRunOnlyWhenAskedTo) {
  const test::TempFolder temp;
  WriteInto(temp / "run", "run.json");
  WriteInto(temp / "run", "old");
  EXPECT_THAT(RefusalOfFolder(temp / "run", ExistingRun::kRefuse), HasSubstr("is not empty"));
  {
    const RunFolder folder(temp / "run", ExistingRun::kResume);
    EXPECT_TRUE(folder.Complete());
  }
  {
    const RunFolder folder(temp / "run", ExistingRun::kOverwrite);
    WriteInto(folder.staging(), "frames/1.json");
  }
  EXPECT_TRUE(fs::exists(temp / "run" / "old"));
  // Interrupted while it was to replace the old one, it still does.
  RunFolder folder(temp / "run", ExistingRun::kResume);
  EXPECT_TRUE(folder.Resumed());
  folder.Commit();
  EXPECT_FALSE(fs::exists(temp / "run" / "old"));
  EXPECT_EQ(std::distance(fs::directory_iterator(temp.path()), {}), 1);

  WriteInto(temp / "other", "file");
  EXPECT_THAT(RefusalOfFolder(temp / "other", ExistingRun::kResume), HasSubstr("holds no run"));
  WriteInto(temp.path(), "plain");
  EXPECT_THAT(RefusalOfFolder(temp / "plain", ExistingRun::kResume), HasSubstr("is a file"));
}

}  // namespace
}  // namespace perilune::tools
