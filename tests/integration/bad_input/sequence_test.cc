// `perilune navigate` with sequences that cannot be navigated.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <opencv2/imgcodecs.hpp>
#include <string>
#include <vector>

#include "tests/integration/inputs.h"
#include "tests/integration/program.h"

namespace perilune::test {
namespace {
namespace fs = std::filesystem;

struct BadSequence {
  const char* name;
  const char* mention;
  std::function<void(const TempFolder&)> breaks;
};

fs::path ImageOf(const TempFolder& folder, int index) {
  std::vector<fs::path> images;
  for (const auto& entry : fs::directory_iterator(folder / "seq/cam0/data")) images.push_back(entry.path());
  std::sort(images.begin(), images.end());
  return images.at(static_cast<std::size_t>(index));
}

/// The map of the sequence replaced by something unusable.
std::function<void(const TempFolder&)> BreakMap(BrokenDem broken) {
  return [broken](const TempFolder& folder) {
    fs::remove(folder / "seq/map/landing.tif");
    WriteBrokenDem(folder, broken, "seq/map/landing.tif");
  };
}

const std::vector<BadSequence>& BadSequences() {
  static const std::vector<BadSequence> sequences = {
      {"MissingFolder", "seq", [](const TempFolder& f) { fs::remove_all(f / "seq"); }},
      // Then it is a folder of somebody else, and those have to be told where they begin.
      {"NeitherPriorNorCraters", "no prior",
       [](const TempFolder& f) {
         const std::string text = ReadBytes(f / "seq/sequence.yaml");
         f.Write("seq/sequence.yaml", text.substr(0, text.find("prior:")));
       }},
      {"MissingCraterFile", "hills.craters",
       [](const TempFolder& f) {
         const std::string text = ReadBytes(f / "seq/sequence.yaml");
         f.Write("seq/sequence.yaml", text.substr(0, text.find("prior:")) + "craters: hills.craters\n");
       }},
      {"MissingSequenceYaml", "initial pose",
       [](const TempFolder& f) { fs::remove(f / "seq/sequence.yaml"); }},
      {"WrongKey", "siet",
       [](const TempFolder& f) { ReplaceOnce(f / "seq/sequence.yaml", "name:", "siet: 3\nname:"); }},
      {"WrongFormat", "format",
       [](const TempFolder& f) { ReplaceOnce(f / "seq/sequence.yaml", "perilune-sequence-1", "euroc"); }},
      {"MissingCameraYaml", "cam0", [](const TempFolder& f) { fs::remove(f / "seq/cam0/sensor.yaml"); }},
      {"WrongSensorKey", "focus",
       [](const TempFolder& f) {
         ReplaceOnce(f / "seq/cam0/sensor.yaml", "rate_hz:", "focus: 1\nrate_hz:");
       }},
      {"MissingImageList", "cam0", [](const TempFolder& f) { fs::remove(f / "seq/cam0/data.csv"); }},
      {"NoImages", "cam0",
       [](const TempFolder& f) { f.Write("seq/cam0/data.csv", "#timestamp [ns],filename\n"); }},
      {"ImageTimesGoBack", "cam0", [](const TempFolder& f) { SwapLines(f / "seq/cam0/data.csv", 2, 3); }},
      {"ImuTimesGoBack", "imu0", [](const TempFolder& f) { SwapLines(f / "seq/imu0/data.csv", 7, 8); }},
      {"RangeTimesGoBack", "altimeter0",
       [](const TempFolder& f) { SwapLines(f / "seq/altimeter0/data.csv", 2, 3); }},
      {"AttitudeTimesGoBack", "star_tracker0",
       [](const TempFolder& f) { SwapLines(f / "seq/star_tracker0/data.csv", 2, 3); }},
      {"NanInImu", "imu0", [](const TempFolder& f) { ReplaceField(f / "seq/imu0/data.csv", 5, 2, "nan"); }},
      {"InfiniteRange", "altimeter0",
       [](const TempFolder& f) { ReplaceField(f / "seq/altimeter0/data.csv", 3, 1, "inf"); }},
      {"TextForNumber", "imu0",
       [](const TempFolder& f) { ReplaceField(f / "seq/imu0/data.csv", 5, 4, "fast"); }},
      {"ZeroQuaternion", "star_tracker0",
       [](const TempFolder& f) {
         for (int i = 1; i <= 4; ++i) ReplaceField(f / "seq/star_tracker0/data.csv", 2, i, "0");
       }},
      {"TruncatedTable", "imu0", [](const TempFolder& f) { Truncate(f / "seq/imu0/data.csv", 0.501); }},
      {"MissingImage", ".png", [](const TempFolder& f) { fs::remove(ImageOf(f, 2)); }},
      {"EmptyImage", ".png", [](const TempFolder& f) { fs::resize_file(ImageOf(f, 2), 0); }},
      {"TruncatedImage", ".png", [](const TempFolder& f) { Truncate(ImageOf(f, 2)); }},
      {"ImageOfAnotherSize", ".png",
       [](const TempFolder& f) { cv::imwrite(ImageOf(f, 2), cv::Mat(100, 90, CV_8U, cv::Scalar(7))); }},
      {"MissingMap", "landing.tif", BreakMap(BrokenDem::kMissing)},
      {"TruncatedMap", "landing.tif", BreakMap(BrokenDem::kTruncated)},
      {"MapOfMars", "landing.tif", BreakMap(BrokenDem::kMars)},
      {"MapWithoutCrs", "landing.tif", BreakMap(BrokenDem::kNoCrs)},
      {"MapOfNodata", "landing.tif", BreakMap(BrokenDem::kAllNodata)},
      {"MapOfNan", "landing.tif", BreakMap(BrokenDem::kAllNan)},
      {"MapElsewhere", "landing.tif",
       [](const TempFolder& f) {
         fs::remove(f / "seq/map/landing.tif");
         WriteHills(f, "seq/map/landing.tif");  // at latitude 0, not at the site
       }},
      {"WrongSidecarKey", "hight_sigma_m",
       [](const TempFolder& f) { f.Write("seq/map/landing.tif.uncertainty.yaml", "hight_sigma_m: 3\n"); }},
  };
  return sequences;
}

void Simulate(const TempFolder& folder) {
  WriteTinyScenario(folder);
  const Outcome outcome = RunPerilune(folder.path(), {"simulate", "tiny.yaml", "-o", "seq"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.standard_error;
}

class BadSequenceIntegration : public ::testing::TestWithParam<BadSequence> {};

TEST_P(BadSequenceIntegration, IsRefused) {
  const TempFolder folder;
  Simulate(folder);
  GetParam().breaks(folder);
  const auto before = ContentsOf(folder.path());
  const Outcome outcome = RunPerilune(folder.path(), {"navigate", "seq", "-o", "run"});
  ExpectRefused(outcome, 2, GetParam().mention, Progress::kAllowed);
  ExpectNothingButAWaitingRun(outcome, ContentsOf(folder.path()), before, ".run.part");
}

INSTANTIATE_TEST_SUITE_P(Sequences, BadSequenceIntegration, ::testing::ValuesIn(BadSequences()),
                         [](const auto& test) { return std::string(test.param.name); });

// Without this the refusals above would prove nothing.
TEST(SequenceIntegration, AGoodSequenceIsNavigatedAndNeedsNoTruth) {
  const TempFolder folder;
  Simulate(folder);
  fs::remove_all(folder / "seq/truth");
  fs::remove_all(folder / "seq/state_groundtruth_estimate0");
  const Outcome outcome = RunPerilune(folder.path(), {"navigate", "seq", "-o", "run"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.standard_error;
  EXPECT_TRUE(fs::exists(folder / "run/run.json"));
}

}  // namespace
}  // namespace perilune::test
