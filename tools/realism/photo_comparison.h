#pragma once

#include <opencv2/core.hpp>
#include <vector>

#include "tools/realism/film_curve.h"

namespace perilune::tools {

/// A disc of the picture that shows the camera and not the ground: a fiducial or a réseau mark.
struct PictureMark {
  double col_px = 0, row_px = 0, radius_px = 0;
};

struct PhotoComparisonOptions {
  int window_px = 64;            ///< side of the windows, which tile the picture from its upper left corner
  double low_pass_sigma_px = 2;  ///< of both pictures, for the filtered figures and the film's curve
  double large_scale_sigma_px = 32;  ///< for the ratio of brightness
  std::vector<PictureMark> marks;
};

/// Normalised cross-correlation (zero mean) over windows.
struct WindowCorrelation {
  double median = 0;
  double p10 = 0;
};

struct PhotoComparison {
  int windows = 0;  ///< compared
  int marked = 0;   ///< left out: a mark or a pixel without ground lies in them
  FilmCurve film;
  WindowCorrelation filtered;         ///< low-passed, the rendering through the film's curve
  WindowCorrelation filtered_linear;  ///< low-passed, the rendering as it is
  WindowCorrelation unfiltered;       ///< the rendering through the film's curve
  WindowCorrelation unfiltered_linear;
  FilmCurve large_scale;             ///< gain and offset (gamma 1) between the strongly low-passed pictures
  double large_scale_ratio_rms = 0;  ///< of photograph / (offset + gain · rendering), about its mean
  cv::Mat rendering_dn;              ///< CV_32F, through the film's curve
  cv::Mat window_correlation;        ///< CV_32F, one value a window (filtered, film), NaN where left out
};

/// How well a rendering explains a photograph taken from the same pose: `photo` of one channel, 8 or 16 bits,
/// `radiance` CV_32F of the same size with NaN where there is no ground. The film's curve has three
/// parameters a picture and knows nothing of places. Throws std::invalid_argument for other images, or when
/// no window is left.
PhotoComparison ComparePhoto(const cv::Mat& photo, const cv::Mat& radiance,
                             const PhotoComparisonOptions& options = {});

/// Photograph left, rendering through the film's curve right (both 8 bits as they are), and below the
/// difference of the low-passed pictures (grey 128 is none) and the correlation of the windows.
cv::Mat DrawPhotoComparison(const cv::Mat& photo, const PhotoComparison& comparison,
                            const PhotoComparisonOptions& options = {});

}  // namespace perilune::tools
