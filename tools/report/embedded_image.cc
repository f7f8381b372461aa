#include "tools/report/embedded_image.h"

#include <algorithm>
#include <opencv2/imgcodecs.hpp>
#include <stdexcept>
#include <vector>

namespace perilune::tools {
namespace {

double ValueAtShare(const std::vector<float>& sorted, double share) {
  return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

}  // namespace

std::string Base64(const std::vector<unsigned char>& bytes) {
  static constexpr char kLetters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    unsigned bits = 0;
    for (std::size_t k = 0; k < 3; ++k) bits = bits << 8 | (k < count ? bytes[i + k] : 0u);
    for (std::size_t k = 0; k < 4; ++k) text += k <= count ? kLetters[bits >> (18 - 6 * k) & 63u] : '=';
  }
  return text;
}

std::string DataUri(const cv::Mat& image, ImageCoding coding) {
  if (image.empty()) throw std::invalid_argument("image: is empty");
  std::vector<unsigned char> bytes;
  const bool jpeg = coding == ImageCoding::kJpeg;
  const std::vector<int> parameters = jpeg ? std::vector<int>{cv::IMWRITE_JPEG_QUALITY, 82}
                                           : std::vector<int>{cv::IMWRITE_PNG_COMPRESSION, 9};
  cv::imencode(jpeg ? ".jpg" : ".png", image, bytes, parameters);
  return (jpeg ? "data:image/jpeg;base64," : "data:image/png;base64,") + Base64(bytes);
}

cv::Mat DisplayImage(const cv::Mat& pixels) {
  if (pixels.empty()) throw std::invalid_argument("image: is empty");
  cv::Mat values;
  pixels.convertTo(values, CV_32F);
  std::vector<float> sorted(values.begin<float>(), values.end<float>());
  std::sort(sorted.begin(), sorted.end());
  const double black = ValueAtShare(sorted, 0.005);
  const double white = std::max(ValueAtShare(sorted, 0.995), black + 1);
  cv::Mat display;
  values.convertTo(display, CV_8U, 255 / (white - black), -255 * black / (white - black));
  return display;
}

}  // namespace perilune::tools
