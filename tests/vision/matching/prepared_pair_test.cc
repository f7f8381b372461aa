#include "vision/matching/prepared_pair.h"

#include <gtest/gtest.h>

#include <opencv2/core.hpp>

#include "tests/vision/matching/texture.h"

namespace perilune::vision {
namespace {

constexpr int kPicture_px = 240;

// A twentieth of the view lies in shadow, in one piece.
View ViewWithShadow() {
  View view = FlatView(TextureImage(kPicture_px, {0, 0}, 8));
  const cv::Rect shadow(60, 80, 72, 40);
  view.radiance(shadow).setTo(0);
  view.lit_fraction(shadow).setTo(0);
  return view;
}

double Difference(const cv::Mat& a, const cv::Mat& b) { return cv::norm(a, b) / cv::norm(a); }

TEST(PreparePair, AVeilOverTheImageIsReadFromItsShadows) {
  const View view = ViewWithShadow();
  const PreparedPair clear = PreparePair(view.radiance, view, {});
  const PreparedPair veiled = PreparePair(0.8 * view.radiance + 0.3, view, {});
  EXPECT_LT(Difference(clear.image, veiled.image), 0.01);
  EXPECT_EQ(cv::norm(clear.image_lit, veiled.image_lit), 0);
}

TEST(PreparePair, WhereNoShadowIsExpectedTheDarkestGroundIsNotTakenForOne) {
  const View view = FlatView(TextureImage(kPicture_px, {0, 0}, 8));
  const cv::Mat image = ViewWithShadow().radiance;  // with a shadow that the map does not have
  const PreparedPair as_it_is = PreparePair(image, view, {});
  const PreparedPair brighter = PreparePair(2 * image, view, {});
  const PreparedPair veiled = PreparePair(image + 0.3, view, {});
  EXPECT_LT(Difference(as_it_is.image, brighter.image), 1e-3);
  EXPECT_GT(Difference(as_it_is.image, veiled.image), 0.02);
}

}  // namespace
}  // namespace perilune::vision
