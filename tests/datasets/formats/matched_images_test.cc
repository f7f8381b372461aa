#include "datasets/formats/matched_images.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dem/io/data_error.h"
#include "tests/support/temp_folder.h"

namespace perilune::datasets {
namespace {

using ::testing::HasSubstr;

vision::Match SomeMatch(double x_px) {
  vision::Match match;
  match.pixel_px = {x_px, 1.0 / 3};
  match.covariance_px2 << 0.1, 0.02, 0.02, 0.3;
  match.patch_size_px = 40.5;
  match.score = 0.75;
  match.point_in_site_m = {1e5 / 7, -2, 3};
  return match;
}

TimedMatches Image(std::int64_t t_ns, std::vector<vision::Match> matches) {
  return {t_ns, {"far.tif", 196, std::move(matches)}};
}

void ExpectSame(const TimedMatches& a, const TimedMatches& b) {
  EXPECT_EQ(a.t_ns, b.t_ns);
  EXPECT_EQ(a.image.map, b.image.map);
  EXPECT_EQ(a.image.attempted, b.image.attempted);
  ASSERT_EQ(a.image.matches.size(), b.image.matches.size());
  for (std::size_t i = 0; i < a.image.matches.size(); ++i) {
    const vision::Match &p = a.image.matches[i], &q = b.image.matches[i];
    EXPECT_EQ(p.pixel_px, q.pixel_px);
    EXPECT_EQ(p.covariance_px2, q.covariance_px2);
    EXPECT_EQ(p.patch_size_px, q.patch_size_px);
    EXPECT_EQ(p.score, q.score);
    EXPECT_EQ(p.point_in_site_m, q.point_in_site_m);
  }
}

TEST(MatchedImages, ComeBackToTheLastBitAlsoWithoutAMatch) {
  const test::TempFolder folder;
  const std::vector<TimedMatches> written = {Image(5, {SomeMatch(1), SomeMatch(2)}), Image(6, {}),
                                             Image(9, {SomeMatch(3)})};
  WriteMatchedImages(folder.path(), written);
  SampleStream<TimedMatches> stream = StreamMatchedImages(folder.path());
  for (const TimedMatches& image : written) {
    const std::optional<TimedMatches> read = stream.Take();
    ASSERT_TRUE(read);
    ExpectSame(*read, image);
  }
  EXPECT_FALSE(stream.Take());
}

TEST(MatchedImages, ResidualsComeBack) {
  const test::TempFolder folder;
  const std::vector<MatchResiduals> written = {{Image(0, {SomeMatch(1)}), {{0.1, -0.2}}}, {Image(7, {}), {}}};
  WriteMatchResiduals(folder / "residuals.csv", written);
  const std::vector<MatchResiduals> read = ReadMatchResiduals(folder / "residuals.csv");
  ASSERT_EQ(read.size(), 2u);
  ExpectSame(read[0].of, written[0].of);
  EXPECT_EQ(read[0].residual_px, written[0].residual_px);
  ExpectSame(read[1].of, written[1].of);
  EXPECT_TRUE(read[1].residual_px.empty());
}

class BadResiduals : public ::testing::Test {
 protected:
  BadResiduals() {
    WriteMatchResiduals(folder_ / "good.csv", {{Image(3, {SomeMatch(1)}), {{0, 0}}}});
    good_ = test::ReadBytes(folder_ / "good.csv");
    header_ = good_.substr(0, good_.find('\n') + 1);
    row_ = good_.substr(header_.size());
  }
  std::string Refusal(const std::string& bytes) const {
    const auto path = folder_.Write("bad.csv", bytes);
    try {
      ReadMatchResiduals(path);
    } catch (const dem::DataError& error) {
      return error.what();
    }
    return "none";
  }

  test::TempFolder folder_;
  std::string good_, header_, row_;
};

TEST_F(BadResiduals, AreRefusedWithFileAndLine) {
  EXPECT_THAT(Refusal(header_), HasSubstr("lists no image"));
  EXPECT_THAT(Refusal("#t\n" + row_), HasSubstr("bad.csv: line 1: the header must be"));
  EXPECT_THAT(Refusal(good_.substr(0, good_.size() - 3)), HasSubstr("line 2"));
  EXPECT_THAT(Refusal(header_ + row_ + "2" + row_.substr(1)), HasSubstr("line 3"));  // back in time
  std::string indefinite = row_;
  indefinite.replace(indefinite.find("0.02"), 4, "0.5");
  EXPECT_THAT(Refusal(header_ + indefinite), HasSubstr("not positive definite"));
  EXPECT_THAT(Refusal(header_ + "3,far.tif,-1" + row_.substr(row_.find("196") + 3)),
              HasSubstr("is no number of patches"));
  std::string nan = row_;
  nan.replace(nan.find("0.75"), 4, "nan");
  EXPECT_THAT(Refusal(header_ + nan), HasSubstr("line 2"));
}

TEST(MatchedImages, AMissingFileIsADataError) {
  EXPECT_THROW(ReadMatchResiduals("/nowhere/residuals.csv"), dem::DataError);
  EXPECT_THROW(StreamMatchedImages("/nowhere"), dem::DataError);
}

}  // namespace
}  // namespace perilune::datasets
