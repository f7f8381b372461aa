#include "datasets/formats/crater_import.h"

#include <gtest/gtest.h>

#include <string>

#include "dem/io/data_error.h"
#include "tests/support/real_data.h"
#include "tests/support/temp_folder.h"

namespace perilune::datasets {
namespace {

const std::string kEllipses =
    "name: made up\nseparator: comma\nlongitude: east_360\ncolumns:\n  id: {name: N}\n"
    "  latitude: {name: La, unit: deg}\n  longitude: {name: Lo, unit: deg}\n"
    "  diameter: {name: D, unit: km}\n  major_axis: {name: A, unit: km}\n  minor_axis: {name: B, unit: km}\n"
    "  angle: {name: T, unit: deg, from: east_counterclockwise}\n  radius: {name: R, unit: km}\n";

CraterImport Import(const std::string& mapping, const std::string& table) {
  const test::TempFolder folder;
  return ImportCraters(folder.Write("t.csv", table), ReadCraterMapping(folder.Write("m.yaml", mapping)));
}

std::string MappingRefusal(const std::string& text) {
  const test::TempFolder folder;
  try {
    ReadCraterMapping(folder.Write("m.yaml", text));
  } catch (const dem::DataError& error) {
    return error.what();
  }
  return "read";
}

TEST(CraterImport, UnitsAnglesAndLongitudesAreAsStated) {
  const CraterImport import =
      Import(kEllipses, "R,N,La,Lo,D,A,B,T\n1738.4,01-1-000002,10,350,3,4,2,30\n1737.4,7,-90,0,3,,,\n");
  EXPECT_TRUE(import.bad_rows.empty());
  ASSERT_EQ(import.craters.size(), 2U);
  const dem::Crater& first = import.craters[0];
  EXPECT_EQ(first.id, 11000002);
  EXPECT_NEAR(first.centre.latitude_rad, dem::DegToRad(10), 1e-15);
  EXPECT_NEAR(first.centre.longitude_rad, dem::DegToRad(-10), 1e-14);
  EXPECT_NEAR(first.height_m, 1000, 1e-6);
  EXPECT_EQ(first.semi_major_m, 2000);
  EXPECT_EQ(first.semi_minor_m, 1000);
  EXPECT_NEAR(first.azimuth_rad, dem::DegToRad(60), 1e-15);  // 30° north of east is 60° east of north
  EXPECT_EQ(import.craters[1].semi_major_m, 1500);           // no ellipse: the diameter
  EXPECT_EQ(import.craters[1].semi_minor_m, 1500);
}

TEST(CraterImport, BadRowsAreListedWithTheirLines) {
  const CraterImport import =
      Import(kEllipses,
             "R,N,La,Lo,D,A,B,T\n1737.4,1,91,0,3,4,2,0\n1737.4,2,0,-1,3,4,2,0\n1737.4,3,0,0,3,4,2,0\n"
             "1737.4,4,0,0,3,2,4,0\n\n1737.4,5,0,0,-3,,,\n1737.4,x,0,0,3,,,\n1737.4,6,0,0\n1737.4,7,,0,3,,,\n"
             "1737.4,8,0,0,3,4000,4000,0\n");
  ASSERT_EQ(import.craters.size(), 1U);
  EXPECT_EQ(import.craters[0].id, 3);
  std::vector<int> lines;
  for (const BadCraterRow& row : import.bad_rows) lines.push_back(row.line);
  EXPECT_EQ(lines, (std::vector<int>{2, 3, 5, 7, 8, 9, 10, 11}));
  EXPECT_EQ(import.bad_rows[1].problem, "Lo: outside 0 to 360 degrees");
}

TEST(CraterImport, TablesOfBlanksAndWestLongitudes) {
  const CraterImport import = Import(
      "name: west\nseparator: space\nskip_lines: 2\nlongitude: west_360\ncolumns:\n"
      "  latitude: {name: lat, unit: rad}\n  longitude: {name: lon, unit: deg}\n  diameter: {name: d, unit: "
      "m}\n",
      "# made\n# by hand\n  lon   lat d\n 90  0.5   100\n270 -0.5 200\n");
  ASSERT_EQ(import.craters.size(), 2U);
  EXPECT_NEAR(import.craters[0].centre.longitude_rad, dem::DegToRad(-90), 1e-15);
  EXPECT_NEAR(import.craters[1].centre.longitude_rad, dem::DegToRad(90), 1e-15);
  EXPECT_EQ(import.craters[0].centre.latitude_rad, 0.5);
  EXPECT_EQ(import.craters[1].id, 2);
}

TEST(CraterImport, MappingsAreReadStrictly) {
  EXPECT_EQ(MappingRefusal(kEllipses), "read");
  std::string wrong = kEllipses;
  wrong.replace(wrong.find("km"), 2, "ft");
  EXPECT_NE(MappingRefusal(wrong).find("must be one of m, km"), std::string::npos);
  EXPECT_NE(MappingRefusal(kEllipses + "  depht: {name: x, unit: m}\n").find("depht"), std::string::npos);
  wrong = kEllipses;
  wrong.erase(wrong.find("  angle"), wrong.find("  radius") - wrong.find("  angle"));
  EXPECT_NE(MappingRefusal(wrong).find("need diameter, or all of"), std::string::npos);
}

TEST(CraterImport, AFileThatDoesNotFitIsRefused) {
  EXPECT_THROW(Import(kEllipses, "a,b\n1,2\n"), dem::DataError);
  EXPECT_THROW(Import(kEllipses, ""), dem::DataError);
  EXPECT_THROW(Import(kEllipses, "R,N,La,Lo,D,A,B,T\n"), dem::DataError);
}

TEST(CraterImportData, ReadyMappingsReadTheRealCatalogues) {
  const std::filesystem::path data = test::RealData() / "craters";
  if (!std::filesystem::exists(data)) GTEST_SKIP() << "no real data at " << data;
  const std::filesystem::path mappings = std::filesystem::path(PERILUNE_SOURCE_DIR) / "datasets/mappings";
  struct Expected {
    const char *file, *mapping;
    std::size_t craters, bad;
  };
  // Lines less the header; one row of Povilaitis is broken in two by a quoted line end.
  for (const Expected& e : {Expected{"robbins_navigation_llh.csv", "robbins_navigation", 21641, 0},
                            {"povilaitis_2018_5_20km.csv", "povilaitis_2018", 19334, 2},
                            {"head_2010_ge20km.csv", "head_2010", 5185, 0},
                            {"lu1319381_atlas.csv", "lu1319381", 3768, 0},
                            {"apollo15_metric_area_merged.csv", "merged", 674, 0}}) {
    const CraterImport import =
        ImportCraters(data / e.file, ReadCraterMapping(mappings / (std::string(e.mapping) + ".yaml")));
    EXPECT_EQ(import.craters.size(), e.craters) << e.file;
    EXPECT_EQ(import.bad_rows.size(), e.bad) << e.file;
  }
  EXPECT_EQ(ReadCraterMapping(mappings / "robbins_2018.yaml").id->name, "CRATER_ID");
}

}  // namespace
}  // namespace perilune::datasets
