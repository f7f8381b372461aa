#include "dem/craters/crater_file.h"

#include <gtest/gtest.h>

#include "dem/io/data_error.h"
#include "tests/support/temp_folder.h"

namespace perilune::dem {
namespace {

CraterCatalog TwoCraters() {
  Crater full;
  full.id = -7'000'000'000;
  full.centre = {0.123456789012345, -3.0123456789};
  full.height_m = -2345.5;
  full.semi_major_m = 2048;
  full.semi_minor_m = 1024.25;
  full.azimuth_rad = 1.5;
  full.depth_m = 300;
  full.sigma_m = 40;
  Crater bare;
  bare.id = 2;
  bare.semi_major_m = bare.semi_minor_m = 500;
  return {"two of them", {full, bare}};
}

TEST(CraterFile, RoundTripKeepsEveryField) {
  const test::TempFolder folder;
  const auto path = folder / "two.craters";
  WriteCraterFile(path, TwoCraters());
  EXPECT_TRUE(IsCraterFile(path));
  EXPECT_EQ(std::filesystem::file_size(path), 24U + 11 + 2 * 48 + 4);
  const CraterCatalog read = ReadCraterFile(path);
  EXPECT_EQ(read.name, "two of them");
  ASSERT_EQ(read.craters.size(), 2U);
  const Crater& full = read.craters[0];
  const Crater written = TwoCraters().craters[0];
  EXPECT_EQ(full.id, written.id);
  EXPECT_EQ(full.centre.latitude_rad, written.centre.latitude_rad);
  EXPECT_EQ(full.centre.longitude_rad, written.centre.longitude_rad);
  EXPECT_EQ(full.height_m, written.height_m);
  EXPECT_EQ(full.semi_major_m, written.semi_major_m);
  EXPECT_EQ(full.semi_minor_m, written.semi_minor_m);
  EXPECT_EQ(full.azimuth_rad, written.azimuth_rad);
  EXPECT_EQ(full.depth_m, written.depth_m);
  EXPECT_EQ(full.sigma_m, written.sigma_m);
  EXPECT_FALSE(read.craters[1].depth_m);
}

std::string Refusal(const std::filesystem::path& path) {
  try {
    ReadCraterFile(path);
  } catch (const DataError& error) {
    return error.what();
  }
  return "read";
}

TEST(CraterFile, DamageIsFoundWhereverItIs) {
  const test::TempFolder folder;
  WriteCraterFile(folder / "good", TwoCraters());
  const std::string good = test::ReadBytes(folder / "good");
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x10);
    EXPECT_NE(Refusal(folder.Write("bad", bad)), "read") << "byte " << i;
  }
  for (const std::size_t length : {std::size_t{0}, std::size_t{10}, std::size_t{60}, good.size() - 1}) {
    EXPECT_NE(Refusal(folder.Write("cut", good.substr(0, length))), "read") << length;
  }
  EXPECT_NE(Refusal(folder.Write("long", good + "x")), "read");
  EXPECT_NE(Refusal(folder / "absent"), "read");
  EXPECT_FALSE(IsCraterFile(folder / "absent"));
}

}  // namespace
}  // namespace perilune::dem
