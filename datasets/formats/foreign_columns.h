#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "datasets/formats/csv_stream.h"

namespace perilune::datasets {

/// How a foreign file writes times. Nanoseconds and seconds count from the sequence's own origin, UTC gives
/// TAI nanoseconds since 1970.
enum class TimeUnit { kNanoseconds, kSeconds, kUtc };

/// A CSV file that somebody else wrote: columns are found by their names, in any order. A name counts without
/// a leading `#`, blanks, a unit in brackets and capitals: "#timestamp [ns]" is "timestamp". Without a header
/// (the first field is a number or a UTC time) the columns are EuRoC's, in its order.
class ForeignCsv {
 public:
  /// `in_order` names the columns of a file without a header, the time first. Throws dem::DataError.
  ForeignCsv(const std::filesystem::path& path, const std::vector<std::string>& in_order);

  /// Index of the column with one of these names; the second throws dem::DataError naming the first of them.
  std::optional<std::size_t> Find(const std::vector<std::string>& names) const;
  std::size_t Require(const std::vector<std::string>& names) const;

  std::size_t time_column() const { return time_column_; }
  TimeUnit time_unit() const { return time_unit_; }
  /// Throws dem::DataError: no number, no UTC text, out of the range of 64 bits.
  std::int64_t Time_ns(const CsvRow& row) const;
  /// The columns that are used, as the file names them.
  const std::shared_ptr<CsvStream>& stream() const { return stream_; }
  bool has_header() const { return has_header_; }

 private:
  void FindTime();

  std::shared_ptr<CsvStream> stream_;
  std::vector<std::string> names_;
  std::size_t time_column_ = 0;
  TimeUnit time_unit_ = TimeUnit::kNanoseconds;
  bool has_header_ = true;
};

/// Seconds as a decimal text ("1403636579.763555584") in nanoseconds, exact to the ninth decimal, further
/// ones dropped. Nothing when it is none or does not fit.
std::optional<std::int64_t> NanosecondsOfDecimal(const std::string& text);

}  // namespace perilune::datasets
