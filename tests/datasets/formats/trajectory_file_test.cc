#include "datasets/formats/trajectory_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "dem/io/data_error.h"
#include "tests/support/temp_folder.h"

namespace perilune::datasets {
namespace {

using testing::HasSubstr;

std::string LineRefusal(const std::filesystem::path& path, TrajectoryFormat format,
                        const std::filesystem::path& times = {}) {
  try {
    ReadTrajectory(path, format, times);
  } catch (const dem::DataError& error) {
    return error.what();
  }
  return "accepted";
}

std::string TumRefusal(const std::string& text) {
  const test::TempFolder folder;
  return LineRefusal(folder.Write("t.tum", text), TrajectoryFormat::kTum);
}

TEST(TrajectoryFile, ReadsATumLineByHand) {
  const test::TempFolder folder;
  // A quarter turn about z: body x points along the reference's y.
  const auto path = folder.Write("t.tum",
                                 "# time x y z qx qy qz qw\n\n"
                                 "1403636579.763555527 1 2 3 0 0 0.70710678 0.70710678\n"
                                 "1.403636580763555527e+09\t4 5 6 0 0 0 -1\r\n");
  const TrajectoryPoses read = ReadTrajectory(path, TrajectoryFormat::kTum);
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0].t_ns, 1403636579763555527);
  EXPECT_EQ(read[1].t_ns, 1403636580763555527);
  EXPECT_EQ(read[0].reference_from_body.translation(), Eigen::Vector3d(1, 2, 3));
  EXPECT_LT(
      (read[0].reference_from_body.linear() * Eigen::Vector3d::UnitX() - Eigen::Vector3d::UnitY()).norm(),
      1e-12);
  EXPECT_FALSE(read[0].motion);
}

TEST(TrajectoryFile, RoundsSecondsToTheNearestNanosecond) {
  const test::TempFolder folder;
  const auto path = folder.Write("t.tum",
                                 "-1.5 0 0 0 0 0 0 1\n-4e-10 0 0 0 0 0 0 1\n0.0000000014 0 0 0 0 0 0 1\n"
                                 "0.0000000015 0 0 0 0 0 0 1\n+7 0 0 0 0 0 0 1\n");
  const TrajectoryPoses read = ReadTrajectory(path, TrajectoryFormat::kTum);
  ASSERT_EQ(read.size(), 5U);
  EXPECT_EQ(read[0].t_ns, -1'500'000'000);
  EXPECT_EQ(read[1].t_ns, 0);
  EXPECT_EQ(read[2].t_ns, 1);
  EXPECT_EQ(read[3].t_ns, 2);
  EXPECT_EQ(read[4].t_ns, 7'000'000'000);
}

TEST(TrajectoryFile, RefusesWithFileAndLine) {
  EXPECT_THAT(TumRefusal(""), HasSubstr("t.tum: has no pose"));
  EXPECT_THAT(TumRefusal("1 2 3\n"), HasSubstr("line 1: 3 fields where there must be 8"));
  EXPECT_THAT(TumRefusal("0 0 0 0 0 0 0 1\n0 0 0 0 0 0 0 1\n"), HasSubstr("line 2: time does not increase"));
  EXPECT_THAT(TumRefusal("0 nan 0 0 0 0 0 1\n"), HasSubstr("line 1: 'nan' is not finite"));
  EXPECT_THAT(TumRefusal("0 1x 0 0 0 0 0 1\n"), HasSubstr("'1x' is no number"));
  EXPECT_THAT(TumRefusal("0 0 0 0 0 0 0 1.01\n"), HasSubstr("the quaternion's length is not 1"));
  EXPECT_THAT(TumRefusal("0 0 0 0 0 0 0 0\n"), HasSubstr("the quaternion's length is not 1"));
  EXPECT_THAT(TumRefusal("nan 0 0 0 0 0 0 1\n"), HasSubstr("'nan' is no time"));
  EXPECT_THAT(TumRefusal("1e30 0 0 0 0 0 0 1\n"), HasSubstr("beyond 64-bit"));
  EXPECT_THAT(TumRefusal("1e99999999999 0 0 0 0 0 0 1\n"), HasSubstr("is no time"));
  EXPECT_THAT(LineRefusal("/nonexistent/t.tum", TrajectoryFormat::kTum), HasSubstr("cannot be opened"));
}

TEST(TrajectoryFile, ReadsEurocWithAndWithoutMotion) {
  const test::TempFolder folder;
  const auto full = folder.Write("full.csv",
                                 "#timestamp, p_RS_R_x [m], …\n"
                                 "7, 1, 2, 3, 1, 0, 0, 0, .1, .2, .3, 4e-3, 5e-3, 6e-3, .07, .08, .09\n");
  const TrajectoryPoses read = ReadTrajectory(full, TrajectoryFormat::kEuroc);
  ASSERT_EQ(read.size(), 1U);
  ASSERT_TRUE(read[0].motion);
  EXPECT_EQ(read[0].motion->velocity_mps, Eigen::Vector3d(.1, .2, .3));
  EXPECT_EQ(read[0].motion->gyro_bias_radps, Eigen::Vector3d(4e-3, 5e-3, 6e-3));
  EXPECT_EQ(read[0].motion->accel_bias_mps2, Eigen::Vector3d(.07, .08, .09));
  const auto bare = folder.Write("bare.csv", "7,1,2,3,1,0,0,0\n");
  EXPECT_FALSE(ReadTrajectory(bare, TrajectoryFormat::kEuroc)[0].motion);
  EXPECT_THAT(LineRefusal(folder.Write("cut.csv", "7,1,2,3,1,0,0\n"), TrajectoryFormat::kEuroc),
              HasSubstr("line 1: 7 fields"));
  EXPECT_THAT(LineRefusal(folder.Write("open.csv", "7,1,2,3,1,0,0,\n"), TrajectoryFormat::kEuroc),
              HasSubstr("'' is no number"));
}

TEST(TrajectoryFile, ReadsKittiWithItsTimes) {
  const test::TempFolder folder;
  const auto poses = folder.Write("poses.kitti", "1 0 0 5 0 1 0 6 0 0 1 7\n0 -1 0 1 1 0 0 2 0 0 1 3\n");
  folder.Write("times.txt", "0.5\n1e0\n");
  const TrajectoryPoses read = ReadTrajectory(poses, TrajectoryFormat::kKitti);
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0].t_ns, 500'000'000);
  EXPECT_EQ(read[0].reference_from_body.translation(), Eigen::Vector3d(5, 6, 7));
  EXPECT_LT((read[1].reference_from_body * Eigen::Vector3d(1, 0, 0) - Eigen::Vector3d(1, 3, 3)).norm(),
            1e-12);
  EXPECT_THAT(LineRefusal(poses, TrajectoryFormat::kKitti, folder.Write("one.txt", "0\n")),
              HasSubstr("1 times for 2 poses"));
  EXPECT_THAT(LineRefusal(poses, TrajectoryFormat::kKitti, folder.Write("back.txt", "1\n0\n")),
              HasSubstr("back.txt: line 2: time does not increase"));
  EXPECT_THAT(LineRefusal(folder.Write("flip.kitti", "-1 0 0 5 0 1 0 6 0 0 1 7\n1 0 0 5 0 1 0 6 0 0 1 7\n"),
                          TrajectoryFormat::kKitti),
              HasSubstr("no rotation"));
}

TEST(TrajectoryFile, TellsFormatsApart) {
  const test::TempFolder folder;
  EXPECT_EQ(DetectTrajectoryFormat("x.csv"), TrajectoryFormat::kEuroc);
  EXPECT_EQ(DetectTrajectoryFormat(folder.Write("a.txt", "0 0 0 0 0 0 0 1\n")), TrajectoryFormat::kTum);
  EXPECT_EQ(DetectTrajectoryFormat(folder.Write("b.txt", "1 0 0 0 0 1 0 0 0 0 1 0\n")),
            TrajectoryFormat::kKitti);
  EXPECT_THROW(DetectTrajectoryFormat(folder.Write("c.txt", "1 2\n")), dem::DataError);
}

TEST(TrajectoryFile, ComesBackFromEveryFormat) {
  std::mt19937_64 random(20261126);
  std::normal_distribution<double> normal;
  TrajectoryPoses trajectory;
  for (int i = 0; i < 200; ++i) {
    TrajectoryPose pose;
    pose.t_ns = 1'772'366'437'000'000'000 + i * 33'333'333LL;
    pose.reference_from_body.linear() =
        Eigen::Quaterniond(normal(random), normal(random), normal(random), normal(random))
            .normalized()
            .toRotationMatrix();
    pose.reference_from_body.translation() << 1e4 * normal(random), normal(random), 1e-3 * normal(random);
    pose.motion = {{normal(random), 0, 1}, {1e-9, 2, normal(random)}, {0, normal(random), 3}};
    trajectory.push_back(pose);
  }
  const test::TempFolder folder;
  for (const auto& [name, format] : {std::pair("t.tum", TrajectoryFormat::kTum),
                                     {"t.csv", TrajectoryFormat::kEuroc},
                                     {"t.kitti", TrajectoryFormat::kKitti}}) {
    WriteTrajectory(folder / name, format, trajectory);
    const TrajectoryPoses read = ReadTrajectory(folder / name, DetectTrajectoryFormat(folder / name));
    ASSERT_EQ(read.size(), trajectory.size());
    for (std::size_t i = 0; i < read.size(); ++i) {
      EXPECT_EQ(read[i].t_ns, trajectory[i].t_ns);
      EXPECT_EQ(read[i].reference_from_body.translation(), trajectory[i].reference_from_body.translation());
      EXPECT_LT((read[i].reference_from_body.linear() - trajectory[i].reference_from_body.linear()).norm(),
                1e-14);
      if (format == TrajectoryFormat::kEuroc) {
        ASSERT_TRUE(read[i].motion);
        EXPECT_EQ(read[i].motion->velocity_mps, trajectory[i].motion->velocity_mps);
        EXPECT_EQ(read[i].motion->accel_bias_mps2, trajectory[i].motion->accel_bias_mps2);
      }
    }
  }
}

}  // namespace
}  // namespace perilune::datasets
