// `perilune fix` with pictures and shot files that cannot be used.
#include <gtest/gtest.h>

#include <functional>
#include <opencv2/imgcodecs.hpp>
#include <string>

#include "tests/integration/inputs.h"
#include "tests/integration/program.h"

namespace perilune::test {
namespace {

const std::vector<std::string> kFix = {"fix", "shot.json", "--map", "dem.tif", "-o", "run"};

struct BadShot {
  const char* name;
  const char* mention;
  std::function<void(const TempFolder&)> breaks;
};

void RemoveImage(const TempFolder& folder) { std::filesystem::remove(folder / "image.png"); }

const std::vector<BadShot>& BadShots() {
  static const std::vector<BadShot> shots = {
      {"MissingShot", "shot.json", [](const TempFolder& f) { std::filesystem::remove(f / "shot.json"); }},
      {"EmptyShot", "shot.json", [](const TempFolder& f) { f.Write("shot.json", ""); }},
      {"TruncatedShot", "shot.json", [](const TempFolder& f) { Truncate(f / "shot.json"); }},
      {"WrongKey", "camera is missing",
       [](const TempFolder& f) { ReplaceOnce(f / "shot.json", "\"camera\"", "\"camra\""); }},
      {"UnknownKey", "extra",
       [](const TempFolder& f) { ReplaceOnce(f / "shot.json", "\"camera\"", "\"extra\": 1, \"camera\""); }},
      {"TextForNumber", "fx_px",
       [](const TempFolder& f) { ReplaceOnce(f / "shot.json", "\"fx_px\": 160", "\"fx_px\": \"wide\""); }},
      {"NegativeFocalLength", "fx_px",
       [](const TempFolder& f) { ReplaceOnce(f / "shot.json", "\"fx_px\": 160", "\"fx_px\": -160"); }},
      {"NoRotation", "cam_from_moon_rotation",
       [](const TempFolder& f) { ReplaceOnce(f / "shot.json", "[[0, 1, 0]", "[[0, 2, 0]"); }},
      {"BadTime", "time_utc",
       [](const TempFolder& f) { ReplaceOnce(f / "shot.json", "2026-03-01T", "2026-13-01T"); }},
      {"MissingImage", "image.png", RemoveImage},
      {"EmptyImage", "image.png", [](const TempFolder& f) { f.Write("image.png", ""); }},
      {"TruncatedImage", "image.png", [](const TempFolder& f) { Truncate(f / "image.png"); }},
      {"TextImage", "image.png", [](const TempFolder& f) { f.Write("image.png", "no picture\n"); }},
      {"ZeroSizeImage", "image.pgm",
       [](const TempFolder& f) {
         WriteShot(f, "image.pgm");
         f.Write("image.pgm", "P5\n0 0\n255\n");
       }},
      {"TruncatedTiffImage", "image.tif",
       [](const TempFolder& f) {
         WriteShot(f, "image.tif");
         cv::imwrite(f / "image.tif", cv::imread(f / "image.png", cv::IMREAD_UNCHANGED));
         Truncate(f / "image.tif");
       }},
      {"TruncatedJpegImage", "image.jpg",
       [](const TempFolder& f) {
         WriteShot(f, "image.jpg");
         cv::imwrite(f / "image.jpg", cv::imread(f / "image.png", cv::IMREAD_UNCHANGED));
         Truncate(f / "image.jpg");
       }},
      {"ImageOfAnotherSize", "image.png",
       [](const TempFolder& f) { cv::imwrite(f / "image.png", cv::Mat(100, 90, CV_8U, cv::Scalar(7))); }},
  };
  return shots;
}

class BadShotIntegration : public ::testing::TestWithParam<BadShot> {};

TEST_P(BadShotIntegration, IsRefused) {
  const TempFolder folder;
  WriteHills(folder);
  WriteShot(folder);
  ASSERT_EQ(
      RunPerilune(folder.path(), {"render", "--map", "dem.tif", "--shot", "shot.json", "-o", "image.png"})
          .exit_code,
      0);
  GetParam().breaks(folder);
  const auto before = ContentsOf(folder.path());
  ExpectRefused(RunPerilune(folder.path(), kFix), 2, GetParam().mention);
  EXPECT_TRUE(ContentsOf(folder.path()) == before) << "something was left behind";
}

INSTANTIATE_TEST_SUITE_P(Shots, BadShotIntegration, ::testing::ValuesIn(BadShots()),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace perilune::test
