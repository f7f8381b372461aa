#include "datasets/formats/csv_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dem/io/data_error.h"
#include "tests/support/temp_folder.h"

namespace perilune::datasets {
namespace {

using ::testing::HasSubstr;

std::string RefusalOfStream(const std::filesystem::path& path, CsvDialect dialect) {
  try {
    CsvStream stream(path, dialect);
    while (stream.Next()) {
    }
  } catch (const dem::DataError& error) {
    return error.what();
  }
  return "nothing was refused";
}

TEST(CsvStream, GivesRowAfterRow) {
  const test::TempFolder folder;
  CsvStream stream(folder.Write("a.csv", "t,x\n1,2.5\n3,\"a,b\"\n"));
  EXPECT_EQ(stream.columns(), (std::vector<std::string>{"t", "x"}));
  const std::optional<CsvRow> first = stream.Next(), second = stream.Next();
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->Integer(0), 1);
  EXPECT_EQ(first->Number(1), 2.5);
  EXPECT_EQ(second->Text(1), "a,b");
  EXPECT_FALSE(stream.Next());
}

TEST(CsvStream, TakesOthersHabitsOnlyInOthersFiles) {
  const test::TempFolder folder;
  const auto path = folder.Write("a.csv", "t, x\n# a remark\n\n 1 ,\t2.5\r\n3,4");
  CsvStream stream(path, CsvDialect::kForeign);
  const std::optional<CsvRow> first = stream.Next(), second = stream.Next();
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->Integer(0), 1);
  EXPECT_EQ(first->Number(1), 2.5);
  EXPECT_EQ(second->Number(1), 4);
  EXPECT_FALSE(stream.Next());
  EXPECT_THAT(RefusalOfStream(path, CsvDialect::kOurs), HasSubstr("line 2: 1 fields where the header has 2"));
  EXPECT_THAT(RefusalOfStream(folder.Write("b.csv", "t,x\n3,4"), CsvDialect::kOurs),
              HasSubstr("line 2: has no line end: the file is cut"));
}

TEST(CsvStream, DoesNotReadAFileWithoutLinesToItsEnd) {
  const test::TempFolder folder;
  const auto path = folder.Write("a.csv", "t\n" + std::string(100'000, '1') + "\n");
  EXPECT_THAT(RefusalOfStream(path, CsvDialect::kForeign), HasSubstr("line 2: is longer than 64 KiB"));
  EXPECT_THAT(RefusalOfStream(folder / "none.csv", CsvDialect::kOurs),
              HasSubstr("none.csv: cannot be opened"));
  EXPECT_THAT(RefusalOfStream(folder.Write("c.csv", ""), CsvDialect::kOurs), HasSubstr("is empty"));
}

TEST(CsvStream, AFirstLineOfDataIsARow) {
  const test::TempFolder folder;
  CsvStream stream(folder.Write("a.csv", "7,8\n9,10\n"), CsvDialect::kForeign);
  stream.TakeFirstLineAsData({"t", "x"});
  EXPECT_EQ(stream.Next()->Integer(1), 8);
  const std::optional<CsvRow> second = stream.Next();
  EXPECT_EQ(second->Integer(0), 9);
  try {
    second->Refuse(1, "is odd");
  } catch (const dem::DataError& error) {
    EXPECT_THAT(error.what(), HasSubstr("line 2: x: is odd"));
  }
}

}  // namespace
}  // namespace perilune::datasets
