#include "datasets/formats/crater_list.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>

#include "datasets/formats/csv_table.h"
#include "dem/io/data_error.h"

namespace perilune::datasets {
namespace {

std::string HeaderOf(const std::filesystem::path& path) {
  std::ifstream stream(path);
  std::string header;
  if (!std::filesystem::is_regular_file(path) || !std::getline(stream, header)) {
    throw dem::DataError(path, "cannot be read, or is empty");
  }
  if (!header.empty() && header.back() == '\r') header.pop_back();
  if (header.find('"') != std::string::npos)
    throw dem::DataError(path, "line 1: names of columns have no quotes");
  return header;
}

/// Where the columns are that mean something here.
class Columns {
 public:
  Columns(const std::filesystem::path& path, const std::string& header) : path_(path) {
    std::istringstream stream(header);
    for (std::string name; std::getline(stream, name, ',');) names_.push_back(name);
  }

  std::optional<std::size_t> Find(const std::string& name) const {
    const auto at = std::find(names_.begin(), names_.end(), name);
    if (at == names_.end()) return std::nullopt;
    return static_cast<std::size_t>(at - names_.begin());
  }

  std::size_t Get(const std::string& name) const {
    if (const auto column = Find(name)) return *column;
    throw dem::DataError(path_, "has no column '" + name + "'");
  }

 private:
  std::filesystem::path path_;
  std::vector<std::string> names_;
};

double Positive(const CsvRow& row, std::size_t column) {
  const double number = row.Number(column);
  if (!(number > 0)) row.Refuse(column, "must be positive");
  return number;
}

double Within(const CsvRow& row, std::size_t column, double limit) {
  const double number = row.Number(column);
  if (std::abs(number) > limit) {
    row.Refuse(column, "must be between -" + std::to_string(static_cast<int>(limit)) + " and " +
                           std::to_string(static_cast<int>(limit)));
  }
  return number;
}

/// Rim of a row: the size columns that the file has.
void ReadRim(const CsvRow& row, const Columns& columns, dem::Crater& crater) {
  for (const auto& [name, unit_m] : {std::pair{"diameter_m", 1.0}, std::pair{"diameter_km", 1000.0}}) {
    if (const auto column = columns.Find(name)) {
      crater.semi_major_m = crater.semi_minor_m = 0.5 * unit_m * Positive(row, *column);
      return;
    }
  }
  crater.semi_major_m = 500 * Positive(row, columns.Get("a_dia_km"));
  crater.semi_minor_m = 500 * Positive(row, columns.Get("b_dia_km"));
  crater.azimuth_rad = 0.5 * dem::kPi - row.Number(columns.Get("angle_rad"));
}

bool IsPositiveNumber(const std::string& text) {
  return !text.empty() && text.size() < 18 && text != "0" &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::vector<dem::Crater> ReadCraterList(const std::filesystem::path& path) {
  const std::string header = HeaderOf(path);
  const Columns columns(path, header);
  const CsvTable table(path, header);
  const std::size_t latitude = columns.Get("lat_deg"), longitude = columns.Get("lon_deg");
  const auto id = columns.Find("id"), depth = columns.Find("depth_m");
  const bool numbered = id && std::all_of(table.rows().begin(), table.rows().end(),
                                          [&](const CsvRow& row) { return IsPositiveNumber(row.Text(*id)); });
  std::vector<dem::Crater> craters;
  for (const CsvRow& row : table.rows()) {
    dem::Crater crater;
    crater.id = numbered ? row.Integer(*id) : static_cast<std::int64_t>(craters.size()) + 1;
    crater.centre = {dem::DegToRad(Within(row, latitude, 90)),
                     dem::WrapLongitude(dem::DegToRad(Within(row, longitude, 360)))};
    ReadRim(row, columns, crater);
    if (depth && !row.Empty(*depth)) crater.depth_m = row.Number(*depth);
    craters.push_back(crater);
  }
  return craters;
}

}  // namespace perilune::datasets
