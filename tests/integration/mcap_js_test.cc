#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

#include "datasets/formats/mcap_reader.h"
#include "datasets/formats/ros2_log_writer.h"
#include "tests/integration/ros2_json.h"
#include "tests/support/temp_folder.h"

namespace perilune::test {
namespace {

namespace fs = std::filesystem;
using datasets::Ros2LogWriter;
using nlohmann::json;

/// The packages, in the build folder: `npm ci` once for each lock file.
fs::path JsFolder() { return fs::path(PERILUNE_PROGRAM).parent_path().parent_path() / "mcap_js"; }

int Shell(const std::string& command) {
  const int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// One process at a time: CTest runs the tests of this file beside each other.
class FolderLock {
 public:
  explicit FolderLock(const fs::path& folder)
      : file_(open((folder / "lock").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644)) {
    EXPECT_EQ(flock(file_, LOCK_EX), 0) << folder;
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  ~FolderLock() { close(file_); }

 private:
  int file_;
};

/// Empty when the packages are there, else why not.
std::string PrepareJs() {
  const fs::path source = fs::path(PERILUNE_SOURCE_DIR) / "tests" / "mcap_js";
  if (Shell("node --version >/dev/null 2>&1 && npm --version >/dev/null 2>&1") != 0) {
    return "node and npm are not installed (apt-get install nodejs npm)";
  }
  fs::create_directories(JsFolder());
  const FolderLock lock(JsFolder());
  const fs::path mark = JsFolder() / "installed";
  const std::string wanted = ReadBytes(source / "package-lock.json");
  for (const char* const file : {"package.json", "package-lock.json", "round_trip.mjs"}) {
    // Another test may be running what is there.
    if (fs::exists(JsFolder() / file) && ReadBytes(JsFolder() / file) == ReadBytes(source / file)) continue;
    fs::copy_file(source / file, JsFolder() / file, fs::copy_options::overwrite_existing);
  }
  if (fs::exists(mark) && ReadBytes(mark) == wanted) return "";
  if (Shell("cd " + JsFolder().string() + " && npm ci --ignore-scripts >npm.log 2>&1") != 0) {
    return "npm ci failed, is the registry reachable? See " + (JsFolder() / "npm.log").string();
  }
  std::ofstream(mark, std::ios::binary) << wanted;
  return "";
}

class McapJsIntegration : public testing::Test {
 protected:
  void SetUp() override {
    static const std::string missing = PrepareJs();
    if (!missing.empty()) GTEST_SKIP() << missing;
  }

  /// What the script says when it is not content; empty when it is.
  std::string Script(const std::string& verb) const {
    const fs::path log = folder_ / "script.log";
    const int code = Shell("cd " + JsFolder().string() + " && node round_trip.mjs " + verb + " " +
                           (folder_ / "log.mcap").string() + " " + (folder_ / "messages.json").string() +
                           " >" + log.string() + " 2>&1");
    return code == 0 ? "" : "exit " + std::to_string(code) + ": " + ReadBytes(log);
  }

  TempFolder folder_;
};

/// Writes messages to a log, and what they are as JSON.
class TwofoldWriter {
 public:
  explicit TwofoldWriter(const fs::path& path) : log_(path, {"ros2", 5000, true}) {}

  template <typename Message>
  void Write(const std::string& topic, std::int64_t t_ns, Message message) {
    message.header.stamp = datasets::RosTimeFromNanoseconds(t_ns);
    log_.Write(topic, message);
    messages_.push_back({{"topic", topic},
                         {"type", Message::kType},
                         {"t_ns", std::to_string(t_ns)},
                         {"message", JsonOf(message)}});
  }
  json Finish() {
    log_.Finish();
    return messages_;
  }

 private:
  Ros2LogWriter log_;
  json messages_ = json::array();
};

/// Every type several times, with frames of all lengths (they shift the alignment of what follows), empty
/// sequences, numbers that are none, and enough bytes for a few chunks.
json WriteMessages(const fs::path& path) {
  std::mt19937_64 random(8);
  std::normal_distribution<double> normal;
  TwofoldWriter writer(path);
  writer.Write("/empty", 1, datasets::RosImage{});
  std::int64_t t_ns = 1'772'366'437'000'000'000;
  for (std::size_t i = 0; i < 20; ++i) {
    const datasets::RosHeader header{{}, std::string(i % 9, 'f')};
    const auto width = static_cast<std::uint32_t>(20 + i), height = 30U;
    datasets::RosImage image{header, height, width, "mono16", 0, 2 * width, {}};
    for (std::uint32_t k = 0; k < 2 * width * height; ++k) image.data.push_back(random() & 0xff);
    writer.Write("/cam0/image_raw", t_ns += 1'000'001, image);
    datasets::RosCameraInfo info{header, height, width, std::string(i % 5, 'd'), {}, {}, {}, {}, 1, 2, {}};
    info.d.resize(i % 6);
    for (double& value : info.d) value = normal(random);
    for (double& value : info.k) value = normal(random);
    for (double& value : info.p) value = normal(random);
    info.roi = {1, 2, 3, 4, i % 2 == 0};
    writer.Write("/cam0/camera_info", t_ns += 1, info);
    datasets::RosImu imu{header, {}, {}, {}, {}, {}, {}};
    for (double& value : imu.orientation) value = normal(random);
    for (double& value : imu.linear_acceleration_covariance) value = 1e-300 * normal(random);
    imu.angular_velocity = {1.0 / 3, -0.0, 4e300};
    writer.Write("/imu0", t_ns += 1, imu);
    datasets::RosRange range{header, 1, 0.25F, 0, std::numeric_limits<float>::infinity(), 12.5F, 0.1F};
    if (i % 3 == 0) range.range = std::numeric_limits<float>::quiet_NaN();
    writer.Write("/altimeter0", t_ns += 1, range);
    datasets::RosPoseWithCovarianceStamped pose{header, {{1, 2, 3}, {0.5, 0.5, -0.5, 0.5}}, {}};
    for (double& value : pose.covariance) value = normal(random);
    writer.Write("/fix/absolute", t_ns += 1, pose);
    datasets::RosOccupancyGrid grid{header, {3, 4}, 0.3F, static_cast<std::uint32_t>(i), 2, {}, {}};
    for (std::size_t k = 0; k < 2 * i; ++k) grid.data.push_back(static_cast<std::int8_t>(random() % 102 - 1));
    writer.Write("/hazards", t_ns += 1, grid);
  }
  return writer.Finish();
}

json ReadMessages(const fs::path& path) {
  const datasets::McapReader log(path);
  json messages = json::array();
  log.ForEachMessage([&](const datasets::McapMessage& message) {
    const datasets::McapChannel& channel = log.channels().at(message.channel_id);
    const std::string& type = log.schemas().at(channel.schema_id).name;
    json decoded;
    const auto decode = [&]<typename Message>(const Message*) {
      if (type == Message::kType) decoded = JsonOf(datasets::DecodeRos2<Message>(message.data));
    };
    decode(static_cast<const datasets::RosImage*>(nullptr));
    decode(static_cast<const datasets::RosCameraInfo*>(nullptr));
    decode(static_cast<const datasets::RosImu*>(nullptr));
    decode(static_cast<const datasets::RosRange*>(nullptr));
    decode(static_cast<const datasets::RosPoseWithCovarianceStamped*>(nullptr));
    decode(static_cast<const datasets::RosOccupancyGrid*>(nullptr));
    messages.push_back({{"topic", channel.topic},
                        {"type", type},
                        {"t_ns", std::to_string(message.log_time_ns)},
                        {"message", std::move(decoded)}});
  });
  return messages;
}

TEST_F(McapJsIntegration, ReadsWhatWeWrote) {
  const json messages = WriteMessages(folder_ / "log.mcap");
  folder_.Write("messages.json", messages.dump());
  EXPECT_EQ(Script("read"), "");
}

TEST_F(McapJsIntegration, TellsWhenWeWroteAnythingElse) {
  json messages = WriteMessages(folder_ / "log.mcap");
  messages[7]["message"]["header"]["frame_id"] = "another";
  folder_.Write("messages.json", messages.dump());
  EXPECT_THAT(Script("read"), testing::HasSubstr("message 7"));
  // A flipped bit in a chunk, far from its ends.
  messages = WriteMessages(folder_ / "log.mcap");
  folder_.Write("messages.json", messages.dump());
  std::string bytes = ReadBytes(folder_ / "log.mcap");
  bytes[bytes.size() / 3] = static_cast<char>(bytes[bytes.size() / 3] ^ 1);
  folder_.Write("log.mcap", bytes);
  EXPECT_NE(Script("read"), "");
}

TEST_F(McapJsIntegration, WritesWhatWeRead) {
  const json messages = WriteMessages(folder_ / "ours.mcap");
  folder_.Write("messages.json", messages.dump());
  ASSERT_EQ(Script("write"), "");
  const json read = ReadMessages(folder_ / "log.mcap");
  ASSERT_EQ(read.size(), messages.size());
  for (std::size_t i = 0; i < read.size(); ++i) ASSERT_EQ(read[i], messages[i]) << i;
  const datasets::McapReader log(folder_ / "log.mcap");
  ASSERT_TRUE(log.statistics());
  EXPECT_EQ(log.statistics()->message_count, messages.size());
  EXPECT_GT(log.statistics()->chunk_count, 2U);
}

}  // namespace
}  // namespace perilune::test
