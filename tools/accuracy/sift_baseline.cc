#include "tools/accuracy/sift_baseline.h"

#include <opencv2/calib3d.hpp>
#include <opencv2/core/eigen.hpp>
#include <opencv2/features2d.hpp>
#include <vector>

#include "vision/render/render.h"

namespace perilune::tools {
namespace {

constexpr int kFeatures = 3000;
constexpr float kRatio = 0.8F;
constexpr int kLeastInliers = 12;
constexpr float kGate_px = 3;
constexpr int kIterations = 2000, kRounds = 3;

/// 8 bits over what 98 % of the pixels span.
cv::Mat Stretched(const cv::Mat& picture) {
  cv::Mat grey;
  picture.convertTo(grey, CV_32F);
  cv::patchNaNs(grey, 0);
  std::vector<float> values(grey.begin<float>(), grey.end<float>());
  const auto at = [&values](double share) {
    const auto k = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
    std::nth_element(values.begin(), values.begin() + k, values.end());
    return values[static_cast<std::size_t>(k)];
  };
  const double low = at(0.01), high = std::max<double>(at(0.99), low + 1e-9);
  cv::Mat bytes;
  grey.convertTo(bytes, CV_8U, 255 / (high - low), -255 * low / (high - low));
  return bytes;
}

struct Features {
  std::vector<cv::KeyPoint> points;
  cv::Mat descriptors;
};

Features FeaturesOf(const cv::Mat& picture) {
  Features features;
  cv::SIFT::create(kFeatures)->detectAndCompute(Stretched(picture), cv::noArray(), features.points,
                                                features.descriptors);
  return features;
}

struct Pairs {
  std::vector<cv::Point3d> points_m;
  std::vector<cv::Point2d> pixels;
};

Pairs PairsOf(const Features& image, const Features& expected, const vision::View& view,
              const Eigen::Vector3d& origin_m) {
  Pairs pairs;
  if (image.descriptors.rows < 2 || expected.descriptors.rows < 2) return pairs;
  std::vector<std::vector<cv::DMatch>> nearest;
  cv::BFMatcher(cv::NORM_L2).knnMatch(image.descriptors, expected.descriptors, nearest, 2);
  for (const std::vector<cv::DMatch>& two : nearest) {
    if (two.size() < 2 || two[0].distance > kRatio * two[1].distance) continue;
    const cv::Point2f at = expected.points[static_cast<std::size_t>(two[0].trainIdx)].pt;
    const int col = cvRound(at.x), row = cvRound(at.y);
    if (!cv::Rect({}, view.radiance.size()).contains({col, row})) continue;
    const double range_m = view.range_m.at<double>(row, col);
    if (!(range_m > 0)) continue;
    // Along the feature's own ray: a whole pixel's would be up to half a pixel off.
    const Eigen::Vector3d ray = view.site_from_cam.linear() * view.camera.Unproject({at.x, at.y});
    const Eigen::Vector3d point = view.site_from_cam.translation() + range_m * ray - origin_m;
    pairs.points_m.emplace_back(point.x(), point.y(), point.z());
    pairs.pixels.emplace_back(image.points[static_cast<std::size_t>(two[0].queryIdx)].pt);
  }
  return pairs;
}

Pairs Chosen(const Pairs& pairs, const std::vector<int>& which) {
  Pairs chosen;
  for (const int i : which) {
    chosen.points_m.push_back(pairs.points_m[static_cast<std::size_t>(i)]);
    chosen.pixels.push_back(pairs.pixels[static_cast<std::size_t>(i)]);
  }
  return chosen;
}

std::vector<int> Agreeing(const Pairs& pairs, const cv::Matx33d& intrinsics, const cv::Vec3d& turn,
                          const cv::Vec3d& shift) {
  std::vector<cv::Point2d> projected;
  cv::projectPoints(pairs.points_m, turn, shift, intrinsics, cv::noArray(), projected);
  std::vector<int> agreeing;
  for (std::size_t i = 0; i < projected.size(); ++i) {
    if (cv::norm(projected[i] - pairs.pixels[i]) < kGate_px) agreeing.push_back(static_cast<int>(i));
  }
  return agreeing;
}

}  // namespace

std::optional<FeaturePose> FindBySift(const TrialImage& image, const TrialGround& ground,
                                      const nav::PosePrior& prior) {
  const vision::View view = vision::RenderView(ground.map, image.camera, prior.site_from_cam, image.sun);
  const Eigen::Vector3d origin_m = prior.site_from_cam.translation();  // numbers stay small
  const Pairs pairs = PairsOf(FeaturesOf(image.pixels), FeaturesOf(view.radiance), view, origin_m);
  FeaturePose found;
  found.matches = static_cast<int>(pairs.pixels.size());
  if (found.matches < kLeastInliers) return std::nullopt;
  const cv::Matx33d intrinsics(image.camera.fx_px, 0, image.camera.cx_px, 0, image.camera.fy_px,
                               image.camera.cy_px, 0, 0, 1);
  cv::Vec3d turn, shift;
  std::vector<int> agreed;
  cv::theRNG().state = 1;  // the same answer each time
  if (!cv::solvePnPRansac(pairs.points_m, pairs.pixels, intrinsics, cv::noArray(), turn, shift, false,
                          kIterations, kGate_px, 0.999, agreed, cv::SOLVEPNP_AP3P)) {
    return std::nullopt;
  }
  // Over nearly flat ground the closed form's last pose is often the mirrored one: refined from the prior.
  Eigen::Matrix3d rotation_at_prior = prior.site_from_cam.linear().transpose();
  cv::Matx33d start;
  cv::eigen2cv(rotation_at_prior, start);
  cv::Rodrigues(start, turn);
  shift = {0, 0, 0};
  for (int round = 0; round < kRounds; ++round) {
    const Pairs inliers = Chosen(pairs, agreed);
    if (static_cast<int>(agreed.size()) < kLeastInliers) return std::nullopt;
    cv::solvePnPRefineLM(inliers.points_m, inliers.pixels, intrinsics, cv::noArray(), turn, shift);
    agreed = Agreeing(pairs, intrinsics, turn, shift);
  }
  found.inliers = static_cast<int>(agreed.size());
  if (found.inliers < kLeastInliers) return std::nullopt;
  cv::Matx33d rotation;
  cv::Rodrigues(turn, rotation);
  Eigen::Matrix3d cam_from_site;
  cv::cv2eigen(rotation, cam_from_site);
  found.site_from_cam.linear() = cam_from_site.transpose();
  found.site_from_cam.translation() =
      origin_m - cam_from_site.transpose() * Eigen::Vector3d(shift[0], shift[1], shift[2]);
  return found;
}

}  // namespace perilune::tools
