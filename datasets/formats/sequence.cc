#include "datasets/formats/sequence.h"

#include <cmath>

#include "datasets/formats/csv_table.h"
#include "datasets/formats/image_file.h"
#include "datasets/formats/sequence_yaml.h"
#include "dem/ephemeris/moon_orientation.h"
#include "dem/ephemeris/time_scales.h"
#include "dem/io/atomic_file.h"
#include "dem/io/data_error.h"

namespace perilune::datasets {
namespace {

constexpr char kImageHeader[] = "#timestamp [ns],filename";
constexpr char kImuHeader[] =
    "#timestamp [ns],w_RS_S_x [rad s^-1],w_RS_S_y [rad s^-1],w_RS_S_z [rad s^-1],"
    "a_RS_S_x [m s^-2],a_RS_S_y [m s^-2],a_RS_S_z [m s^-2]";
constexpr char kRangeHeader[] = "#timestamp [ns],range [m],sigma [m],valid";
constexpr char kStarTrackerHeader[] = "#timestamp [ns],q_w,q_x,q_y,q_z,sigma [rad]";

std::filesystem::path DataOf(const std::filesystem::path& root, const char* sensor) {
  return root / sensor / "data.csv";
}

// Times have to increase from row to row: everything behind relies on the order.
template <typename Sample, typename Read>
std::vector<Sample> ReadSamples(const std::filesystem::path& path, const char* header, const Read& read) {
  const CsvTable table(path, header);
  std::vector<Sample> samples;
  samples.reserve(table.rows().size());
  for (const CsvRow& row : table.rows()) {
    Sample sample = read(row);
    sample.t_ns = row.Integer(0);
    if (!samples.empty() && sample.t_ns <= samples.back().t_ns) {
      row.Refuse(0, "time " + row.Text(0) + " does not increase");
    }
    samples.push_back(std::move(sample));
  }
  return samples;
}

std::vector<ImageEntry> ReadImageIndex(const std::filesystem::path& root) {
  std::vector<ImageEntry> images =
      ReadSamples<ImageEntry>(DataOf(root, "cam0"), kImageHeader, [&root](const CsvRow& row) {
        if (row.Empty(1)) row.Refuse(1, "is empty");
        return ImageEntry{0, root / "cam0" / "data" / row.Text(1)};
      });
  if (images.empty()) throw dem::DataError(DataOf(root, "cam0"), "lists no image: a sequence needs one");
  return images;
}

std::vector<nav::Imu> ReadImu(const std::filesystem::path& root) {
  return ReadSamples<nav::Imu>(DataOf(root, "imu0"), kImuHeader, [](const CsvRow& row) {
    return nav::Imu{
        0, {row.Number(1), row.Number(2), row.Number(3)}, {row.Number(4), row.Number(5), row.Number(6)}};
  });
}

std::vector<nav::Range> ReadRanges(const std::filesystem::path& root) {
  return ReadSamples<nav::Range>(DataOf(root, "altimeter0"), kRangeHeader, [](const CsvRow& row) {
    nav::Range range;
    range.range_m = row.Number(1);
    range.sigma_m = row.Number(2);
    if (row.Text(3) != "0" && row.Text(3) != "1") row.Refuse(3, "must be 0 or 1");
    range.valid = row.Text(3) == "1";
    if (range.valid && !(range.range_m > 0)) row.Refuse(1, "a valid range must be above zero");
    if (range.valid && !(range.sigma_m > 0)) row.Refuse(2, "the sigma of a valid range must be above zero");
    return range;
  });
}

std::vector<StarTrackerSample> ReadStarTrackerSamples(const std::filesystem::path& root) {
  return ReadSamples<StarTrackerSample>(
      DataOf(root, "star_tracker0"), kStarTrackerHeader, [](const CsvRow& row) {
        StarTrackerSample sample;
        sample.inertial_from_sensor =
            Eigen::Quaterniond(row.Number(1), row.Number(2), row.Number(3), row.Number(4));
        if (std::abs(sample.inertial_from_sensor.norm() - 1) > 1e-3) row.Refuse(1, "is no unit quaternion");
        sample.inertial_from_sensor.normalize();
        sample.sigma_rad = row.Number(5);
        if (!(sample.sigma_rad > 0)) row.Refuse(5, "must be above zero");
        return sample;
      });
}

// The sequence's clock may have any origin: sequence.yaml ties it to UTC.
std::int64_t TaiOf(const SequenceInfo& info, std::int64_t t_ns) {
  return dem::ParseUtc(info.epoch_utc) + (t_ns - info.epoch_t_ns);
}

std::vector<nav::Attitude> ReadAttitudes(const SequenceInfo& info) {
  const Eigen::Quaterniond sensor_from_body(info.body_from_star_tracker.linear().transpose());
  std::vector<nav::Attitude> attitudes;
  for (const StarTrackerSample& sample : ReadStarTrackerSamples(info.root)) {
    const Eigen::Quaterniond moon_from_inertial(dem::MoonFromInertial(TaiOf(info, sample.t_ns)));
    attitudes.push_back(
        {sample.t_ns, moon_from_inertial * sample.inertial_from_sensor * sensor_from_body, sample.sigma_rad});
  }
  return attitudes;
}

}  // namespace

Sequence OpenSequence(const std::filesystem::path& root) {
  Sequence sequence;
  sequence.info = ReadSequenceInfo(root);
  sequence.images = ReadImageIndex(root);
  sequence.imu = ReadImu(root);
  if (sequence.info.range_rate_hz > 0) sequence.ranges = ReadRanges(root);
  if (sequence.info.star_tracker_rate_hz > 0) sequence.attitudes = ReadAttitudes(sequence.info);
  return sequence;
}

nav::Image ReadImage(const Sequence& sequence, std::size_t index) {
  const ImageEntry& entry = sequence.images.at(index);
  cv::Mat pixels = ReadGreyImage(entry.path);
  const vision::Camera& camera = sequence.info.camera;
  if (pixels.cols != camera.width_px || pixels.rows != camera.height_px) {
    throw dem::DataError(entry.path, std::to_string(pixels.cols) + " x " + std::to_string(pixels.rows) +
                                         " pixels where cam0/sensor.yaml says " +
                                         std::to_string(camera.width_px) + " x " +
                                         std::to_string(camera.height_px));
  }
  return {entry.t_ns, sequence.info.exposure_s, std::move(pixels)};
}

void WriteImageIndex(const std::filesystem::path& root, const std::vector<std::int64_t>& times_ns) {
  CsvWriter csv(kImageHeader);
  for (const std::int64_t t_ns : times_ns) csv.Add(t_ns).Add(std::to_string(t_ns) + ".png").EndRow();
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
