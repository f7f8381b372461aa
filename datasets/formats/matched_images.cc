#include "datasets/formats/matched_images.h"

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "dem/io/atomic_file.h"
#include "dem/io/data_error.h"

namespace perilune::datasets {
namespace {

constexpr char kMatchColumns[] =
    ",map,attempted,x [px],y [px],covariance_xx [px2],covariance_xy [px2],covariance_yy [px2],patch [px],"
    "score,point_x [m],point_y [m],point_z [m]";
constexpr std::size_t kFirstOfMatch = 3, kMatchNumbers = 10;
constexpr std::size_t kFirstOfResidual = kFirstOfMatch + kMatchNumbers;

std::string SequenceHeader() { return std::string("#timestamp [ns]") + kMatchColumns; }
std::string ResidualsHeader() {
  return std::string("#since_start [ns]") + kMatchColumns + ",residual_x [px],residual_y [px]";
}

void AddImage(CsvWriter& csv, const TimedMatches& image) {
  csv.Add(image.t_ns).Add(image.image.map).Add(image.image.attempted);
}

void AddMatch(CsvWriter& csv, const vision::Match& match) {
  const Eigen::Matrix2d& covariance = match.covariance_px2;
  csv.Add(match.pixel_px.x()).Add(match.pixel_px.y());
  csv.Add(covariance(0, 0)).Add(covariance(0, 1)).Add(covariance(1, 1));
  csv.Add(match.patch_size_px).Add(match.score);
  for (const double coordinate : match.point_in_site_m) csv.Add(coordinate);
}

vision::Match MatchOf(const CsvRow& row) {
  std::size_t column = kFirstOfMatch;
  vision::Match match;
  for (double& coordinate : match.pixel_px) coordinate = row.Number(column++);
  Eigen::Matrix2d& covariance = match.covariance_px2;
  covariance(0, 0) = row.Number(column++);
  covariance(0, 1) = covariance(1, 0) = row.Number(column++);
  covariance(1, 1) = row.Number(column++);
  if (!(covariance(0, 0) > 0 && covariance.determinant() > 0)) {
    row.Refuse(kFirstOfMatch + 2, "the covariance is not positive definite");
  }
  match.patch_size_px = row.Number(column++);
  match.score = row.Number(column++);
  for (double& coordinate : match.point_in_site_m) coordinate = row.Number(column++);
  return match;
}

/// An image, and the residuals of its matches where the file has such columns.
MatchResiduals ImageOf(const CsvRow& row) {
  MatchResiduals image;
  image.of.t_ns = row.Integer(0);
  image.of.image.map = row.Text(1);
  const std::int64_t attempted = row.Integer(2);
  if (attempted < 0 || attempted > 1'000'000) row.Refuse(2, "is no number of patches");
  image.of.image.attempted = static_cast<int>(attempted);
  return image;
}

/// Reads image after image: the rows of one time belong together.
std::function<std::optional<MatchResiduals>()> ImageReader(const std::filesystem::path& path,
                                                           const std::string& header, bool with_residuals) {
  const auto csv = std::make_shared<CsvStream>(path);
  if (csv->header() != header) throw dem::DataError(path, "line 1: the header must be '" + header + "'");
  return [csv, row = csv->Next(), last_ns = std::optional<std::int64_t>(),
          with_residuals]() mutable -> std::optional<MatchResiduals> {
    if (!row) return std::nullopt;
    MatchResiduals image = ImageOf(*row);
    if (last_ns && image.of.t_ns <= *last_ns) row->Refuse(0, "time " + row->Text(0) + " does not increase");
    last_ns = image.of.t_ns;
    for (; row && row->Integer(0) == *last_ns; row = csv->Next()) {
      if (row->Empty(kFirstOfMatch)) continue;
      image.of.image.matches.push_back(MatchOf(*row));
      if (!with_residuals) continue;
      image.residual_px.emplace_back(row->Number(kFirstOfResidual), row->Number(kFirstOfResidual + 1));
    }
    return image;
  };
}

}  // namespace

std::filesystem::path MatchesPath(const std::filesystem::path& sequence_root) {
  return sequence_root / "matches0" / "data.csv";
}

void WriteMatchedImages(const std::filesystem::path& sequence_root, const std::vector<TimedMatches>& images) {
  CsvWriter csv(SequenceHeader());
  for (const TimedMatches& image : images) {
    for (const vision::Match& match : image.image.matches) {
      AddImage(csv, image);
      AddMatch(csv, match);
      csv.EndRow();
    }
    if (!image.image.matches.empty()) continue;
    AddImage(csv, image);
    csv.AddEmpty(kMatchNumbers).EndRow();
  }
  std::filesystem::create_directories(MatchesPath(sequence_root).parent_path());
  dem::WriteFileAtomically(MatchesPath(sequence_root), csv.bytes());
}

SampleStream<TimedMatches> StreamMatchedImages(const std::filesystem::path& sequence_root) {
  return SampleStream<TimedMatches>([next = ImageReader(MatchesPath(sequence_root), SequenceHeader(),
                                                        false)]() -> std::optional<TimedMatches> {
    std::optional<MatchResiduals> image = next();
    if (!image) return std::nullopt;
    return std::move(image->of);
  });
}

void WriteMatchResiduals(const std::filesystem::path& path, const std::vector<MatchResiduals>& images) {
  CsvWriter csv(ResidualsHeader());
  for (const MatchResiduals& image : images) {
    for (std::size_t i = 0; i < image.residual_px.size(); ++i) {
      AddImage(csv, image.of);
      AddMatch(csv, image.of.image.matches.at(i));
      csv.Add(image.residual_px[i].x()).Add(image.residual_px[i].y()).EndRow();
    }
    if (!image.residual_px.empty()) continue;
    AddImage(csv, image.of);
    csv.AddEmpty(kMatchNumbers + 2).EndRow();
  }
  dem::WriteFileAtomically(path, csv.bytes());
}

std::vector<MatchResiduals> ReadMatchResiduals(const std::filesystem::path& path) {
  const auto next = ImageReader(path, ResidualsHeader(), true);
  std::vector<MatchResiduals> images;
  while (std::optional<MatchResiduals> image = next()) images.push_back(std::move(*image));
  if (images.empty()) throw dem::DataError(path, "lists no image");
  return images;
}

}  // namespace perilune::datasets
