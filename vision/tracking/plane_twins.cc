#include "vision/tracking/plane_twins.h"

#include <algorithm>
#include <cmath>
#include <opencv2/calib3d.hpp>

namespace perilune::vision {
namespace {

constexpr double kSameMotion_rad = 1e-4;

Eigen::Matrix3d FromCv(const cv::Mat& mat) {
  Eigen::Matrix3d matrix;
  for (int row = 0; row < 3; ++row) {
    for (int col = 0; col < 3; ++col) matrix(row, col) = mat.at<double>(row, col);
  }
  return matrix;
}

Eigen::Vector3d ColumnFromCv(const cv::Mat& mat) {
  return {mat.at<double>(0), mat.at<double>(1), mat.at<double>(2)};
}

bool SeenFromTheFront(const Eigen::Vector3d& normal, const std::vector<TwoViewTrack>& tracks) {
  const auto behind = std::count_if(tracks.begin(), tracks.end(), [&](const TwoViewTrack& track) {
    return !(normal.dot(track.ray0_in_cam0) > 0);
  });
  return 4 * behind < static_cast<std::ptrdiff_t>(tracks.size());
}

}  // namespace

std::vector<Eigen::Isometry3d> PlaneTwins(const Eigen::Isometry3d& cam0_from_cam1,
                                          const Eigen::Vector3d& plane_normal_in_cam0,
                                          const std::vector<TwoViewTrack>& tracks) {
  const Eigen::Vector3d& place = cam0_from_cam1.translation();
  const Eigen::Matrix3d homography = cam0_from_cam1.linear().transpose() *
                                     (Eigen::Matrix3d::Identity() - place * plane_normal_in_cam0.transpose());
  cv::Mat h(3, 3, CV_64F);
  for (int row = 0; row < 3; ++row) {
    for (int col = 0; col < 3; ++col) h.at<double>(row, col) = homography(row, col);
  }
  std::vector<cv::Mat> rotations, translations, normals;
  cv::decomposeHomographyMat(h, cv::Mat::eye(3, 3, CV_64F), rotations, translations, normals);
  std::vector<Eigen::Isometry3d> twins;
  for (std::size_t i = 0; i < rotations.size(); ++i) {
    // x1 = R x0 + t (n·x0): the camera's place is −Rᵀ t.
    Eigen::Isometry3d twin = Eigen::Isometry3d::Identity();
    twin.linear() = FromCv(rotations[i]).transpose();
    twin.translation() = (-twin.linear() * ColumnFromCv(translations[i])).normalized();
    if (!twin.matrix().allFinite() || !SeenFromTheFront(ColumnFromCv(normals[i]), tracks)) continue;
    if ((twin.translation() - place.normalized()).norm() > kSameMotion_rad) twins.push_back(twin);
  }
  return twins;
}

}  // namespace perilune::vision
