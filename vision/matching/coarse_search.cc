#include "vision/matching/coarse_search.h"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <optional>
#include <stdexcept>

#include "dem/linear/symmetric_eigen.h"
#include "vision/matching/block_correlation.h"
#include "vision/matching/local_contrast.h"
#include "vision/pose/consensus.h"

namespace perilune::vision {
namespace {

constexpr double kPartPerImage = 1.15;  // of the view that an image may fill: it may be turned or oblique
constexpr double kLeastKnownBlock = 0.6;
constexpr double kLeastTexture = 0.15;  // variance of a block's local contrast, which is 1 on full texture
constexpr double kLeastCovered = 0.4;   // of a place by the map, for its agreement to mean something
constexpr double kFarthestPose_sigma = 5.3;  // 1e-4 of a six-dimensional normal lie beyond

/// How finely and how widely is searched.
struct Layout {
  double pixel_m = 0;
  int radius_px = 0;  // of the search, with its ring
  std::vector<double> distances_m;
  WideViewSize view;
};

/// The image as it would lie in the view from one distance.
struct Template {
  double distance_m = 0;
  cv::Mat places;  // in the image, CV_32FC2
  BlockTemplate sought;
};

/// A shift of a template that stands out.
struct Place {
  int which = 0;  // template
  cv::Point shift_px;
  double significance = 0;
};

// How much nearer and farther than the prior says the ground may be, as shares of that distance.
double NearReach(const LineOfSight& line, const CoarseSearchOptions& options) {
  return std::min(0.65, options.distance_sigma * line.distance_sigma);
}

double FarReach(const LineOfSight& line, const CoarseSearchOptions& options) {
  return std::min(2.0, options.distance_sigma * line.distance_sigma);
}

// Distances so close that half a step moves the rim of an image of `image_px` by no more than the slack.
std::vector<double> Distances_m(const LineOfSight& line, double image_px,
                                const CoarseSearchOptions& options) {
  const double step = std::log1p(2 * std::max(1, options.slack_px) / (image_px / 2));
  const int nearer = static_cast<int>(std::floor(-std::log1p(-NearReach(line, options)) / step + 0.5));
  const int farther = static_cast<int>(std::floor(std::log1p(FarReach(line, options)) / step + 0.5));
  std::vector<double> distances_m;
  for (int k = -nearer; k <= farther; ++k) distances_m.push_back(line.distance_m * std::exp(k * step));
  return distances_m;
}

Layout Plan(const LineOfSight& line, double map_pixel_m, const CoarseSearchOptions& options) {
  constexpr double kLeastMapPixel = 0.6;
  Layout layout;
  const double width_m = 2 * line.half_width_m;
  const double largest_m = kPartPerImage * width_m * (1 + FarReach(line, options));
  const double reach_m = options.search_sigma * dem::LargestSigma(line.covariance_m2);
  const double affordable_m = (largest_m + 2 * reach_m) / (options.largest_view_px - 2 * options.ring_px);
  layout.pixel_m = std::clamp(affordable_m, width_m / options.image_px, width_m / options.least_image_px);
  layout.pixel_m = std::max(layout.pixel_m, kLeastMapPixel * map_pixel_m);
  layout.distances_m = Distances_m(line, width_m / layout.pixel_m, options);
  layout.radius_px = std::max(static_cast<int>(std::ceil(reach_m / layout.pixel_m)) + options.ring_px,
                              options.least_radius_px);
  const double part_m = kPartPerImage * width_m * layout.distances_m.back() / line.distance_m;
  const int part_px = static_cast<int>(std::ceil(part_m / layout.pixel_m));
  layout.view = {layout.pixel_m, part_px + 2 * layout.radius_px + 1,
                 dem::LargestSigma(line.covariance_m2) / layout.pixel_m};
  return layout;
}

cv::Mat Filled(const cv::Mat& image, const cv::Mat& known) {
  cv::Mat filled = image.clone();
  filled.setTo(cv::mean(image, known), ~known);
  return filled;
}

LocalContrast Contrast(const cv::Mat& image, const cv::Mat& known, const CoarseSearchOptions& options) {
  cv::Mat smooth;
  cv::GaussianBlur(Filled(image, known), smooth, {0, 0}, options.blur_px);
  return MakeLocalContrast(smooth, known, options.contrast_px, options.contrast_floor);
}

// The image where the view would show it, with pixels as large as the view's.
Template MakeTemplate(const cv::Mat& image, const Camera& camera, const WideView& wide,
                      const UncertainPose& prior, double distance_m, const CoarseSearchOptions& options) {
  Template result;
  result.distance_m = distance_m;
  const double width_m = 2 * wide.line.half_width_m * distance_m / wide.line.distance_m;
  const int side = static_cast<int>(kPartPerImage * width_m / wide.pixel_m);
  const cv::Size size = wide.view.radiance.size();
  const cv::Rect part((size.width - side) / 2, (size.height - side) / 2, side, side);
  result.places = ImagePlaces(wide, part, camera, prior.site_from_cam.linear(), distance_m);

  const double scale = std::min(1.0, distance_m / camera.FocalLength_px() / wide.pixel_m);
  const cv::Size small_size(cvRound(image.cols * scale), cvRound(image.rows * scale));
  cv::Mat small = image, picture;
  if (scale < 1) cv::resize(image, small, small_size, 0, 0, cv::INTER_AREA);
  const double sx = static_cast<double>(small.cols) / image.cols,
               sy = static_cast<double>(small.rows) / image.rows;
  const cv::Mat in_small = result.places.mul(cv::Scalar(sx, sy)) + cv::Scalar(0.5 * sx - 0.5, 0.5 * sy - 0.5);
  cv::remap(small, picture, in_small, cv::noArray(), cv::INTER_LINEAR, cv::BORDER_REPLICATE);
  cv::Mat x;
  cv::extractChannel(result.places, x, 0);
  const cv::Mat known = x == x;  // false for NaN
  picture.setTo(0, ~known);
  result.sought.picture = Contrast(picture, known, options);
  result.sought.corner = part.tl();
  const int across = width_m / wide.pixel_m < 30 * options.blocks_across ? 3 : options.blocks_across;
  result.sought.blocks = DivideIntoBlocks(result.sought.picture.known, across, kLeastKnownBlock);
  // In the dark there is nothing to agree on: a picture of one lit ridge must not fit every lit ridge.
  std::erase_if(result.sought.blocks, [&](const cv::Rect& block) {
    const cv::Mat value = result.sought.picture.value(block);
    return value.dot(value) < kLeastTexture * block.area();
  });
  return result;
}

// 1 where the map covers enough of the template's place for its agreement to mean something.
cv::Mat CoveredShifts(const LocalContrast& field, const Template& sought, int radius_px) {
  const cv::Size size = sought.sought.picture.value.size();
  cv::Mat share;
  cv::boxFilter(field.known, share, CV_32F, size, {-1, -1}, true, cv::BORDER_CONSTANT);
  const cv::Point middle = sought.sought.corner + cv::Point(size.width / 2, size.height / 2);
  const cv::Rect shifts(middle.x - radius_px, middle.y - radius_px, 2 * radius_px + 1, 2 * radius_px + 1);
  return share(shifts) > kLeastCovered;
}

struct WrongPlaces {
  float median = 0;
  float sigma = 0;
};

// What agreement wrong places reach: all but the neighbourhood of the best. The larger of the robust and the
// plain spread: where most of the map lies in shadow, most places agree on nothing at all and the rest
// varies. Nothing with too few places.
std::optional<WrongPlaces> JudgeWrongPlaces(const cv::Mat& agreement, const cv::Mat& covered, int apart_px) {
  constexpr std::size_t kFewest = 400;
  cv::Point best;
  cv::minMaxLoc(agreement, nullptr, nullptr, nullptr, &best, covered);
  std::vector<float> values;
  for (int row = 0; row < agreement.rows; row += 2) {
    for (int col = 0; col < agreement.cols; col += 2) {
      const bool near = std::max(std::abs(row - best.y), std::abs(col - best.x)) <= 2 * apart_px;
      if (!near && covered.at<std::uint8_t>(row, col) != 0) values.push_back(agreement.at<float>(row, col));
    }
  }
  if (values.size() < kFewest) return std::nullopt;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  WrongPlaces wrong{*middle, 0};
  double squares = 0;
  for (float& value : values) {
    value = std::abs(value - wrong.median);
    squares += static_cast<double>(value) * value;
  }
  std::nth_element(values.begin(), middle, values.end());
  const auto plain = static_cast<float>(std::sqrt(squares / static_cast<double>(values.size())));
  wrong.sigma = std::max({1.4826F * *middle, plain, 1e-6F});
  return wrong;
}

// Agreement in sigmas of the wrong places above their median; −1e3 where the map is missing.
cv::Mat Significance(const cv::Mat& agreement, const cv::Mat& covered, int apart_px) {
  cv::Mat significance(agreement.size(), CV_32F, cv::Scalar(-1e3F));
  const auto wrong = JudgeWrongPlaces(agreement, covered, apart_px);
  if (wrong) cv::Mat((agreement - wrong->median) / wrong->sigma).copyTo(significance, covered);
  return significance;
}

// Local maxima within the prior's uncertainty, the highest first.
std::vector<Place> FindPlaces(const cv::Mat& significance, int which, const Eigen::Matrix2d& information_px,
                              int apart_px, const CoarseSearchOptions& options) {
  cv::Mat highest;
  const cv::Mat square = cv::Mat::ones(2 * apart_px + 1, 2 * apart_px + 1, CV_8U);
  cv::dilate(significance, highest, square);
  const int radius = significance.rows / 2;
  std::vector<Place> places;
  for (int row = 0; row < significance.rows; ++row) {
    for (int col = 0; col < significance.cols; ++col) {
      const float here = significance.at<float>(row, col);
      if (here < highest.at<float>(row, col) || here < 2) continue;
      const Eigen::Vector2d shift(col - radius, row - radius);
      if (shift.dot(information_px * shift) > options.search_sigma * options.search_sigma) continue;
      places.push_back({which, {col - radius, row - radius}, here});
    }
  }
  std::stable_sort(places.begin(), places.end(),
                   [](const Place& a, const Place& b) { return a.significance > b.significance; });
  return places;
}

// Each block's own best place around the common shift.
std::vector<Match> BlockMatches(const LocalContrast& field, const WideView& wide, const Template& sought,
                                const cv::Point& shift_px, int reach_px) {
  std::vector<Match> matches;
  for (std::size_t i = 0; i < sought.sought.blocks.size(); ++i) {
    const cv::Rect& block = sought.sought.blocks[i];
    const cv::Point centre(block.x + block.width / 2, block.y + block.height / 2);
    const cv::Vec2f pixel = sought.places.at<cv::Vec2f>(centre);
    const cv::Rect place = block + sought.sought.corner + shift_px;
    const cv::Rect window(place.x - reach_px, place.y - reach_px, place.width + 2 * reach_px,
                          place.height + 2 * reach_px);
    const cv::Rect all(0, 0, field.value.cols, field.value.rows);
    if (std::isnan(pixel[0]) || (window & all) != window) continue;
    cv::Mat scores;
    cv::matchTemplate(field.value(window), sought.sought.picture.value(block), scores, cv::TM_CCOEFF_NORMED);
    cv::patchNaNs(scores, -1);
    Match match;
    cv::Point best;
    cv::minMaxLoc(scores, nullptr, &match.score, nullptr, &best);
    const cv::Point found = centre + sought.sought.corner + shift_px + best - cv::Point(reach_px, reach_px);
    match.point_in_site_m = wide.view.PointInSite(found.x, found.y);
    if (!match.point_in_site_m.allFinite()) continue;
    match.pixel_px = {pixel[0], pixel[1]};
    match.landmark_id = static_cast<std::int64_t>(i);
    match.patch_size_px = block.width;
    matches.push_back(match);
  }
  return matches;
}

// The camera moved along with the shift; its attitude is the prior's.
std::optional<Eigen::Isometry3d> ShiftedPose(const WideView& wide, const UncertainPose& prior,
                                             double distance_m, const cv::Point& shift_px) {
  const int middle = wide.view.radiance.cols / 2;
  const Eigen::Vector3d ground = wide.view.PointInSite(middle + shift_px.x, middle + shift_px.y);
  if (!ground.allFinite()) return std::nullopt;
  Eigen::Isometry3d pose = prior.site_from_cam;
  pose.translation() = ground - distance_m * wide.line.aim;
  return pose;
}

// The pose that the blocks agree on. The pixels are brought to the view's scale: one is a block's error.
std::optional<CoarseHypothesis> SolveHypothesis(const std::vector<Match>& matches, const Camera& camera,
                                                const UncertainPose& prior, const Eigen::Isometry3d& start,
                                                double view_pixel_px, const CoarseSearchOptions& options) {
  const double scale = 1 / view_pixel_px;
  std::vector<Match> scaled = matches;
  for (Match& match : scaled) match.pixel_px = ((match.pixel_px.array() + 0.5) * scale - 0.5).matrix();
  ConsensusOptions consensus;
  consensus.gate_px = options.block_gate_px;
  consensus.start = start;
  const PosePriorFactor factor{prior.site_from_cam, prior.covariance.inverse()};
  const Consensus agreed = FindConsensus(scaled, camera.Scaled(scale), factor, consensus);
  CoarseHypothesis hypothesis;
  hypothesis.site_from_cam = agreed.site_from_cam;
  hypothesis.attempted = static_cast<int>(matches.size());
  for (const int i : agreed.inliers) hypothesis.blocks.push_back(matches[static_cast<std::size_t>(i)]);
  const auto needed = std::max<double>(options.min_blocks, options.min_block_share * hypothesis.attempted);
  if (static_cast<double>(hypothesis.blocks.size()) < needed) return std::nullopt;
  const dem::Vector6d off = dem::PoseDifference(prior.site_from_cam, hypothesis.site_from_cam);
  if (off.dot(factor.information * off) > kFarthestPose_sigma * kFarthestPose_sigma) return std::nullopt;
  return hypothesis;
}

bool SamePlace(const Place& a, const Place& b, int apart_px) {
  return std::max(std::abs(a.shift_px.x - b.shift_px.x), std::abs(a.shift_px.y - b.shift_px.y)) <= apart_px;
}

// The best place of each neighbourhood, whatever its distance hypothesis.
std::vector<Place> SeparatePlaces(std::vector<Place> places, int apart_px) {
  std::stable_sort(places.begin(), places.end(),
                   [](const Place& a, const Place& b) { return a.significance > b.significance; });
  std::vector<Place> separate;
  for (const Place& place : places) {
    const bool known = std::any_of(separate.begin(), separate.end(),
                                   [&](const Place& other) { return SamePlace(place, other, apart_px); });
    if (!known) separate.push_back(place);
  }
  return separate;
}

CoarseResult Nothing(CoarseResult result, CoarseStatus status, const std::string& reason) {
  result.status = status;
  result.reason = reason;
  return result;
}

}  // namespace

void CoarseSearchOptions::Validate() const {
  if (!(search_sigma > 0)) throw std::invalid_argument("search_sigma must be positive");
  if (!(least_image_px >= 48 && image_px >= least_image_px))
    throw std::invalid_argument("least_image_px must be at least 48 and at most image_px");
  if (largest_view_px < 2 * (image_px + ring_px))
    throw std::invalid_argument("largest_view_px must hold two images and their rings");
  if (!(distance_sigma >= 0)) throw std::invalid_argument("distance_sigma must not be negative");
  if (least_radius_px < 24) throw std::invalid_argument("least_radius_px must be at least 24");
  if (blocks_across < 2) throw std::invalid_argument("blocks_across must be at least 2");
  if (slack_px < 0 || ring_px < 0) throw std::invalid_argument("slack_px and ring_px must not be negative");
  if (hypotheses < 1) throw std::invalid_argument("hypotheses must be at least 1");
}

CoarseResult SearchMap(const cv::Mat& image, const Camera& camera, const dem::Terrain& map,
                       const dem::Sun& sun, const UncertainPose& prior, double map_pixel_m,
                       const RenderOptions& render, const CoarseSearchOptions& options) {
  options.Validate();
  CoarseResult result;
  const auto line = FindLineOfSight(map, camera, prior);
  if (!line) return Nothing(result, CoarseStatus::kNoMap, "too little of the image looks at the map");
  const Layout layout = Plan(*line, map_pixel_m, options);
  result.view_pixel_px = std::max(1.0, layout.pixel_m * camera.FocalLength_px() / line->distance_m);
  const WideView wide = RenderWideView(map, prior, *line, layout.view, sun, render);
  const cv::Mat known = wide.view.radiance == wide.view.radiance;
  const LocalContrast contrast = Contrast(wide.view.radiance, known, options);
  const CorrelationField field(contrast);

  const Eigen::Matrix2d information_px = line->covariance_m2.inverse() * layout.pixel_m * layout.pixel_m;
  const int apart_px = 2 * options.slack_px + 2;
  std::vector<Template> templates;
  std::vector<Place> places;
  for (const double distance_m : layout.distances_m) {
    templates.push_back(MakeTemplate(image, camera, wide, prior, distance_m, options));
    const Template& sought = templates.back();
    if (static_cast<int>(sought.sought.blocks.size()) < options.min_blocks) continue;
    const cv::Mat agreement = AgreementOfBlocks(field, sought.sought, layout.radius_px, options.slack_px);
    const cv::Mat significance =
        Significance(agreement, CoveredShifts(contrast, sought, layout.radius_px), apart_px);
    const int which = static_cast<int>(templates.size()) - 1;
    for (const Place& place : FindPlaces(significance, which, information_px, apart_px, options))
      places.push_back(place);
  }
  const auto textured = [&](const Template& sought) {
    return static_cast<int>(sought.sought.blocks.size()) >= options.min_blocks;
  };
  if (std::none_of(templates.begin(), templates.end(), textured)) {
    return Nothing(result, CoarseStatus::kNoTexture, "too little of the image has texture");
  }
  places = SeparatePlaces(std::move(places), apart_px);
  if (places.empty()) return Nothing(result, CoarseStatus::kNoMatch, "no place stands out");
  result.best_significance = places.front().significance;

  for (const Place& place : places) {
    if (static_cast<int>(result.hypotheses.size()) == options.hypotheses) break;
    if (place.significance < options.min_significance) break;
    const Template& sought = templates[static_cast<std::size_t>(place.which)];
    const auto start = ShiftedPose(wide, prior, sought.distance_m, place.shift_px);
    if (!start) continue;
    const auto matches = BlockMatches(contrast, wide, sought, place.shift_px, options.slack_px + 1);
    auto hypothesis = SolveHypothesis(matches, camera, prior, *start, result.view_pixel_px, options);
    if (!hypothesis) continue;
    hypothesis->significance = place.significance;
    result.hypotheses.push_back(*hypothesis);
  }
  if (places.size() > 1) result.ambiguity_ratio = places[1].significance / places[0].significance;
  if (result.hypotheses.empty()) {
    return Nothing(result, CoarseStatus::kNoMatch,
                   "the best place stands out by " + std::to_string(result.best_significance) + " sigma");
  }
  result.status = CoarseStatus::kFound;
  return result;
}

}  // namespace perilune::vision
