#include "vision/matching/match_map.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <opencv2/imgproc.hpp>
#include <optional>
#include <stdexcept>
#include <string>

#include "vision/matching/gaussian_blur.h"
#include "vision/matching/normalised_correlation.h"
#include "vision/matching/whitening.h"

namespace perilune::vision {
namespace {

constexpr int kBorder_px = 4;  // between the patches and the image's border

struct Prepared {
  cv::Mat image;                    // low-passed
  cv::Mat expected;                 // low-passed, holes filled with the mean
  cv::Mat covered;                  // integral image of the mask "the map is here"
  cv::Mat expected_lit, image_lit;  // CV_32F, 1 outside cast shadows and holes of the map, else 0
};

// Grey level below which a pixel lies in shadow: a fifth of the way from the darkest to the median.
double ShadowLevel(const cv::Mat& image) {
  std::vector<float> values;
  for (int row = 0; row < image.rows; row += 4) {
    for (int col = 0; col < image.cols; col += 4) values.push_back(image.at<float>(row, col));
  }
  const auto at = [&](double share) {
    const auto k =
        values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
    std::nth_element(values.begin(), k, values.end());
    return static_cast<double>(*k);
  };
  const double darkest = at(0.005);
  return darkest + 0.2 * (at(0.5) - darkest);
}

// 1 where `shadow` (8-bit mask) is further than `margin_px` away, else 0.
cv::Mat AwayFrom(const cv::Mat& shadow, int margin_px) {
  const cv::Mat disc =
      cv::getStructuringElement(cv::MORPH_ELLIPSE, cv::Size(2 * margin_px + 1, 2 * margin_px + 1));
  cv::Mat wide, lit;
  cv::dilate(shadow, wide, disc);
  cv::Mat(~wide).convertTo(lit, CV_32F, 1.0 / 255);
  return lit;
}

// Relative contrast of ground half as bright as its surroundings. What is darker lies in shadow or nearly:
// there map and image differ most, and the shadows of relief that the map lacks pull a match away from the
// Sun.
constexpr float kDarkContrast = -2.0F / 3;

// CV_8U, 255 where the relative contrast over what is good so far says dark.
cv::Mat DarkGround(const cv::Mat& image, const cv::Mat& good, double surroundings_sigma_px) {
  cv::Mat weight;
  good.convertTo(weight, CV_32F, 1.0 / 255);
  return (RelativeContrast(image, weight, surroundings_sigma_px) < kDarkContrast) & good;
}

// Image and view as whitened relative contrast.
Prepared PrepareWhitened(const cv::Mat& image, const View& view, const MatchOptions& options) {
  constexpr int kBands = 5, kMargin_px = 1;
  constexpr double kNoiseSigma_px = 0.8;  // single dark pixels are noise
  const double surroundings_px = options.surroundings_sigma_px;
  Prepared prepared;
  const cv::Mat known = view.radiance == view.radiance;  // false for NaN
  cv::integral(known / 255, prepared.covered, CV_32S);
  cv::Mat expected = view.radiance.clone();
  expected.setTo(0, ~known);
  const cv::Mat smooth = GaussianBlurred(image, kNoiseSigma_px);
  cv::Mat shadow_expected = (view.lit_fraction < 0.5) | ~known, shadow_seen = smooth < ShadowLevel(smooth);
  shadow_expected |= DarkGround(GaussianBlurred(expected, kNoiseSigma_px), ~shadow_expected, surroundings_px);
  shadow_seen |= DarkGround(smooth, ~shadow_seen, surroundings_px);
  prepared.expected_lit = AwayFrom(shadow_expected, kMargin_px);
  prepared.image_lit = AwayFrom(shadow_seen, kMargin_px);
  if (options.aligned) {
    prepared.expected_lit = prepared.expected_lit.mul(prepared.image_lit);
    prepared.image_lit = prepared.expected_lit;
  }
  const auto octaves = [&](const cv::Mat& lit) {
    return std::make_shared<const LitOctaves>(lit, options.blur_sigma_px, kBands);
  };
  const std::shared_ptr<const LitOctaves> lit_seen = octaves(prepared.image_lit);
  const std::shared_ptr<const LitOctaves> lit_expected =
      options.aligned ? lit_seen : octaves(prepared.expected_lit);
  const Bands seen(RelativeContrast(image, lit_seen->lit, surroundings_px), lit_seen);
  const Bands modelled(RelativeContrast(expected, lit_expected->lit, surroundings_px), lit_expected);
  const BandModel model = options.aligned ? CompareBands(seen, modelled) : AllNoise(seen);
  prepared.image = Whitened(seen, model);
  prepared.expected = WhitenedExpectation(modelled, model);
  return prepared;
}

Prepared Prepare(const cv::Mat& image, const View& view, const MatchOptions& options) {
  if (options.whiten) return PrepareWhitened(image, view, options);
  Prepared prepared;
  const cv::Mat known = view.radiance == view.radiance;  // false for NaN
  cv::Mat expected = view.radiance.clone();
  expected.setTo(cv::mean(view.radiance, known)[0], ~known);
  cv::integral(known / 255, prepared.covered, CV_32S);
  if (options.blur_sigma_px > 0) {
    const double sigma = options.blur_sigma_px;
    prepared.image = GaussianBlurred(image, sigma);
    prepared.expected = GaussianBlurred(expected, sigma);
  } else {
    prepared.image = image;
    prepared.expected = expected;
  }
  // The low-pass carries a shadow's darkness two sigma across its edge.
  const int margin_px = std::max(1, static_cast<int>(std::ceil(2 * options.blur_sigma_px)));
  prepared.expected_lit = AwayFrom((view.lit_fraction < 0.5) | ~known, margin_px);
  prepared.image_lit = AwayFrom(prepared.image < ShadowLevel(prepared.image), margin_px);
  return prepared;
}

double CoveredShare(const cv::Mat& integral, const cv::Rect& r) {
  const int sum = integral.at<int>(r.y, r.x) + integral.at<int>(r.br().y, r.br().x) -
                  integral.at<int>(r.y, r.br().x) - integral.at<int>(r.br().y, r.x);
  return static_cast<double>(sum) / r.area();
}

struct Peak {
  cv::Point place;
  double score = 0;
  double ratio = 0;  // second-best separate peak / best
};

Peak BestPeak(const cv::Mat& scores, int exclude_px) {
  Peak peak;
  cv::minMaxLoc(scores, nullptr, &peak.score, nullptr, &peak.place);
  cv::Mat rest = scores.clone();
  const cv::Rect around(peak.place.x - exclude_px, peak.place.y - exclude_px, 2 * exclude_px + 1,
                        2 * exclude_px + 1);
  rest(around & cv::Rect(0, 0, rest.cols, rest.rows)).setTo(-1);
  double second = -1;
  cv::minMaxLoc(rest, nullptr, &second);
  peak.ratio = peak.score > 0 ? second / peak.score : 1;
  return peak;
}

// Vertex of the parabola through three equidistant values, within ± 0.5.
double Vertex(double before, double here, double after) {
  const double curvature = before - 2 * here + after;
  return curvature < 0 ? std::clamp(0.5 * (before - after) / curvature, -0.5, 0.5) : 0;
}

Eigen::Vector2d SubpixelPeak(const cv::Mat& scores, const cv::Point& p) {
  Eigen::Vector2d offset(0, 0);
  if (p.x > 0 && p.x + 1 < scores.cols) {
    offset.x() = Vertex(scores.at<float>(p.y, p.x - 1), scores.at<float>(p), scores.at<float>(p.y, p.x + 1));
  }
  if (p.y > 0 && p.y + 1 < scores.rows) {
    offset.y() = Vertex(scores.at<float>(p.y - 1, p.x), scores.at<float>(p), scores.at<float>(p.y + 1, p.x));
  }
  return offset;
}

std::optional<Match> MatchPatch(const Prepared& prepared, const View& view, const cv::Rect& patch,
                                const MatchOptions& options) {
  const cv::Point centre = patch.tl() + cv::Point(patch.width / 2, patch.height / 2);
  const Eigen::Vector3d point = view.PointInSite(centre.x, centre.y);
  if (!point.allFinite()) return std::nullopt;

  const int radius = static_cast<int>(std::ceil(options.search_radius_px));
  const cv::Rect frame(0, 0, prepared.image.cols, prepared.image.rows);
  const cv::Rect window =
      cv::Rect(patch.x - radius, patch.y - radius, patch.width + 2 * radius, patch.height + 2 * radius) &
      frame;
  const cv::Mat pattern = prepared.expected(patch);
  cv::Scalar mean, deviation;
  cv::meanStdDev(pattern, mean, deviation);
  if (!(deviation[0] > 1e-6)) return std::nullopt;
  cv::Mat scores = NormalisedCorrelation(prepared.image(window), pattern, dem::ChosenSimdLevel());
  cv::patchNaNs(scores, -1);
  const int exclude = std::max(3, static_cast<int>(std::lround(2 * options.blur_sigma_px)));
  const Peak peak = BestPeak(scores, exclude);
  if (!(peak.score > (options.whiten ? 0 : options.min_score)) || peak.ratio > options.peak_ratio)
    return std::nullopt;
  const Eigen::Vector2d subpixel = SubpixelPeak(scores, peak.place);
  const Eigen::Vector2d start(window.x + peak.place.x + subpixel.x() - patch.x,
                              window.y + peak.place.y + subpixel.y() - patch.y);
  const cv::Rect shown = patch + cv::Point(cvRound(start.x()), cvRound(start.y()));
  const cv::Mat weight = prepared.expected_lit(patch).mul(prepared.image_lit(shown));
  if (cv::sum(weight)[0] < options.min_lit_share * patch.area()) return std::nullopt;
  const RefinementResult refined =
      RefinePatch(prepared.image, prepared.expected, patch, weight, start, options.refinement);
  if (refined.status != RefinementStatus::kConverged) return std::nullopt;
  if (options.whiten ? refined.significance < options.min_significance : refined.score < options.min_score)
    return std::nullopt;

  Match match;
  match.pixel_px = Eigen::Vector2d(centre.x, centre.y) + refined.shift_px;
  match.score = refined.score;
  match.covariance_px2 = refined.covariance_px2;
  match.point_in_site_m = point;
  match.patch_size_px = patch.width;
  return match;
}

// A regular grid, kBorder_px away from the border: a patch on it could not move.
std::vector<cv::Rect> PatchGrid(const cv::Size& size, const MatchOptions& options) {
  const int side = options.patch_size_px;
  const int n = options.patches_across;
  const auto start = [&](int index, int length) {
    const double share = n > 1 ? static_cast<double>(index) / (n - 1) : 0.5;
    return kBorder_px + static_cast<int>(share * (length - side - 2 * kBorder_px));
  };
  std::vector<cv::Rect> patches;
  for (int j = 0; j < n; ++j) {
    for (int i = 0; i < n; ++i) patches.emplace_back(start(i, size.width), start(j, size.height), side, side);
  }
  return patches;
}

}  // namespace

void MatchOptions::Validate() const {
  if (patch_size_px < 8)
    throw std::invalid_argument("patch_size_px must be at least 8, is " + std::to_string(patch_size_px));
  if (patches_across < 1) throw std::invalid_argument("patches_across must be at least 1");
  if (!(search_radius_px > 0)) throw std::invalid_argument("search_radius_px must be positive");
  if (!(blur_sigma_px >= 0)) throw std::invalid_argument("blur_sigma_px must not be negative");
  if (!(min_valid_share > 0 && min_valid_share <= 1))
    throw std::invalid_argument("min_valid_share must lie in (0, 1]");
  if (!(min_lit_share >= 0 && min_lit_share <= 1))
    throw std::invalid_argument("min_lit_share must lie in [0, 1]");
  refinement.Validate();
}

MapMatches MatchMap(const cv::Mat& image, const View& expected, const MatchOptions& options) {
  options.Validate();
  if (image.type() != CV_32F || image.size() != expected.radiance.size()) {
    throw std::invalid_argument("MatchMap: the image must be CV_32F and as large as the expected view");
  }
  MapMatches result;
  if (std::min(image.cols, image.rows) < options.patch_size_px + 2 * kBorder_px) return result;
  const Prepared prepared = Prepare(image, expected, options);
  const std::vector<cv::Rect> patches = PatchGrid(image.size(), options);
  std::vector<std::optional<Match>> found(patches.size());
  std::vector<char> attempted(patches.size(), 0);
  tbb::parallel_for(std::size_t{0}, patches.size(), [&](std::size_t i) {
    if (CoveredShare(prepared.covered, patches[i]) < options.min_valid_share) return;
    attempted[i] = 1;
    found[i] = MatchPatch(prepared, expected, patches[i], options);
  });
  for (std::size_t i = 0; i < patches.size(); ++i) {
    result.attempted += attempted[i];
    if (!found[i]) continue;
    found[i]->landmark_id = static_cast<std::int64_t>(i);
    result.matches.push_back(*found[i]);
  }
  return result;
}

}  // namespace perilune::vision
