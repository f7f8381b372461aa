#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "datasets/formats/matched_images.h"
#include "datasets/formats/run.h"
#include "tests/support/perilune_command.h"
#include "tests/support/temp_folder.h"
#include "tools/evaluation/errors_csv.h"

namespace perilune::tools {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

/// A rendered run and its residuals, made once.
class MeasurementLevelIntegration : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    shared_ = new test::TempFolder();
    const std::string seq = (*shared_ / "seq").string(), run = (*shared_ / "run").string();
    ASSERT_EQ(test::RunPerilune(*shared_, "simulate " + Scenario() + " -o " + seq).exit_code, 0);
    ASSERT_EQ(test::RunPerilune(*shared_, "navigate " + seq + " -o " + run).exit_code, 0);
    const test::CommandOutcome evaluated = test::RunPerilune(
        *shared_, "evaluate " + run + " --truth " + seq + " --match-residuals " + Residuals());
    ASSERT_EQ(evaluated.exit_code, 0) << evaluated.errors;
  }
  static void TearDownTestSuite() {
    delete shared_;
    shared_ = nullptr;
  }
  static std::string Scenario() {
    return std::string(PERILUNE_SOURCE_DIR) + "/tests/tools/perilune/navigate_hop.yaml";
  }
  static std::string Residuals() { return (*shared_ / "residuals.csv").string(); }

  /// A sequence of another seed, drawn from them.
  fs::path Drawn(const std::string& more = "") const {
    const fs::path sequence = folder_ / "drawn";
    const test::CommandOutcome outcome =
        test::RunPerilune(folder_, "simulate " + Scenario() + " --seed 8 --match-residuals " + Residuals() +
                                       " -o " + sequence.string() + " " + more);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    return sequence;
  }

  test::TempFolder folder_;
  static inline test::TempFolder* shared_ = nullptr;
};

// The residuals are those against the truth: as large as the fixes' own, and of every match.
TEST_F(MeasurementLevelIntegration, ResidualsAreThoseOfTheRun) {
  const std::vector<datasets::MatchResiduals> images = datasets::ReadMatchResiduals(Residuals());
  const std::vector<datasets::FixRow> fixes = datasets::ReadFixes(*shared_ / "run" / "fixes.csv");
  ASSERT_EQ(images.size(), fixes.size());
  EXPECT_EQ(images.front().of.t_ns, 0);
  int accepted = 0;
  for (std::size_t i = 0; i < images.size(); ++i) {
    EXPECT_EQ(images[i].of.image.attempted, fixes[i].fix.attempted);
    if (fixes[i].fix.status != nav::FixStatus::kAccepted) continue;
    ++accepted;
    EXPECT_EQ(images[i].of.image.map, fixes[i].map);
    ASSERT_EQ(static_cast<int>(images[i].residual_px.size()), fixes[i].matches);
    std::vector<double> lengths;
    for (const Eigen::Vector2d& r : images[i].residual_px) lengths.push_back(r.norm());
    std::nth_element(lengths.begin(), lengths.begin() + lengths.size() / 2, lengths.end());
    EXPECT_LT(lengths[lengths.size() / 2], 3 * fixes[i].fix.residual_rms_px + 0.1) << i;
  }
  EXPECT_GE(accepted, 3);
}

TEST_F(MeasurementLevelIntegration, FliesWithoutPicturesAsWellAsWithThem) {
  const fs::path sequence = Drawn();
  EXPECT_FALSE(fs::exists(sequence / "cam0" / "data"));
  const std::string run = (folder_ / "run").string();
  ASSERT_EQ(test::RunPerilune(folder_, "navigate " + sequence.string() + " -o " + run).exit_code, 0);
  ASSERT_EQ(test::RunPerilune(folder_, "evaluate " + run + " --truth " + sequence.string()).exit_code, 0);
  const RunErrors drawn = ReadErrors(folder_ / "run" / "errors.csv");
  const RunErrors rendered = ReadErrors(*shared_ / "run" / "errors.csv");
  ASSERT_EQ(drawn.fixes.size(), rendered.fixes.size());
  for (std::size_t i = 0; i < drawn.fixes.size(); ++i) {
    EXPECT_EQ(drawn.fixes[i].outcome, rendered.fixes[i].outcome) << i;
    if (drawn.fixes[i].outcome != Outcome::kAccepted) continue;
    // The same residuals through the same pixels: the error is alike, over another ground.
    const Eigen::Vector3d apart =
        drawn.fixes[i].map_relative->error_m - rendered.fixes[i].map_relative->error_m;
    EXPECT_LT(apart.cwiseQuotient(*rendered.fixes[i].map_relative->sigma_m).cwiseAbs().maxCoeff(), 2) << i;
  }
  for (const PositionError& state : drawn.states) {
    if (!state.map_relative) continue;
    ASSERT_TRUE(state.protection);
    EXPECT_GT((*state.protection)[1].horizontal_m, (*state.protection)[0].horizontal_m);
    // A Rayleigh of the larger sigma lies above, the smaller axis' one-dimensional quantile below.
    const Eigen::Vector3d sigma = *state.map_relative->sigma_m;
    EXPECT_NEAR((*state.protection)[0].vertical_m, 1.6448536 * sigma.z(), 1e-5 * sigma.z());
  }
  const test::CommandOutcome report =
      test::RunPerilune(folder_, "report " + run + " --truth " + sequence.string());
  EXPECT_EQ(report.exit_code, 0) << report.errors;
  EXPECT_THAT(test::ReadBytes(folder_ / "run" / "report.html"), HasSubstr("or no pictures"));
}

TEST_F(MeasurementLevelIntegration, GivesTheSameBytesTwice) {
  const std::string first = test::ReadBytes(datasets::MatchesPath(Drawn()));
  EXPECT_EQ(test::ReadBytes(datasets::MatchesPath(Drawn("--overwrite"))), first);
}

TEST_F(MeasurementLevelIntegration, AnImageWithoutMatchesOrPictureIsAnError) {
  const fs::path sequence = Drawn();
  const std::string bytes = test::ReadBytes(datasets::MatchesPath(sequence));
  std::ofstream(datasets::MatchesPath(sequence)) << bytes.substr(0, bytes.find('\n') + 1);
  const test::CommandOutcome cut =
      test::RunPerilune(folder_, "navigate " + sequence.string() + " -o " + (folder_ / "r").string());
  EXPECT_EQ(cut.exit_code, 2);
  EXPECT_THAT(cut.errors, HasSubstr("has nothing of the image at"));
  fs::remove_all(sequence / "matches0");
  const test::CommandOutcome gone =
      test::RunPerilune(folder_, "navigate " + sequence.string() + " -o " + (folder_ / "r").string());
  EXPECT_EQ(gone.exit_code, 2);
  EXPECT_THAT(gone.errors, HasSubstr("there is no matches0/data.csv"));
}

TEST_F(MeasurementLevelIntegration, RefusesWhatDoesNotFit) {
  const test::CommandOutcome two = test::RunPerilune(
      folder_, "evaluate " + (*shared_ / "run").string() + " " + (*shared_ / "run").string() + " --truth " +
                   (*shared_ / "seq").string() + " --match-residuals " + (folder_ / "r.csv").string());
  EXPECT_EQ(two.exit_code, 2);
  EXPECT_THAT(two.errors, HasSubstr("takes one run"));
  const test::CommandOutcome tracks =
      test::RunPerilune(folder_, "track " + Drawn().string() + " -o " + (folder_ / "tracks").string());
  EXPECT_EQ(tracks.exit_code, 2);
  EXPECT_THAT(tracks.errors, HasSubstr("there is no picture at"));
}

}  // namespace
}  // namespace perilune::tools
