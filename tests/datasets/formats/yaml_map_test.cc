#include "datasets/formats/yaml_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dem/io/data_error.h"
#include "tests/support/temp_folder.h"

namespace perilune::datasets {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class YamlMapTest : public ::testing::Test {
 protected:
  std::filesystem::path Write(const std::string& text) const { return folder_.Write("a.yaml", text); }

  test::TempFolder folder_;
};

std::string MessageOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const dem::DataError& error) {
    return error.what();
  }
  return "no DataError";
}

TEST_F(YamlMapTest, ReadsValues) {
  const YamlMap yaml = ReadYamlFile(Write("a: 1.5\nb: {c: [1, 2, 3], d: text}\ne: [{f: 1}, {f: 2}]\n"));
  EXPECT_EQ(yaml.Number("a"), 1.5);
  const YamlMap b = yaml.Map("b");
  EXPECT_THAT(b.Numbers("c", 3), ::testing::ElementsAre(1, 2, 3));
  EXPECT_EQ(b.Text("d"), "text");
  EXPECT_EQ(yaml.Maps("e").at(1).Integer("f"), 2);
  EXPECT_FALSE(yaml.OptionalNumber("g"));
  EXPECT_THAT(MessageOf([&] { yaml.RefuseUnknownKeys(); }), HasSubstr("unknown key 'e[0].f'"));
}

TEST_F(YamlMapTest, AliasesCannotLoopOrMultiply) {
  EXPECT_EQ(ReadYamlFile(Write("a: &a [1, 2]\nb: *a\n")).Numbers("b", 2).back(), 2);
  EXPECT_THAT(MessageOf([&] { ReadYamlFile(Write("a: &a [*a, *a]\n")); }), HasSubstr("nested too deeply"));
  std::string lines = "x0: &x0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string alias = "*x" + std::to_string(i - 1);
    lines += "x" + std::to_string(i) + ": &x" + std::to_string(i) + " [" + alias;
    for (int k = 0; k < 9; ++k) lines += ", " + alias;
    lines += "]\n";
  }
  EXPECT_THAT(MessageOf([&] { ReadYamlFile(Write(lines)); }), HasSubstr("too often by aliases"));
}

TEST_F(YamlMapTest, NamesUnknownKeyAndLine) {
  const YamlMap yaml = ReadYamlFile(Write("a: 1\nb:\n  c: 1\n  wrong: 2\n"));
  yaml.Number("a");
  yaml.Map("b").Number("c");
  EXPECT_THAT(MessageOf([&] { yaml.RefuseUnknownKeys(); }),
              AllOf(HasSubstr("a.yaml"), HasSubstr("line 4"), HasSubstr("'b.wrong'")));
}

TEST_F(YamlMapTest, NamesKeyAndLineOfBadValues) {
  const YamlMap yaml = ReadYamlFile(Write("a: x\nb: .nan\nc: -1\nd: 1.5\ne: [1, 2]\nf: 1\n"));
  EXPECT_THAT(MessageOf([&] { yaml.Number("a"); }), AllOf(HasSubstr("line 1"), HasSubstr("'a'")));
  EXPECT_THAT(MessageOf([&] { yaml.Number("b"); }), AllOf(HasSubstr("line 2"), HasSubstr("finite")));
  EXPECT_THAT(MessageOf([&] { yaml.NonNegativeNumber("c"); }), HasSubstr("line 3"));
  EXPECT_THAT(MessageOf([&] { yaml.PositiveNumber("c"); }), HasSubstr("line 3"));
  EXPECT_THAT(MessageOf([&] { yaml.Integer("d"); }), AllOf(HasSubstr("line 4"), HasSubstr("integer")));
  EXPECT_THAT(MessageOf([&] { yaml.Numbers("e", 3); }), AllOf(HasSubstr("line 5"), HasSubstr("3 numbers")));
  EXPECT_THAT(MessageOf([&] { yaml.Map("f"); }), AllOf(HasSubstr("line 6"), HasSubstr("mapping")));
  EXPECT_THAT(MessageOf([&] { yaml.Number("g"); }), HasSubstr("key 'g' is missing"));
}

TEST_F(YamlMapTest, RefusesBadFiles) {
  EXPECT_THAT(MessageOf([&] { ReadYamlFile(folder_ / "absent.yaml"); }), HasSubstr("cannot be opened"));
  EXPECT_THAT(MessageOf([&] { ReadYamlFile(Write("a: [1\nb: 2\n")); }), HasSubstr("not valid YAML"));
  EXPECT_THAT(MessageOf([&] { ReadYamlFile(Write("- 1\n")); }), HasSubstr("mapping"));
  EXPECT_THAT(MessageOf([&] { ReadYamlFile(Write("")); }), HasSubstr("mapping"));
  EXPECT_THAT(MessageOf([&] { ReadYamlFile(Write("a: 1\nb: 2\na: 3\n")); }),
              AllOf(HasSubstr("line 3"), HasSubstr("given twice")));
}

TEST_F(YamlMapTest, OverridesReplaceValues) {
  const std::filesystem::path path = Write("a: 1\nb: {c: 2}\n");
  const YamlMap yaml = ReadYamlFile(path, {{"a", "3"}, {"b.c", "4"}});
  EXPECT_EQ(yaml.Number("a"), 3);
  EXPECT_EQ(yaml.Map("b").Number("c"), 4);
  EXPECT_THAT(MessageOf([&] {
                ReadYamlFile(path, {{"a.y", "1"}});
              }),
              AllOf(HasSubstr("--set a.y"), HasSubstr("no mapping")));
  const YamlMap unknown = ReadYamlFile(path, {{"b.d", "1"}});
  unknown.Number("a");
  unknown.Map("b").Number("c");
  EXPECT_THAT(MessageOf([&] { unknown.RefuseUnknownKeys(); }), HasSubstr("unknown key 'b.d'"));
}

TEST_F(YamlMapTest, OverridesOpenMappingsThatTheFileLacks) {
  const std::filesystem::path path = Write("a: 1\n");
  EXPECT_EQ(ReadYamlFile(path, {{"x.y", "5"}}).Map("x").Number("y"), 5);
  const YamlMap unread = ReadYamlFile(path, {{"x.y", "5"}});
  unread.Number("a");
  EXPECT_THAT(MessageOf([&] { unread.RefuseUnknownKeys(); }), HasSubstr("unknown key 'x'"));
}

}  // namespace
}  // namespace perilune::datasets
