#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "datasets/formats/csv_stream.h"
#include "datasets/formats/matched_images.h"
#include "datasets/formats/sample_stream.h"
#include "datasets/formats/sequence.h"

namespace perilune::datasets {

/// An image of a sequence by its name in the folder of images: some 40 bytes, where a path has ten times as
/// many.
struct ImageName {
  std::int64_t t_ns = 0;
  std::string file;  ///< empty: `matches` has what was found in it
};

/// A sequence opened to be read once, in time order. Memory holds the images' names and one sample of each
/// sensor, however long the sequence is.
struct SequenceStream {
  SequenceInfo info;
  std::filesystem::path image_folder;
  std::vector<ImageName> images;       ///< time order
  SampleStream<TimedMatches> matches;  ///< of the images without a picture
  SampleStream<nav::Imu> imu;
  SampleStream<nav::Range> ranges;
  SampleStream<nav::Attitude> attitudes;  ///< rotated to moon_from_body
};

/// A folder that Perilune wrote (with sequence.yaml). Throws dem::DataError naming file and line: at once for
/// what describes the sequence and lists its images, when it is reached for a sensor's sample.
SequenceStream OpenSequenceStream(const std::filesystem::path& root);

/// Where the picture of an image lies; without a path where there is none.
ImageEntry EntryOf(const SequenceStream& sequence, const ImageName& image);

/// Whether the folder has a sequence.yaml, so that OpenSequenceStream is for it.
bool IsOwnSequence(const std::filesystem::path& root);

/// Rows of a file as samples, which `sample_of_row` makes with their times; a time that does not increase is
/// a dem::DataError about the column `time_column`.
template <typename Sample>
SampleStream<Sample> StreamRows(const std::shared_ptr<CsvStream>& csv,
                                std::function<Sample(const CsvRow&)> sample_of_row,
                                std::size_t time_column = 0) {
  return SampleStream<Sample>([csv, read = std::move(sample_of_row), time_column,
                               last_ns = std::optional<std::int64_t>()]() mutable -> std::optional<Sample> {
    const std::optional<CsvRow> row = csv->Next();
    if (!row) return std::nullopt;
    Sample sample = read(*row);
    if (last_ns && sample.t_ns <= *last_ns) {
      row->Refuse(time_column, "time " + row->Text(time_column) + " does not increase");
    }
    last_ns = sample.t_ns;
    return sample;
  });
}

/// The star tracker's answer at its time in the Moon's frame.
nav::Attitude MoonFromBody(const StarTrackerSample& sample, const SequenceInfo& info);

}  // namespace perilune::datasets
