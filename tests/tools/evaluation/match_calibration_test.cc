#include "tools/evaluation/match_calibration.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "dem/synthesis/random.h"

namespace perilune::tools {
namespace {

// 20 000 matches of two maps, the second of which err twice as much as they declare.
std::vector<datasets::MatchResiduals> Drawn() {
  std::vector<datasets::MatchResiduals> images(2);
  const Eigen::Matrix2d root = (Eigen::Matrix2d() << 0.5, 0, 0.3, 0.2).finished();
  for (std::uint64_t k = 0; k < 2; ++k) {
    images[k].of.image.map = k == 0 ? "fine.tif" : "wide.tif";
    for (std::uint64_t i = 0; i < 10'000; ++i) {
      vision::Match match;
      match.covariance_px2 = root * root.transpose();
      images[k].of.image.matches.push_back(match);
      const Eigen::Vector2d unit(dem::RandomNormal(4, 2 * k, i), dem::RandomNormal(4, 2 * k + 1, i));
      images[k].residual_px.emplace_back((k == 0 ? 1 : 2) * root * unit);
    }
  }
  return images;
}

TEST(MatchCalibration, MatchesThatErrAsTheyDeclareAreChiSquare) {
  const auto by_map = CalibrationByMap(Drawn());
  ASSERT_EQ(by_map.size(), 2u);
  const MatchCalibration& fine = by_map.at("fine.tif");
  EXPECT_EQ(fine.matches, 10'000u);
  // Three sigmas of 10 000: the mean's is 2 / 100, a quantile's √(p(1−p)) / (density · 100).
  EXPECT_NEAR(fine.mean, 2, 0.06);
  EXPECT_NEAR(fine.p50, 1.386, 0.06);
  EXPECT_NEAR(fine.p90, 4.605, 0.18);
  EXPECT_NEAR(fine.p99, 9.210, 0.6);
  EXPECT_NEAR(by_map.at("wide.tif").mean, 8, 0.24);
}

TEST(MatchCalibration, TheTableHasALineAMap) {
  const std::string table = CalibrationTable(CalibrationByMap(Drawn()));
  EXPECT_NE(table.find("fine.tif"), std::string::npos);
  EXPECT_NE(table.find("10000"), std::string::npos);
  EXPECT_EQ(CalibrationByMap({}).size(), 0u);
}

TEST(MatchCalibration, ACovarianceOfNothingIsRefused) {
  auto images = Drawn();
  images[0].of.image.matches[7].covariance_px2.setZero();
  EXPECT_THROW(CalibrationByMap(images), std::invalid_argument);
}

}  // namespace
}  // namespace perilune::tools
