#include "tools/perilune/frame_source.h"

#include <algorithm>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>

#include "datasets/formats/fnv1a.h"
#include "dem/io/data_error.h"

namespace perilune::tools {
namespace {

void AddFile(datasets::Fnv1a& hash, const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file || std::filesystem::is_directory(path))
    throw dem::DataError(path, "cannot be opened for reading");
  char buffer[1 << 14];
  while (file.read(buffer, sizeof buffer), file.gcount() > 0) {
    hash.Add(std::string_view(buffer, static_cast<std::size_t>(file.gcount())));
  }
}

void AddSamples(datasets::Fnv1a& hash, const nav::FrameInput& input) {
  for (const nav::Imu& sample : input.imu) {
    hash.Add(static_cast<std::uint64_t>(sample.t_ns));
    for (const double value : sample.gyro_radps) hash.Add(value);
    for (const double value : sample.accel_mps2) hash.Add(value);
  }
  for (const nav::Range& sample : input.ranges) {
    hash.Add(static_cast<std::uint64_t>(sample.t_ns));
    hash.Add(sample.range_m);
    hash.Add(sample.sigma_m);
    hash.Add(static_cast<std::uint8_t>(sample.valid ? 1 : 0));
  }
  for (const nav::Attitude& sample : input.attitudes) {
    hash.Add(static_cast<std::uint64_t>(sample.t_ns));
    for (const double value : sample.moon_from_body.coeffs()) hash.Add(value);
    hash.Add(sample.sigma_rad);
  }
}

void AddMatches(datasets::Fnv1a& hash, const nav::MatchedImage& matched) {
  hash.Add(std::string_view(matched.map));
  hash.Add(static_cast<std::uint64_t>(matched.attempted));
  for (const vision::Match& match : matched.matches) {
    for (const double value : match.pixel_px) hash.Add(value);
    for (const double value : match.covariance_px2.reshaped()) hash.Add(value);
    for (const double value : match.point_in_site_m) hash.Add(value);
    hash.Add(match.patch_size_px);
  }
}

}  // namespace

FrameSource::FrameSource(datasets::SequenceStream sequence, std::int64_t start_ns, std::uint64_t inputs_hash)
    : sequence_(std::move(sequence)), hash_(inputs_hash) {
  const auto before = [start_ns](const datasets::ImageName& image) { return image.t_ns < start_ns; };
  const auto first = std::find_if_not(sequence_.images.begin(), sequence_.images.end(), before);
  first_ = next_image_ = static_cast<std::size_t>(first - sequence_.images.begin());
  sequence_.imu.SkipBefore(start_ns);
  sequence_.ranges.SkipBefore(start_ns);
  sequence_.attitudes.SkipBefore(start_ns);
}

FrameSource::Frame FrameSource::Next() {
  const datasets::ImageEntry entry = datasets::EntryOf(sequence_, sequence_.images.at(next_image_++));
  Frame frame;
  frame.input.image.t_ns = entry.t_ns;
  frame.input.image.exposure_s = sequence_.info.exposure_s;
  frame.input.imu = sequence_.imu.TakeUntil(entry.t_ns);
  frame.input.ranges = sequence_.ranges.TakeUntil(entry.t_ns);
  frame.input.attitudes = sequence_.attitudes.TakeUntil(entry.t_ns);
  frame.input.sun = datasets::SunOf(sequence_.info, entry.t_ns);
  datasets::Fnv1a hash;
  hash.Add(hash_);
  hash.Add(static_cast<std::uint64_t>(entry.t_ns));
  if (entry.path.empty()) {
    frame.input.matched = MatchesAt(entry.t_ns);
    AddMatches(hash, *frame.input.matched);
  } else {
    AddFile(hash, entry.path);
  }
  AddSamples(hash, frame.input);
  frame.hash = hash_ = hash.value();
  return frame;
}

nav::MatchedImage FrameSource::MatchesAt(std::int64_t t_ns) {
  std::vector<datasets::TimedMatches> matched = sequence_.matches.TakeUntil(t_ns);
  if (matched.empty() || matched.back().t_ns != t_ns) {
    throw dem::DataError(
        datasets::MatchesPath(sequence_.info.root),
        "has nothing of the image at " + std::to_string(t_ns) + " ns, of which there is no picture either");
  }
  return std::move(matched.back().image);
}

cv::Mat FrameSource::ReadPixels() const {
  const datasets::ImageName& image = sequence_.images.at(next_image_ - 1);
  return datasets::ReadImage(sequence_.info, datasets::EntryOf(sequence_, image)).pixels;
}

}  // namespace perilune::tools
