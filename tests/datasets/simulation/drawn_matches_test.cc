#include "datasets/simulation/drawn_matches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <stdexcept>

#include "datasets/formats/sequence_stream.h"
#include "datasets/formats/truth.h"
#include "datasets/simulation/simulator.h"
#include "tests/datasets/tiny_scenario.h"
#include "tests/support/temp_folder.h"

namespace perilune::datasets {
namespace {

using ::testing::HasSubstr;

constexpr int kMatches = 6;

/// A run as a file would hold it: `images` one second times `interval_s` apart, whose residuals tell run and
/// match.
std::vector<MatchResiduals> RunWith(double mark_px, const std::string& map, int images, double interval_s) {
  std::vector<MatchResiduals> run;
  for (int k = 0; k < images; ++k) {
    MatchResiduals image;
    image.of = {static_cast<std::int64_t>(k * interval_s * 1e9), {map, 100, {}}};
    for (int i = 0; i < kMatches; ++i) {
      vision::Match match;
      match.pixel_px = {20.0 + 9 * i, 70.0 - 8 * i};
      match.covariance_px2 = (0.1 + i) * Eigen::Matrix2d::Identity();
      match.patch_size_px = 12;
      image.of.image.matches.push_back(match);
      image.residual_px.emplace_back(mark_px, -0.1 * i);
    }
    run.push_back(std::move(image));
  }
  return run;
}

std::string MapOf(const Scenario& scenario) { return scenario.map.levels.back().name + ".tif"; }

std::string Refusal(const Scenario& scenario, const ResidualRuns& runs) {
  const test::TempFolder folder;
  try {
    SimulateMatches(scenario, runs, folder.path());
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "none";
}

// Against the truth moved by the tie the drawn matches err as those that they were drawn from, and their
// points lie on this seed's map.
TEST(SimulateMatches, GivesTheResidualsOfTheRunsOverItsOwnMap) {
  const Scenario scenario = test::TinyScenario();
  const std::string map = MapOf(scenario);
  const test::TempFolder folder;
  SimulateMatches(scenario, {RunWith(0.3, map, 4, 1 / scenario.camera.rate_hz)}, folder.path());
  SequenceStream sequence = OpenSequenceStream(folder.path());
  const Truth truth = ReadTruth(folder.path());
  ASSERT_EQ(sequence.images.size(), 4u);
  for (const ImageName& image : sequence.images) {
    EXPECT_TRUE(image.file.empty());
    const std::optional<TimedMatches> drawn = sequence.matches.Take();
    ASSERT_TRUE(drawn);
    EXPECT_EQ(drawn->t_ns, image.t_ns);
    EXPECT_EQ(drawn->image.map, map);
    EXPECT_EQ(drawn->image.attempted, 100);
    ASSERT_EQ(drawn->image.matches.size(), static_cast<std::size_t>(kMatches));
    const auto state = std::find_if(truth.states.begin(), truth.states.end(),
                                    [&](const TruthState& s) { return s.t_ns == image.t_ns; });
    ASSERT_NE(state, truth.states.end());
    Eigen::Isometry3d site_from_cam = state->site_from_body * sequence.info.body_from_cam;
    site_from_cam.translation() += truth.map_tie_in_site_m.at(map);
    for (int i = 0; i < kMatches; ++i) {
      const vision::Match& match = drawn->image.matches[static_cast<std::size_t>(i)];
      const auto seen_px = sequence.info.camera.Project(site_from_cam.inverse() * match.point_in_site_m);
      ASSERT_TRUE(seen_px);
      EXPECT_LT((match.pixel_px - *seen_px - Eigen::Vector2d(0.3, -0.1 * i)).norm(), 1e-6);
      EXPECT_EQ(match.covariance_px2(0, 0), 0.1 + i);
      EXPECT_LT(std::abs(match.point_in_site_m.z()), 5000);
    }
  }
  EXPECT_FALSE(sequence.matches.Take());
  EXPECT_FALSE(std::filesystem::exists(folder / "cam0/data"));
}

TEST(SimulateMatches, DrawsAnotherRunForAnotherSeed) {
  Scenario scenario = test::TinyScenario();
  const double interval_s = 1 / scenario.camera.rate_hz;
  const ResidualRuns runs = {RunWith(0.25, MapOf(scenario), 4, interval_s),
                             RunWith(0.5, MapOf(scenario), 4, interval_s)};
  const test::TempFolder folder;
  SimulateMatches(scenario, runs, folder.path());
  const SequenceInfo info = OpenSequenceStream(folder.path()).info;
  const std::map<std::string, Eigen::Vector3d> ties = ReadTruth(folder.path()).map_tie_in_site_m;
  Eigen::Isometry3d above = info.body_from_cam;
  above.linear() << 1, 0, 0, 0, -1, 0, 0, 0, -1;
  above.translation() = Eigen::Vector3d(0, 0, 2500);
  std::set<long> marks;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const std::optional<nav::MatchedImage> drawn = DrawnMatches(runs, info, ties, seed).At(0, above);
    ASSERT_TRUE(drawn && !drawn->matches.empty());
    Eigen::Isometry3d seen_from = above;
    seen_from.translation() += ties.at(drawn->map);
    const vision::Match& match = drawn->matches.front();
    const auto seen_px = info.camera.Project(seen_from.inverse() * match.point_in_site_m);
    ASSERT_TRUE(seen_px);
    marks.insert(std::lround(100 * (match.pixel_px - *seen_px).x()));
    const std::optional<nav::MatchedImage> again = DrawnMatches(runs, info, ties, seed).At(0, above);
    EXPECT_EQ(again->matches.front().point_in_site_m, match.point_in_site_m);
  }
  EXPECT_EQ(marks, (std::set<long>{25, 50}));
}

TEST(SimulateMatches, RefusesRunsOfSomethingElse) {
  const Scenario scenario = test::TinyScenario();
  const double interval_s = 1 / scenario.camera.rate_hz;
  const std::string map = MapOf(scenario);
  EXPECT_THAT(Refusal(scenario, {}), HasSubstr("no run to draw from"));
  EXPECT_THAT(Refusal(scenario, {RunWith(0, "other.tif", 4, interval_s)}),
              HasSubstr("it has no map other.tif"));
  ResidualRuns wide = {RunWith(0, map, 4, interval_s)};
  wide[0][2].of.image.matches[1].pixel_px.x() = scenario.camera.size_px;
  EXPECT_THAT(Refusal(scenario, wide), HasSubstr("another camera"));
  EXPECT_THAT(Refusal(scenario, {RunWith(0, map, 1, interval_s)}), HasSubstr("another camera.rate_hz"));
}

}  // namespace
}  // namespace perilune::datasets
