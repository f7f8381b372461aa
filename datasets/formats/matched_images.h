#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "datasets/formats/csv_stream.h"
#include "datasets/formats/csv_table.h"
#include "datasets/formats/sample_stream.h"
#include "nav/fix/fix_from_matches.h"

namespace perilune::datasets {

/// What was matched in the image of a time; of its matches all but point_covariance_m2.
struct TimedMatches {
  std::int64_t t_ns = 0;
  nav::MatchedImage image;
};

/// Against the truth, what the matches of a rendered run's image were: what measurement level is drawn from.
struct MatchResiduals {
  TimedMatches of;  ///< t_ns: since the start of the sequence
  /// Of each match: its pixel − where the true camera, moved by the map's tie, sees its surface point, px.
  std::vector<Eigen::Vector2d> residual_px;
};

/// matches0/data.csv of a sequence: in the place of pictures, for the images whose file cam0/data.csv leaves
/// empty. A row a match in time order, rows of an image together; one row without a match where there is
/// none.
std::filesystem::path MatchesPath(const std::filesystem::path& sequence_root);
/// Throws dem::WriteError.
void WriteMatchedImages(const std::filesystem::path& sequence_root, const std::vector<TimedMatches>& images);
/// Throws dem::DataError naming file and line, when a row is reached.
SampleStream<TimedMatches> StreamMatchedImages(const std::filesystem::path& sequence_root);

/// The same columns and the residual in a file of their own. Throw dem::WriteError, dem::DataError.
void WriteMatchResiduals(const std::filesystem::path& path, const std::vector<MatchResiduals>& images);
std::vector<MatchResiduals> ReadMatchResiduals(const std::filesystem::path& path);

}  // namespace perilune::datasets
