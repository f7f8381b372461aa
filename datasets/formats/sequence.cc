#include "datasets/formats/sequence.h"

#include <utility>

#include "datasets/formats/csv_table.h"
#include "datasets/formats/image_file.h"
#include "datasets/formats/sequence_columns.h"
#include "datasets/formats/sequence_stream.h"
#include "dem/ephemeris/sub_solar.h"
#include "dem/ephemeris/time_scales.h"
#include "dem/io/atomic_file.h"
#include "dem/io/data_error.h"

namespace perilune::datasets {
namespace {

std::filesystem::path DataOf(const std::filesystem::path& root, const char* sensor) {
  return root / sensor / "data.csv";
}

template <typename Sample>
std::vector<Sample> Drain(SampleStream<Sample> stream) {
  std::vector<Sample> samples;
  while (std::optional<Sample> sample = stream.Take()) samples.push_back(std::move(*sample));
  return samples;
}

/// `t_ns` on a clock that shows `epoch_there_ns` when its own shows `epoch_here_ns`.
std::int64_t OnOtherClock(const SequenceInfo& info, std::int64_t t_ns, std::int64_t epoch_here_ns,
                          std::int64_t epoch_there_ns) {
  std::int64_t since_epoch_ns = 0, there_ns = 0;
  if (__builtin_sub_overflow(t_ns, epoch_here_ns, &since_epoch_ns) ||
      __builtin_add_overflow(epoch_there_ns, since_epoch_ns, &there_ns)) {
    throw dem::DataError(info.root, "the time " + std::to_string(t_ns) +
                                        " ns lies centuries from the epoch, " + info.epoch_utc + " at " +
                                        std::to_string(info.epoch_t_ns) + " ns");
  }
  return there_ns;
}

}  // namespace

std::int64_t TaiOf(const SequenceInfo& info, std::int64_t t_ns) {
  return OnOtherClock(info, t_ns, info.epoch_t_ns, dem::ParseUtc(info.epoch_utc));
}

std::int64_t ClockOf(const SequenceInfo& info, std::int64_t tai_ns) {
  return OnOtherClock(info, tai_ns, dem::ParseUtc(info.epoch_utc), info.epoch_t_ns);
}

dem::Sun SunOf(const SequenceInfo& info, std::int64_t t_ns) {
  if (info.sub_solar) return dem::SunOver(*info.sub_solar, info.site);
  return dem::SunAt(TaiOf(info, t_ns), info.site);
}

Sequence OpenSequence(const std::filesystem::path& root) {
  SequenceStream stream = OpenSequenceStream(root);
  Sequence sequence;
  sequence.info = stream.info;
  for (const ImageName& image : stream.images) sequence.images.push_back(EntryOf(stream, image));
  sequence.imu = Drain(std::move(stream.imu));
  sequence.ranges = Drain(std::move(stream.ranges));
  sequence.attitudes = Drain(std::move(stream.attitudes));
  return sequence;
}

nav::Image ReadImage(const SequenceInfo& info, const ImageEntry& entry) {
  if (entry.path.empty()) {
    throw dem::DataError(info.root, "there is no picture at " + std::to_string(entry.t_ns) +
                                        " ns: the sequence was made at measurement level");
  }
  cv::Mat pixels = ReadGreyImage(entry.path);
  const vision::Camera& camera = info.camera;
  if (pixels.cols != camera.width_px || pixels.rows != camera.height_px) {
    throw dem::DataError(entry.path, std::to_string(pixels.cols) + " x " + std::to_string(pixels.rows) +
                                         " pixels where the camera file says " +
                                         std::to_string(camera.width_px) + " x " +
                                         std::to_string(camera.height_px));
  }
  return {entry.t_ns, info.exposure_s, std::move(pixels)};
}

nav::Image ReadImage(const Sequence& sequence, std::size_t index) {
  return ReadImage(sequence.info, sequence.images.at(index));
}

void WriteImageIndex(const std::filesystem::path& root, const std::vector<std::int64_t>& times_ns,
                     bool with_pictures) {
  CsvWriter csv(kImageHeader);
  for (const std::int64_t t_ns : times_ns) {
    csv.Add(t_ns).Add(with_pictures ? std::to_string(t_ns) + ".png" : std::string()).EndRow();
  }
  dem::WriteFileAtomically(DataOf(root, "cam0"), csv.bytes());
}

void WriteImu(const std::filesystem::path& root, const std::vector<nav::Imu>& samples) {
  CsvWriter csv(kImuHeader);
  for (const nav::Imu& sample : samples) {
    csv.Add(sample.t_ns);
    for (const double rate : sample.gyro_radps) csv.Add(rate);
    for (const double force : sample.accel_mps2) csv.Add(force);
    csv.EndRow();
  }
  dem::WriteFileAtomically(DataOf(root, "imu0"), csv.bytes());
}

void WriteRanges(const std::filesystem::path& root, const std::vector<nav::Range>& samples) {
  CsvWriter csv(kRangeHeader);
  for (const nav::Range& sample : samples) {
    csv.Add(sample.t_ns).Add(sample.range_m).Add(sample.sigma_m).Add(sample.valid ? 1 : 0).EndRow();
  }
  dem::WriteFileAtomically(DataOf(root, "altimeter0"), csv.bytes());
}

void WriteStarTracker(const std::filesystem::path& root, const std::vector<StarTrackerSample>& samples) {
  CsvWriter csv(kStarTrackerHeader);
  for (const StarTrackerSample& sample : samples) {
    const Eigen::Quaterniond& q = sample.inertial_from_sensor;
    csv.Add(sample.t_ns).Add(q.w()).Add(q.x()).Add(q.y()).Add(q.z()).Add(sample.sigma_rad).EndRow();
  }
  dem::WriteFileAtomically(DataOf(root, "star_tracker0"), csv.bytes());
}

std::filesystem::path ImagePath(const std::filesystem::path& root, std::int64_t t_ns) {
  return root / "cam0" / "data" / (std::to_string(t_ns) + ".png");
}

}  // namespace perilune::datasets
