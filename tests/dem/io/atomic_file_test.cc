#include "dem/io/atomic_file.h"

#include <gtest/gtest.h>

#include "dem/io/data_error.h"
#include "tests/support/small_disk.h"
#include "tests/support/temp_folder.h"

namespace perilune::dem {
namespace {

TEST(AtomicFile, WritesAndReplacesAndLeavesNothingElse) {
  const test::TempFolder folder;
  const std::string bytes("a\0b\n", 4);
  WriteFileAtomically(folder / "x.bin", bytes);
  EXPECT_EQ(test::ReadBytes(folder / "x.bin"), bytes);
  WriteFileAtomically(folder / "x.bin", "");
  EXPECT_EQ(test::ReadBytes(folder / "x.bin"), "");
  EXPECT_EQ(test::CountEntries(folder.path()), 1);
}

TEST(AtomicFile, TheTemporaryIsHiddenAndInTheSameFolder) {
  const std::filesystem::path temporary = TemporaryBeside("some/where/map.tif");
  EXPECT_EQ(temporary.parent_path(), "some/where");
  EXPECT_EQ(temporary.filename().string().rfind(".map.tif.tmp", 0), 0U);
}

TEST(AtomicFile, AMissingFolderIsAWriteErrorThatNamesTheFile) {
  const test::TempFolder folder;
  try {
    WriteFileAtomically(folder / "none/x.txt", "a");
    FAIL();
  } catch (const WriteError& error) {
    EXPECT_NE(std::string(error.what()).find("none/x.txt"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("No such file or directory"), std::string::npos);
  }
}

TEST(AtomicFile, ATargetThatIsAFolderIsAWriteErrorAndLeavesNoTemporary) {
  const test::TempFolder folder;
  std::filesystem::create_directories(folder / "x/y");
  EXPECT_THROW(WriteFileAtomically(folder / "x", "a"), WriteError);
  EXPECT_EQ(test::CountEntries(folder.path()), 1);
}

TEST(AtomicFile, AFullDiskIsAWriteErrorAndTheOldFileStays) {
  const test::SmallDisk disk(64);
  if (!disk.mounted()) GTEST_SKIP() << "mounting a small disk needs root";
  WriteFileAtomically(disk.path() / "x", "old");
  EXPECT_THROW(WriteFileAtomically(disk.path() / "x", std::string(1 << 20, 'a')), WriteError);
  EXPECT_EQ(test::ReadBytes(disk.path() / "x"), "old");
  EXPECT_EQ(test::CountEntries(disk.path()), 1);
}

}  // namespace
}  // namespace perilune::dem
