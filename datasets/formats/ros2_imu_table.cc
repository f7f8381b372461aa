#include "datasets/formats/ros2_imu_table.h"

#include <stdexcept>
#include <string>

#include "datasets/formats/csv_table.h"
#include "datasets/formats/sequence.h"
#include "dem/io/atomic_file.h"
#include "dem/io/data_error.h"

namespace perilune::datasets {

ImuTable::ImuTable(const std::filesystem::path& root) : path_(root / "imu0" / "data.csv") {
  std::filesystem::create_directories(path_.parent_path());
  datasets::WriteImu(root, {});  // the header
  stream_.open(path_, std::ios::binary | std::ios::app);
}

void ImuTable::Add(const nav::Imu& sample) {
  const bool late = last_written_ns_ && sample.t_ns <= *last_written_ns_;
  if (late || !waiting_.emplace(sample.t_ns, sample).second) {
    throw std::invalid_argument(
        "IMU sample of the time " + std::to_string(sample.t_ns) + " ns: " +
        (late ? "more than " + std::to_string(kReach) + " samples late, or twice" : "there are two of them"));
  }
  ++count_;
  if (waiting_.size() > kReach) WriteFirst();
}

void ImuTable::WriteFirst() {
  const nav::Imu sample = waiting_.extract(waiting_.begin()).mapped();
  std::string row = std::to_string(sample.t_ns);
  for (const Eigen::Vector3d& v : {sample.gyro_radps, sample.accel_mps2}) {
    for (const double component : v) row += "," + ShortestText(component);
  }
  stream_ << row << '\n';
  last_written_ns_ = sample.t_ns;
}

void ImuTable::Finish() {
  while (!waiting_.empty()) WriteFirst();
  stream_.close();
  if (!stream_) throw dem::WriteError(path_, "cannot be written");
  dem::SyncToDisk(path_, path_);
}

}  // namespace perilune::datasets
