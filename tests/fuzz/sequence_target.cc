#include <array>

#include "datasets/formats/sequence.h"
#include "datasets/formats/truth.h"
#include "datasets/formats/uncertainty.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/fuzz_target.h"

namespace {

using perilune::test::TempFolder;

/// A sequence whose files are right, made once.
const TempFolder& RightSequence() {
  static const TempFolder folder;
  static const bool written = [] {
    perilune::datasets::SequenceInfo info;
    info.root = folder.path();
    info.name = "right";
    info.epoch_utc = "2026-03-01T12:00:00.000";
    info.site = perilune::dem::MakeSite({0.3, -1.2});
    info.camera = perilune::vision::PinholeCamera(8, 1.0);
    info.range_rate_hz = info.star_tracker_rate_hz = 1;
    WriteSequenceInfo(info);
    perilune::datasets::WriteImageIndex(folder.path(), {1});
    perilune::datasets::WriteImu(folder.path(), {{1, {0, 0, 0}, {0, 0, 1}}});
    perilune::datasets::WriteRanges(folder.path(), {});
    perilune::datasets::WriteStarTracker(folder.path(), {});
    perilune::datasets::WriteTruth(folder.path(), {});
    return true;
  }();
  static_cast<void>(written);
  return folder;
}

/// Puts a file into the sequence, and the right one back.
class Replaced {
 public:
  Replaced(const std::filesystem::path& path, std::string_view bytes)
      : path_(path), right_(std::filesystem::exists(path) ? perilune::test::ReadBytes(path) : "") {
    std::ofstream(path_, std::ios::binary) << bytes;
  }
  ~Replaced() {
    if (right_.empty()) {
      std::filesystem::remove(path_);
    } else {
      std::ofstream(path_, std::ios::binary) << right_;
    }
  }
  Replaced(const Replaced&) = delete;
  Replaced& operator=(const Replaced&) = delete;

 private:
  std::filesystem::path path_;
  std::string right_;
};

}  // namespace

// The first character is the file of a sequence, or of its truth, or the sidecar of a map that takes the
// bytes.
PERILUNE_FUZZ_TARGET(sequence) {
  constexpr std::array kFiles = {"sequence.yaml",
                                 "cam0/sensor.yaml",
                                 "imu0/sensor.yaml",
                                 "altimeter0/sensor.yaml",
                                 "star_tracker0/sensor.yaml",
                                 "cam0/data.csv",
                                 "imu0/data.csv",
                                 "altimeter0/data.csv",
                                 "star_tracker0/data.csv",
                                 "truth/truth.yaml",
                                 "state_groundtruth_estimate0/data.csv",
                                 "map.tif.uncertainty.yaml"};
  const unsigned choice = perilune::test::TakeChoice(bytes, kFiles.size());
  const std::filesystem::path& root = RightSequence().path();
  const Replaced file(root / kFiles[choice], bytes);
  perilune::test::AllowDataError([&] {
    if (choice < 9) {
      perilune::datasets::OpenSequence(root);
    } else if (choice < 11) {
      perilune::datasets::ReadTruth(root);
    } else {
      perilune::datasets::ReadMapUncertainty(root / "map.tif");
    }
  });
}
