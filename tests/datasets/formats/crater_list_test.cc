#include "datasets/formats/crater_list.h"

#include <gtest/gtest.h>

#include <string>

#include "dem/io/data_error.h"
#include "tests/support/temp_folder.h"

namespace perilune::datasets {
namespace {

std::vector<dem::Crater> Read(const std::string& text) {
  const test::TempFolder folder;
  return ReadCraterList(folder.Write("c.csv", text));
}

TEST(CraterList, DiametersBecomeSemiAxesAndRowsIds) {
  const auto craters = Read("lon_deg,lat_deg,diameter_m,depth_m,source\n190,-10,2000,300,1\n20,30,50.5,,2\n");
  ASSERT_EQ(craters.size(), 2U);
  EXPECT_EQ(craters[0].id, 1);
  EXPECT_DOUBLE_EQ(craters[0].centre.latitude_rad, dem::DegToRad(-10));
  EXPECT_NEAR(craters[0].centre.longitude_rad, dem::DegToRad(-170), 1e-15);
  EXPECT_EQ(craters[0].semi_major_m, 1000);
  EXPECT_EQ(craters[0].semi_minor_m, 1000);
  EXPECT_EQ(craters[0].depth_m, 300);
  EXPECT_EQ(craters[1].id, 2);
  EXPECT_EQ(craters[1].semi_major_m, 25.25);
  EXPECT_FALSE(craters[1].depth_m);
  EXPECT_EQ(Read("lat_deg,lon_deg,diameter_km\n1,2,3\n")[0].semi_major_m, 1500);
}

// Robbins' angle runs from east to north, an azimuth from north to east.
TEST(CraterList, EllipsesAndTextIds) {
  const auto craters = Read("id,lat_deg,lon_deg,a_dia_km,b_dia_km,angle_rad\n01-1-2,1,2,30,20,0.5\n");
  EXPECT_EQ(craters[0].id, 1) << "an id that is no number";
  EXPECT_EQ(craters[0].semi_major_m, 15000);
  EXPECT_EQ(craters[0].semi_minor_m, 10000);
  EXPECT_NEAR(craters[0].azimuth_rad, 0.5 * dem::kPi - 0.5, 1e-15);
  EXPECT_EQ(Read("id,lat_deg,lon_deg,diameter_m\n77,1,2,3\n")[0].id, 77);
}

TEST(CraterList, RefusesWhatItCannotUse) {
  EXPECT_THROW(Read("id,\"lat_deg,lon_deg,diameter_m\n1,2,3,4\n"), dem::DataError);
  EXPECT_THROW(Read("\"lat_deg,x\",lon_deg,diameter_m\n1,2,3\n"), dem::DataError);
  for (const char* text :
       {"", "lat_deg,lon_deg\n1,2\n", "lat_deg,diameter_m\n1,2\n", "lat_deg,lon_deg,diameter_m\n91,2,3\n",
        "lat_deg,lon_deg,diameter_m\n1,361,3\n", "lat_deg,lon_deg,diameter_m\n1,2,0\n",
        "lat_deg,lon_deg,diameter_m\n1,2,x\n", "lat_deg,lon_deg,a_dia_km\n1,2,3\n"}) {
    EXPECT_THROW(Read(text), dem::DataError) << text;
  }
  EXPECT_THROW(ReadCraterList("/no/such.csv"), dem::DataError);
}

}  // namespace
}  // namespace perilune::datasets
