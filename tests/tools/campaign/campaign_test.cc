#include "tools/campaign/campaign.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <stdexcept>
#include <vector>

#include "dem/ephemeris/time_scales.h"
#include "dem/io/data_error.h"
#include "tests/support/temp_folder.h"
#include "tools/campaign/process.h"
#include "tools/evaluation/errors_csv.h"
#include "tools/evaluation/metrics.h"

namespace perilune::tools {
namespace {

namespace fs = std::filesystem;

/// A program that takes the campaign's commands, notes them in calls.txt and copies prepared results. Seed 13
/// cannot be navigated.
class CampaignTest : public testing::Test {
 protected:
  CampaignTest() {
    PositionError error;
    error.outcome = Outcome::kAccepted;
    error.map_pixel_m = error.ground_sample_m = 4;
    error.map_relative = ErrorTerm{{1, 0, 0}, Eigen::Vector3d(1, 1, 1), 3.0};
    Metrics metrics;
    metrics.fix = SummarisePosition({error}, ErrorsOf::kAccepted);
    folder_.Write("result/metrics.json", ToJson(metrics));
    WriteErrors(folder_ / "result/errors.csv", {{error}, {}});
    const std::string root = folder_.path().string();
    options_.program = folder_.Write(
        "perilune",
        "#!/bin/sh\n"
        "echo \"$@\" >> '" +
            root +
            "/calls.txt'\n"
            "case $1 in\n"
            "simulate) mkdir -p \"$6/cam0/data\"; echo $4 > \"$6/seed\";;\n"
            "navigate) if [ \"$(cat $2/seed)\" = 13 ]; then echo noise; echo 'unlucky' >&2; exit 1; fi\n"
            "  mkdir -p \"$4/frames\" \"$4/hazards\"; echo '{}' > \"$4/run.json\";;\n"
            "evaluate) cp '" +
            root +
            "/result/'* \"$2\";;\n"
            "esac\n");
    fs::permissions(options_.program, fs::perms::owner_all);
    options_.scenario = "scenarios/demo.yaml";
    options_.first_seed = 11;
    options_.count = 2;
    options_.out = folder_ / "out";
  }

  CampaignResult Run() {
    return RunCampaign(options_, [&](const CampaignProgress& progress) {
      if (progress.stage != SeedStage::kStarted) skipped_.push_back(progress.stage == SeedStage::kSkipped);
    });
  }
  std::string Calls() const { return test::ReadBytes(folder_ / "calls.txt"); }

  test::TempFolder folder_;
  CampaignOptions options_;
  std::vector<bool> skipped_;
};

TEST_F(CampaignTest, FliesEachSeedAndPoolsThem) {
  const CampaignResult result = Run();
  ASSERT_EQ(result.shards.size(), 2u);
  EXPECT_EQ(result.shards[1].status, ShardStatus::kFinished);
  EXPECT_EQ(result.aggregate->fix.accepted, 2);
  EXPECT_TRUE(fs::exists(options_.out / "aggregate.json"));
  EXPECT_TRUE(fs::exists(options_.out / "table.md"));
  EXPECT_TRUE(fs::exists(options_.out / "shards/demo-12/run/metrics.json"));
}

TEST_F(CampaignTest, RemovesBulkUnlessKept) {
  Run();
  EXPECT_FALSE(fs::exists(options_.out / "shards/demo-11/sequence"));
  EXPECT_FALSE(fs::exists(options_.out / "shards/demo-11/run/frames"));
  options_.out = folder_ / "kept";
  options_.keep = true;
  Run();
  EXPECT_TRUE(fs::exists(options_.out / "shards/demo-11/sequence/cam0/data"));
  EXPECT_TRUE(fs::exists(options_.out / "shards/demo-11/run/hazards"));
}

TEST_F(CampaignTest, SkipsFinishedSeedsAndGivesTheSameBytes) {
  Run();
  const std::string calls = Calls();
  const std::string aggregate = test::ReadBytes(options_.out / "aggregate.json");
  skipped_.clear();
  Run();
  EXPECT_THAT(skipped_, testing::ElementsAre(true, true));
  EXPECT_EQ(Calls(), calls);
  EXPECT_EQ(test::ReadBytes(options_.out / "aggregate.json"), aggregate);
}

TEST_F(CampaignTest, RepeatsADamagedSeed) {
  Run();
  folder_.Write("out/shards/demo-11/run/metrics.json", "{\"fix\":");
  skipped_.clear();
  Run();
  EXPECT_THAT(skipped_, testing::ElementsAre(false, true));
}

TEST_F(CampaignTest, RepeatsSeedsOfAnotherProgram) {
  Run();
  options_.fingerprint = "changed";
  skipped_.clear();
  Run();
  EXPECT_THAT(skipped_, testing::ElementsAre(false, false));
}

TEST_F(CampaignTest, ListsAFailedSeedAndGoesOn) {
  options_.first_seed = 13;
  const CampaignResult result = Run();
  EXPECT_EQ(result.shards[0].status, ShardStatus::kFailed);
  EXPECT_EQ(result.shards[0].failure, "navigate: unlucky");
  EXPECT_THAT(result.shards[0].repeat_command,
              testing::HasSubstr("perilune simulate scenarios/demo.yaml --seed 13 -o out/demo-13/sequence"));
  EXPECT_EQ(result.shards[1].status, ShardStatus::kFinished);
  EXPECT_EQ(result.aggregate->seeds, std::vector<std::uint64_t>{14});
  EXPECT_FALSE(fs::exists(options_.out / "shards/demo-13"));
  EXPECT_FALSE(fs::exists(options_.out / "shards/.demo-13.tmp"));
  EXPECT_THAT(test::ReadBytes(options_.out / "shards/demo-13.failed.log"), testing::HasSubstr("unlucky"));
}

TEST_F(CampaignTest, HandsSettingsOnAndNeverMixesThem) {
  options_.settings = {"camera.noise=2"};
  Run();
  EXPECT_THAT(Calls(), testing::HasSubstr("--set camera.noise=2"));
  options_.settings = {"camera.noise=3"};
  EXPECT_THROW(Run(), dem::DataError);
}

TEST_F(CampaignTest, SpreadsTheEpochBySeed) {
  options_.epoch_utc = "2026-03-24T19:00:00.000";
  options_.epoch_spread_h = 6;
  const std::int64_t epoch_ns = dem::ParseUtc(options_.epoch_utc), six_hours_ns = 21'600'000'000'000;
  double sum_h = 0, square_sum_h2 = 0;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    const std::vector<std::string> settings = SettingsOf(options_, seed);
    ASSERT_EQ(settings.size(), 1u);
    ASSERT_THAT(settings[0], testing::StartsWith("epoch_utc="));
    const std::int64_t later_ns = dem::ParseUtc(settings[0].substr(10)) - epoch_ns;
    EXPECT_LE(std::abs(later_ns), six_hours_ns);
    sum_h += later_ns / 3.6e12;
    square_sum_h2 += std::pow(later_ns / 3.6e12, 2);
  }
  // Even over ± 6 h: mean 0, variance 12 h²; four sigma of 400 draws (the fourth moment is 6⁴/5).
  EXPECT_NEAR(sum_h / 400, 0, 4 * std::sqrt(12.0 / 400));
  EXPECT_NEAR(square_sum_h2 / 400, 12, 4 * std::sqrt((1296.0 / 5 - 144) / 400));
  Run();
  EXPECT_THAT(Calls(), testing::HasSubstr("--set " + SettingsOf(options_, 12)[0]));
  options_.epoch_spread_h = 7;
  EXPECT_THROW(Run(), dem::DataError);
}

TEST_F(CampaignTest, RefusesBadOptions) {
  options_.epoch_spread_h = -1;
  EXPECT_THROW(Run(), std::invalid_argument);
  options_.epoch_spread_h = 1;  // without an epoch
  EXPECT_THROW(Run(), std::invalid_argument);
  options_.epoch_spread_h = 0;
  options_.count = 0;
  EXPECT_THROW(Run(), std::invalid_argument);
}

TEST(FingerprintOf, IsFnv1aOverAllBytes) {
  const test::TempFolder folder;
  EXPECT_EQ(FingerprintOf({}), "cbf29ce484222325");
  EXPECT_EQ(FingerprintOf({folder.Write("a", "foo"), folder.Write("b", "bar")}),
            "85944171f73967e8");  // "foobar"
  EXPECT_THROW(FingerprintOf({folder / "none"}), dem::DataError);
}

TEST(RunProcess, ReturnsTheExitCodeAndKeepsTheOutput) {
  const test::TempFolder folder;
  EXPECT_EQ(RunProcess("/bin/sh", {"-c", "echo out; echo err >&2; exit 7"}, folder / "log"), 7);
  EXPECT_EQ(test::ReadBytes(folder / "log"), "out\nerr\n");
  EXPECT_EQ(RunProcess("/bin/sh", {"-c", "kill -9 $$"}, folder / "log"), 128 + 9);
  EXPECT_THROW(RunProcess(folder / "none", {}, folder / "log"), std::runtime_error);
}

TEST(ShellLine, QuotesWhatAShellWouldSplit) {
  EXPECT_EQ(ShellLine("perilune", {"a b", "it's", "x=1", ""}), "perilune 'a b' 'it'\\''s' x=1 ''");
}

}  // namespace
}  // namespace perilune::tools
