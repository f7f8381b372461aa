#include "datasets/formats/ros2_sequence_reader.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <stdexcept>
#include <utility>

#include "datasets/formats/csv_table.h"
#include "datasets/formats/png_file.h"
#include "datasets/formats/ros2_images.h"
#include "datasets/formats/ros2_imu_table.h"
#include "datasets/formats/ros2_sequence_files.h"
#include "datasets/formats/ros2_topics.h"
#include "datasets/formats/sequence.h"
#include "dem/io/atomic_file.h"
#include "dem/io/data_error.h"

namespace perilune::datasets {
namespace {

/// The topic beside the images that says how their camera sees.
std::string BesideImages(const std::string& image_topic) {
  return image_topic.substr(0, image_topic.rfind('/') + 1) + "camera_info";
}

Eigen::Vector3d FiniteVector(const std::array<double, 3>& numbers, const char* what) {
  const Eigen::Vector3d v(numbers.data());
  if (!v.allFinite()) throw std::invalid_argument(std::string(what) + " is not finite");
  return v;
}

/// The samples of one log, and where they go.
class SequenceLog {
 public:
  SequenceLog(const McapReader& log, std::filesystem::path root, const SequenceLogOptions& options)
      : log_(log), root_(std::move(root)), options_(options) {
    ChooseChannels();
    TakeYamlFiles();
    std::filesystem::create_directories(root_ / "cam0" / "data");
  }

  void Take(const McapMessage& message) {
    const std::optional<std::uint16_t> channel = message.channel_id;
    try {
      if (channel == image_) TakeImage(message);
      if (channel == camera_info_ && !camera_) {
        camera_ = CameraFromRos(DecodeRos2<RosCameraInfo>(message.data));
      }
      if (channel == imu_) TakeImu(message);
      if (channel == range_) TakeRange(message);
      if (channel == star_tracker_) TakeAttitude(message);
    } catch (const std::invalid_argument& error) {
      throw dem::DataError(log_.path(), log_.channels().at(message.channel_id).topic + " at " +
                                            std::to_string(message.log_time_ns) + " ns: " + error.what());
    }
  }

  SequenceLogReport Finish() {
    if (images_ns_.empty()) throw dem::DataError(log_.path(), "holds no image (sensor_msgs/msg/Image)");
    std::sort(images_ns_.begin(), images_ns_.end());
    const auto repeated = std::adjacent_find(images_ns_.begin(), images_ns_.end());
    if (repeated != images_ns_.end()) RefuseRepeat(*repeated, "images");
    WriteTables();
    if (!own_) WriteForeignCamera();
    report_.images = images_ns_.size();
    report_.imu = imu_table_ ? imu_table_->count() : 0;
    report_.ranges = ranges_.size();
    report_.attitudes = attitudes_.size();
    return std::move(report_);
  }

 private:
  void ChooseChannels() {
    image_ = ChooseChannel(log_, RosImage::kType, options_.image_topic, kImageTopic, "--image-topic");
    const std::string images = image_ ? log_.channels().at(*image_).topic : "";
    camera_info_ = ChooseChannel(log_, RosCameraInfo::kType, options_.camera_info_topic, BesideImages(images),
                                 "--camera-info-topic");
    imu_ = ChooseChannel(log_, RosImu::kType, options_.imu_topic, kImuTopic, "--imu-topic");
    range_ = ChooseChannel(log_, RosRange::kType, options_.range_topic, kRangeTopic, "--range-topic");
  }

  void TakeYamlFiles() {
    for (const McapMetadata& metadata : log_.metadata()) {
      if (metadata.name != kSequenceMetadata) continue;
      own_ = true;
      for (const char* const file : kSequenceYamlFiles) {  // no name that the log chose
        const auto text = metadata.texts.find(file);
        if (text == metadata.texts.end()) continue;
        std::filesystem::create_directories((root_ / file).parent_path());
        dem::WriteFileAtomically(root_ / file, text->second);
      }
    }
    if (!own_) return;
    for (const McapChannel* channel : ChannelsOfType(log_, RosImu::kType)) {
      if (channel->topic == kStarTrackerTopic) star_tracker_ = channel->id;
    }
  }

  static std::int64_t TimeOf(const RosHeader& header, const McapMessage& message) {
    const std::int64_t stamp_ns = NanosecondsFromRosTime(header.stamp);
    return stamp_ns != 0 ? stamp_ns : static_cast<std::int64_t>(message.log_time_ns);
  }

  void TakeImage(const McapMessage& message) {
    const RosImage image = DecodeRos2<RosImage>(message.data);
    const cv::Mat pixels = PixelsFromRos(image);
    if (images_ns_.empty()) image_size_ = pixels.size();
    if (pixels.size() != image_size_)
      throw std::invalid_argument("the image has another size than the first");
    bits_ = pixels.depth() == CV_16U ? 16 : 8;
    images_ns_.push_back(TimeOf(image.header, message));
    WritePng(ImagePath(root_, images_ns_.back()), pixels);
  }

  void TakeImu(const McapMessage& message) {
    const RosImu imu = DecodeRos2<RosImu>(message.data);
    if (imu.angular_velocity_covariance[0] == -1 || imu.linear_acceleration_covariance[0] == -1) {
      throw std::invalid_argument("the IMU says that it has no rate or no acceleration");
    }
    if (!imu_table_) imu_table_.emplace(root_);
    imu_table_->Add({TimeOf(imu.header, message), FiniteVector(imu.angular_velocity, "the angular velocity"),
                     FiniteVector(imu.linear_acceleration, "the acceleration")});
  }

  void TakeRange(const McapMessage& message) {
    const RosRange ros = DecodeRos2<RosRange>(message.data);
    nav::Range range;
    range.t_ns = TimeOf(ros.header, message);
    range.valid =
        std::isfinite(ros.range) && ros.range > 0 && ros.range >= ros.min_range && ros.range <= ros.max_range;
    if (range.valid) {
      range.range_m = ros.range;
      range.sigma_m = ros.variance > 0 ? std::sqrt(double{ros.variance}) : options_.range_sigma_m;
      if (!(range.sigma_m > 0 && std::isfinite(range.sigma_m))) {
        throw std::invalid_argument("the range has no variance: state one by --range-sigma-m");
      }
    }
    ranges_.push_back(range);
  }

  void TakeAttitude(const McapMessage& message) {
    const RosImu ros = DecodeRos2<RosImu>(message.data);
    const auto& q = ros.orientation;
    StarTrackerSample sample{TimeOf(ros.header, message), Eigen::Quaterniond(q[3], q[0], q[1], q[2]),
                             std::sqrt(ros.orientation_covariance[0])};
    if (!(std::abs(sample.inertial_from_sensor.norm() - 1) <= 1e-3) || !(sample.sigma_rad > 0) ||
        !std::isfinite(sample.sigma_rad)) {
      throw std::invalid_argument("the orientation is none, or has no covariance");
    }
    attitudes_.push_back(sample);
  }

  [[noreturn]] void RefuseRepeat(std::int64_t t_ns, const std::string& what) const {
    throw dem::DataError(log_.path(), "two " + what + " of the time " + std::to_string(t_ns) + " ns");
  }

  template <typename Sample>
  void Sort(std::vector<Sample>& samples, const std::string& what) const {
    std::sort(samples.begin(), samples.end(),
              [](const Sample& a, const Sample& b) { return a.t_ns < b.t_ns; });
    for (std::size_t i = 1; i < samples.size(); ++i) {
      if (samples[i].t_ns == samples[i - 1].t_ns) RefuseRepeat(samples[i].t_ns, what);
    }
  }

  bool Wanted(const char* sensor, bool has_samples) const {
    const bool wanted = has_samples || std::filesystem::exists(root_ / sensor / "sensor.yaml");
    if (wanted) std::filesystem::create_directories(root_ / sensor);
    return wanted;
  }

  void WriteTables() {
    WriteImageIndex(root_, images_ns_);
    Sort(ranges_, "ranges");
    Sort(attitudes_, "attitudes");
    if (imu_table_) {
      imu_table_->Finish();
    } else if (Wanted("imu0", false)) {
      WriteImu(root_, {});
    }
    if (Wanted("altimeter0", !ranges_.empty())) WriteRanges(root_, ranges_);
    if (Wanted("star_tracker0", !attitudes_.empty())) WriteStarTracker(root_, attitudes_);
  }

  void WriteForeignCamera() {
    report_.notes.push_back("no sequence.yaml: the log does not say where it was taken (site, epoch, prior)");
    if (!camera_) {
      report_.notes.push_back("no cam0/sensor.yaml: no camera info of the images was found");
      return;
    }
    if (camera_->width_px != image_size_.width || camera_->height_px != image_size_.height) {
      throw dem::DataError(log_.path(), "the camera info is of another size than the images");
    }
    const vision::Camera& c = *camera_;
    std::string distortion;
    for (std::size_t i = 0; i < (c.IsFisheye() ? 4U : 5U); ++i) {
      distortion += (i > 0 ? ", " : "") + ShortestText(c.distortion[i]);
    }
    const double span_s = 1e-9 * static_cast<double>(images_ns_.back() - images_ns_.front());
    const double rate_hz = span_s > 0 ? static_cast<double>(images_ns_.size() - 1) / span_s : 1;
    dem::WriteFileAtomically(
        root_ / "cam0" / "sensor.yaml",
        "sensor_type: camera\n"
        "T_BS: {rows: 4, cols: 4, data: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]}\n"
        "rate_hz: " +
            ShortestText(rate_hz) + "\nresolution: [" + std::to_string(c.width_px) + ", " +
            std::to_string(c.height_px) + "]\ncamera_model: pinhole\nintrinsics: [" + ShortestText(c.fx_px) +
            ", " + ShortestText(c.fy_px) + ", " + ShortestText(c.cx_px) + ", " + ShortestText(c.cy_px) +
            "]\ndistortion_model: " + (c.IsFisheye() ? "equidistant" : "radial-tangential") +
            "\ndistortion_coefficients: [" + distortion + "]\nbits: " + std::to_string(bits_) + "\n");
    report_.notes.push_back("body is taken to be the camera: the log does not say how it is mounted");
  }

  const McapReader& log_;
  std::filesystem::path root_;
  SequenceLogOptions options_;
  bool own_ = false;
  std::optional<std::uint16_t> image_, camera_info_, imu_, range_, star_tracker_;
  std::vector<std::int64_t> images_ns_;
  cv::Size image_size_;
  int bits_ = 8;
  std::optional<vision::Camera> camera_;
  std::optional<ImuTable> imu_table_;
  std::vector<nav::Range> ranges_;
  std::vector<StarTrackerSample> attitudes_;
  SequenceLogReport report_;
};

}  // namespace

void SequenceLogOptions::Validate() const {
  if (!(range_sigma_m >= 0 && std::isfinite(range_sigma_m))) {
    throw std::invalid_argument("range sigma " + std::to_string(range_sigma_m) + " m: must not be negative");
  }
}

SequenceLogReport ReadSequenceLog(const McapReader& log, const std::filesystem::path& root,
                                  const SequenceLogOptions& options, const LogProgress& progress) {
  options.Validate();
  SequenceLog sequence(log, root, options);
  const std::size_t total = log.statistics() ? log.statistics()->message_count : 0;
  std::size_t done = 0;
  log.ForEachMessage([&](const McapMessage& message) {
    sequence.Take(message);
    progress(++done, total);
  });
  return sequence.Finish();
}

}  // namespace perilune::datasets
