#include "datasets/formats/sequence_stream.h"

#include <cmath>
#include <utility>

#include "datasets/formats/sequence_columns.h"
#include "datasets/formats/sequence_yaml.h"
#include "dem/ephemeris/moon_orientation.h"
#include "dem/io/data_error.h"

namespace perilune::datasets {
namespace {

std::shared_ptr<CsvStream> OpenSensorData(const std::filesystem::path& root, const char* sensor,
                                          const char* header) {
  auto csv = std::make_shared<CsvStream>(root / sensor / "data.csv");
  if (csv->header() != header) {
    throw dem::DataError(csv->path(), std::string("line 1: the header must be '") + header + "'");
  }
  return csv;
}

std::vector<ImageName> ReadImageNames(const std::filesystem::path& root, bool matched) {
  const std::shared_ptr<CsvStream> csv = OpenSensorData(root, "cam0", kImageHeader);
  SampleStream<ImageName> rows = StreamRows<ImageName>(csv, [matched](const CsvRow& row) {
    if (row.Empty(1) && !matched) row.Refuse(1, "is empty, and there is no matches0/data.csv");
    return ImageName{row.Integer(0), row.Text(1)};
  });
  std::vector<ImageName> images;
  while (std::optional<ImageName> image = rows.Take()) images.push_back(std::move(*image));
  if (images.empty()) throw dem::DataError(csv->path(), "lists no image: a sequence needs one");
  images.shrink_to_fit();
  return images;
}

SampleStream<nav::Imu> StreamImu(const std::filesystem::path& root) {
  return StreamRows<nav::Imu>(OpenSensorData(root, "imu0", kImuHeader), [](const CsvRow& row) {
    return nav::Imu{row.Integer(0),
                    {row.Number(1), row.Number(2), row.Number(3)},
                    {row.Number(4), row.Number(5), row.Number(6)}};
  });
}

SampleStream<nav::Range> StreamRanges(const std::filesystem::path& root) {
  return StreamRows<nav::Range>(OpenSensorData(root, "altimeter0", kRangeHeader), [](const CsvRow& row) {
    nav::Range range;
    range.t_ns = row.Integer(0);
    range.range_m = row.Number(1);
    range.sigma_m = row.Number(2);
    if (row.Text(3) != "0" && row.Text(3) != "1") row.Refuse(3, "must be 0 or 1");
    range.valid = row.Text(3) == "1";
    if (range.valid && !(range.range_m > 0)) row.Refuse(1, "a valid range must be above zero");
    if (range.valid && !(range.sigma_m > 0)) row.Refuse(2, "the sigma of a valid range must be above zero");
    return range;
  });
}

SampleStream<nav::Attitude> StreamAttitudes(const SequenceInfo& info) {
  return StreamRows<nav::Attitude>(OpenSensorData(info.root, "star_tracker0", kStarTrackerHeader),
                                   [info](const CsvRow& row) {
                                     StarTrackerSample sample;
                                     sample.t_ns = row.Integer(0);
                                     sample.inertial_from_sensor = UnitQuaternion(row, {1, 2, 3, 4});
                                     sample.sigma_rad = row.Number(5);
                                     if (!(sample.sigma_rad > 0)) row.Refuse(5, "must be above zero");
                                     return MoonFromBody(sample, info);
                                   });
}

}  // namespace

Eigen::Quaterniond UnitQuaternion(const CsvRow& row, const std::array<std::size_t, 4>& wxyz) {
  const Eigen::Quaterniond q(row.Number(wxyz[0]), row.Number(wxyz[1]), row.Number(wxyz[2]),
                             row.Number(wxyz[3]));
  if (std::abs(q.norm() - 1) > 1e-3) row.Refuse(wxyz[0], "is no unit quaternion");
  return q.normalized();
}

nav::Attitude MoonFromBody(const StarTrackerSample& sample, const SequenceInfo& info) {
  const Eigen::Quaterniond sensor_from_body(info.body_from_star_tracker.linear().transpose());
  const Eigen::Quaterniond moon_from_inertial(dem::MoonFromInertial(TaiOf(info, sample.t_ns)));
  return {sample.t_ns, moon_from_inertial * sample.inertial_from_sensor * sensor_from_body, sample.sigma_rad};
}

ImageEntry EntryOf(const SequenceStream& sequence, const ImageName& image) {
  if (image.file.empty()) return {image.t_ns, {}};
  return {image.t_ns, sequence.image_folder / image.file};
}

bool IsOwnSequence(const std::filesystem::path& root) {
  return std::filesystem::exists(root / "sequence.yaml");
}

SequenceStream OpenSequenceStream(const std::filesystem::path& root) {
  SequenceStream stream;
  stream.info = ReadSequenceInfo(root);
  stream.image_folder = root / "cam0" / "data";
  const bool matched = std::filesystem::exists(MatchesPath(root));
  stream.images = ReadImageNames(root, matched);
  if (matched) stream.matches = StreamMatchedImages(root);
  stream.imu = StreamImu(root);
  if (stream.info.range_rate_hz > 0) stream.ranges = StreamRanges(root);
  if (stream.info.star_tracker_rate_hz > 0) stream.attitudes = StreamAttitudes(stream.info);
  return stream;
}

}  // namespace perilune::datasets
