#include "datasets/formats/image_file.h"

#include <gtest/gtest.h>

#include <opencv2/imgcodecs.hpp>
#include <string>
#include <vector>

#include "dem/io/data_error.h"
#include "dem/synthesis/random.h"
#include "tests/support/temp_folder.h"

namespace perilune::datasets {
namespace {

cv::Mat Noise(int type) {
  cv::Mat image(48, 64, type);
  for (std::size_t i = 0; i < image.total() * image.elemSize(); ++i) {
    image.data[i] = static_cast<std::uint8_t>(dem::RandomBits(3, 0, i));
  }
  return image;
}

std::string Encode(const std::string& extension, const cv::Mat& image) {
  std::vector<std::uint8_t> bytes;
  cv::imencode(extension, image, bytes);
  return {bytes.begin(), bytes.end()};
}

std::string Refusal(const std::filesystem::path& path) {
  try {
    ReadGreyImage(path);
  } catch (const dem::DataError& e) {
    return e.what();
  }
  return "accepted";
}

TEST(ImageFile, KeepsEightAndSixteenBits) {
  const test::TempFolder folder;
  for (const int type : {CV_8U, CV_16U}) {
    const cv::Mat image = Noise(type);
    for (const std::string extension : {".png", ".tiff", ".pgm"}) {
      const cv::Mat read = ReadGreyImage(folder.Write("a" + extension, Encode(extension, image)));
      ASSERT_EQ(read.type(), type) << extension;
      EXPECT_EQ(cv::countNonZero(read != image), 0) << extension;
    }
  }
}

TEST(ImageFile, RefusesAnAbsurdSizeBeforeLibpngTalksOfIt) {
  const std::filesystem::path corpus = std::filesystem::path(PERILUNE_SOURCE_DIR) / "tests/fuzz/corpus/image";
  testing::internal::CaptureStderr();
  EXPECT_NE(Refusal(corpus / "huge.png").find("more than 1000000 pixels"), std::string::npos);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(ImageFile, PgmHeadersMayHaveComments) {
  const test::TempFolder folder;
  const cv::Mat read = ReadGreyImage(folder.Write("c.pgm", "P5 # a picture\n# of two pixels\n2\n1 255\nAZ"));
  ASSERT_EQ(read.size(), cv::Size(2, 1));
  EXPECT_EQ(read.at<std::uint8_t>(0, 1), 'Z');
}

TEST(ImageFile, ColourBecomesGrey) {
  const test::TempFolder folder;
  const cv::Mat colour(8, 8, CV_8UC3, cv::Scalar(50, 50, 50));
  const cv::Mat read = ReadGreyImage(folder.Write("c.png", Encode(".png", colour)));
  EXPECT_EQ(read.type(), CV_8U);
  EXPECT_EQ(read.at<std::uint8_t>(3, 3), 50);
}

TEST(ImageFile, EveryTruncationIsRefused) {
  const test::TempFolder folder;
  for (const std::string extension : {".png", ".tiff", ".pgm", ".jpg"}) {
    const std::string bytes = Encode(extension, Noise(CV_8U));
    for (const double share : {0.02, 0.3, 0.6, 0.9, 0.99}) {
      const auto size = static_cast<std::size_t>(share * static_cast<double>(bytes.size()));
      const auto path = folder.Write("t" + extension, bytes.substr(0, size));
      EXPECT_NE(Refusal(path).find(path.string()), std::string::npos) << extension << " " << share;
    }
  }
}

TEST(ImageFile, DamagedPngIsRefused) {
  const test::TempFolder folder;
  std::string bytes = Encode(".png", Noise(CV_8U));
  bytes[bytes.size() / 2] ^= 1;
  EXPECT_NE(Refusal(folder.Write("d.png", bytes)).find("damaged"), std::string::npos);
}

TEST(ImageFile, MissingEmptyFolderTextAndFloatAreRefused) {
  const test::TempFolder folder;
  EXPECT_NE(Refusal(folder / "none.png").find("no such file"), std::string::npos);
  EXPECT_NE(Refusal(folder.path()).find("not a file"), std::string::npos);
  EXPECT_NE(Refusal(folder.Write("e.png", "")).find("empty"), std::string::npos);
  EXPECT_NE(Refusal(folder.Write("n.png", "this is no picture")).find("not a readable picture"),
            std::string::npos);
  EXPECT_NE(Refusal(folder.Write("z.pgm", "P5\n0 0\n255\n")).find("no pixels"), std::string::npos);
  const auto path = folder.Write("f.tiff", Encode(".tiff", cv::Mat(8, 8, CV_32F, cv::Scalar(1.5))));
  EXPECT_NE(Refusal(path), "accepted");
}

// "DICM" at byte 128 is what OpenCV knows a DICOM file by; its decoder ends the process on a damaged one.
TEST(ImageFile, OtherFormatsThatOpenCvKnowsAreRefused) {
  const test::TempFolder folder;
  std::string dicom(160, '\xe9');
  dicom.replace(0, 6, "\x89PNG\r\n").replace(128, 4, "DICM");
  for (const std::string& bytes : {Encode(".bmp", Noise(CV_8U)), Encode(".webp", Noise(CV_8U)), dicom,
                                   "P5x" + dicom, "\xff\xd8" + dicom}) {
    EXPECT_NE(Refusal(folder.Write("other.png", bytes)).find("not a readable picture"), std::string::npos);
  }
}

// PNG with IHDR of 0 × 0 pixels, as some writers leave behind.
TEST(ImageFile, PngWithoutPixelsIsRefused) {
  const test::TempFolder folder;
  const std::string png("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\0\0\0\0\0\x08\0\0\0\0\x1e\xe0\x23\xce", 33);
  const std::string refusal = Refusal(folder.Write("zero.png", png));
  EXPECT_NE(refusal.find("no pixels"), std::string::npos) << refusal;
}

}  // namespace
}  // namespace perilune::datasets
