#include "tools/perilune/hazard_stream.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "datasets/formats/dem_hash.h"
#include "datasets/formats/hazard_files.h"
#include "dem/io/data_error.h"
#include "nav/landing/parted_sites.h"
#include "tools/perilune/interrupt.h"
#include "tools/perilune/pace.h"
#include "tools/perilune/progress.h"

namespace perilune::tools {
namespace {

constexpr int kPreviewSide = 2800;  // twice what the picture shows
constexpr int kSurveyCells = 16'000'000;

struct Survey {
  HeightRange range{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
  std::uint64_t dem_hash = 0;
};

/// Reads all heights once, by rows: the hash is of the window, the range of what casts shadows on it, too.
Survey SurveyHeights(const HazardsOfFile& asked, Progress& progress) {
  const CellWindow area = asked.sun ? WithReach(asked) : asked.window;
  const CellWindow& window = asked.window;
  const int rows = std::max(1, kSurveyCells / area.width);
  datasets::DemHasher hasher(window.width, window.height,
                             asked.file.crs_from_pixel() * Eigen::Translation2d(window.col, window.row));
  Survey survey;
  const Pace pace;
  for (int row = area.row; row < area.EndRow(); row += rows) {
    CheckInterrupted();
    const int count = std::min(rows, area.EndRow() - row);
    const dem::Grid<float> heights = asked.file.ReadWindow(area.col, row, area.width, count).grid;
    for (const float z : heights.data) {
      if (std::isnan(z)) continue;
      survey.range.lowest_m = std::min<double>(survey.range.lowest_m, z);
      survey.range.highest_m = std::max<double>(survey.range.highest_m, z);
    }
    const int first = std::max(row, window.row), end = std::min(row + count, window.EndRow());
    if (first < end)
      hasher.Add(CutHeights(heights, {area.col, row, area.width, count},
                            {window.col, first, window.width, end - first}));
    const double done = row + count - area.row;
    progress.Show("read rows", static_cast<std::size_t>(done), static_cast<std::size_t>(area.height),
                  pace.Note(done * area.width, static_cast<double>(area.height) * area.width));
  }
  survey.dem_hash = hasher.value();
  return survey;
}

/// The preview of a map, filled block by block.
class PreviewPainter {
 public:
  explicit PreviewPainter(const HazardsOfFile& asked) {
    const CellWindow& window = asked.window;
    preview_.step = (std::max(window.width, window.height) + kPreviewSide - 1) / kPreviewSide;
    const int step = preview_.step;
    const int width = std::max(1, window.width / step), height = std::max(1, window.height / step);
    preview_.classes = dem::Grid<std::uint8_t>(width, height);
    preview_.dem.grid = dem::Grid<float>(width, height);
    preview_.dem.crs_wkt = asked.file.crs_wkt();
    const double first = 0.5 * (step - 1);
    preview_.dem.crs_from_pixel = asked.file.crs_from_pixel() *
                                  Eigen::Translation2d(window.col + first, window.row + first) *
                                  Eigen::Scaling(static_cast<double>(step));
    sums_ = dem::Grid<float>(width, height);
    counts_ = dem::Grid<float>(width, height);
  }

  void Add(const dem::Grid<std::uint8_t>& classes, const dem::Grid<float>& heights, int col0, int row0) {
    const int step = preview_.step;
    for (int row = 0; row < classes.height; ++row) {
      const int to_row = (row0 + row) / step;
      if (to_row >= sums_.height) break;
      for (int col = 0; col < classes.width; ++col) {
        const int to_col = (col0 + col) / step;
        if (to_col >= sums_.width) break;
        if ((row0 + row) % step == step / 2 && (col0 + col) % step == step / 2)
          preview_.classes.At(to_col, to_row) = classes.At(col, row);
        const float z = heights.At(col, row);
        if (std::isnan(z)) continue;
        sums_.At(to_col, to_row) += z;
        counts_.At(to_col, to_row) += 1;
      }
    }
  }

  HazardPreview Take() {
    for (std::size_t i = 0; i < sums_.data.size(); ++i)
      preview_.dem.grid.data[i] = sums_.data[i] / counts_.data[i];  // NaN where there is no ground
    return std::move(preview_);
  }

 private:
  HazardPreview preview_;
  dem::Grid<float> sums_, counts_;
};

/// What was written, as the choice of sites reads it.
class WrittenMap : public nav::PartedMap {
 public:
  WrittenMap(const HazardsOfFile& asked, const datasets::HazardFileStream& files)
      : asked_(asked),
        files_(files),
        crs_from_pixel_(asked.file.crs_from_pixel() *
                        Eigen::Translation2d(asked.window.col, asked.window.row)) {}
  int width() const override { return asked_.window.width; }
  int height() const override { return asked_.window.height; }
  const std::string& crs_wkt() const override { return asked_.file.crs_wkt(); }
  const Eigen::Affine2d& crs_from_pixel() const override { return crs_from_pixel_; }
  dem::Grid<float> Probability(const CellWindow& window) const override {
    return files_.ReadProbability(window);
  }
  dem::Grid<std::uint8_t> Classes(const CellWindow& window) const override {
    dem::Grid<std::uint8_t> classes = files_.ReadClasses(window);
    for (std::uint8_t& code : classes.data)
      code = static_cast<std::uint8_t>(datasets::HazardClassOfCode(code));
    return classes;
  }
  dem::HazardMap Map(const CellWindow& window) const override { return files_.ReadMap(window); }
  dem::Grid<float> Heights(const CellWindow& window) const override {
    return asked_.file
        .ReadWindow(asked_.window.col + window.col, asked_.window.row + window.row, window.width,
                    window.height)
        .grid;
  }

 private:
  const HazardsOfFile& asked_;
  const datasets::HazardFileStream& files_;
  Eigen::Affine2d crs_from_pixel_;
};

}  // namespace

ClassCounts CountClasses(const dem::Grid<std::uint8_t>& classes) {
  ClassCounts counts{};
  for (const std::uint8_t value : classes.data) ++counts.at(value);
  return counts;
}

StreamedHazards StreamHazards(const HazardsOfFile& asked, const dem::Site& site,
                              const nav::LandingOptions& landing, const datasets::MarginalRule& rule,
                              int block_side, const std::filesystem::path& folder) {
  Progress progress("hazards");
  const CellWindow& window = asked.window;
  const Survey survey = SurveyHeights(asked, progress);
  StreamedHazards streamed;
  streamed.dem_hash = survey.dem_hash;
  datasets::HazardFileStream files(
      folder,
      {window.width, window.height, asked.file.crs_wkt(),
       asked.file.crs_from_pixel() * Eigen::Translation2d(window.col, window.row)},
      rule);
  PreviewPainter painter(asked);
  const double all = static_cast<double>(window.width) * window.height;
  double done = 0;
  const Pace pace;
  ForEachHazardBlock(asked, survey.range, block_side,
                     [&](const dem::HazardMap& map, const dem::Grid<float>& heights, int col, int row) {
                       const datasets::CodedClasses coded = files.Write(col, row, map, heights);
                       const ClassCounts counts = CountClasses(coded.classes);
                       for (std::size_t i = 0; i < counts.size(); ++i) streamed.counts[i] += counts[i];
                       painter.Add(coded.classes, heights, col, row);
                       streamed.footprint_used_m = std::max(streamed.footprint_used_m, map.footprint_used_m);
                       done += static_cast<double>(heights.data.size());
                       progress.Show("mapped Mcells", static_cast<std::size_t>(done / 1e6),
                                     static_cast<std::size_t>(all / 1e6), pace.Note(done, all));
                       CheckInterrupted();
                     });
  if (streamed.counts[static_cast<std::size_t>(datasets::ClassCode::kNoData)] ==
      static_cast<std::int64_t>(all))
    throw dem::DataError(asked.file.path(),
                         "has no data where hazards were asked for; choose another window");
  streamed.preview = painter.Take();
  streamed.choice =
      nav::SelectLandingSitesByParts(WrittenMap(asked, files), site, landing, [&](int strip, int strips) {
        progress.Show("landing sites, strip", static_cast<std::size_t>(strip),
                      static_cast<std::size_t>(strips));
        CheckInterrupted();
      });
  files.Finish(survey.dem_hash, [&](std::size_t file, std::size_t count) {
    progress.Show("compressed files", file, count);
    CheckInterrupted();
  });
  return streamed;
}

}  // namespace perilune::tools
