#include "tools/accuracy/trial_row.h"

#include <algorithm>

#include "datasets/formats/csv_table.h"
#include "dem/io/atomic_file.h"

namespace perilune::tools {
namespace {

const std::string kTrialHeader =
    "world,view,method,site,site_type,status,map_pixel_px,ground_sample_m,map_pixel_m,field_of_view_deg,tilt_"
    "deg,"
    "sun_elevation_deg,sun_azimuth_deg,reference_azimuth_deg,lit_share,horizontal_error_m,vertical_error_m,"
    "nees_position,"
    "nees_pose,bound_m,attempted,inliers";

}  // namespace

double TrialRow::Unit_m() const { return std::max(map_pixel_m, ground_sample_m); }

bool TrialRow::False() const {
  return Accepted() && (horizontal_error_m > 3 * Unit_m() || nees_position > 25);
}

void WriteTrialRows(const std::filesystem::path& path, const std::vector<TrialRow>& rows) {
  datasets::CsvWriter csv(kTrialHeader);
  for (const TrialRow& row : rows) {
    csv.Add(row.world).Add(row.view).Add(row.method).Add(row.site).Add(row.site_type).Add(row.status);
    for (const double value :
         {row.map_pixel_px, row.ground_sample_m, row.map_pixel_m, row.field_of_view_deg, row.tilt_deg,
          row.sun_elevation_deg, row.sun_azimuth_deg, row.reference_azimuth_deg, row.lit_share,
          row.horizontal_error_m, row.vertical_error_m, row.nees_position, row.nees_pose, row.bound_m}) {
      csv.Add(value);
    }
    csv.Add(row.attempted).Add(row.inliers);
    csv.EndRow();
  }
  dem::WriteFileAtomically(path, csv.bytes());
}

std::vector<TrialRow> ReadTrialRows(const std::filesystem::path& path) {
  const datasets::CsvTable table(path, kTrialHeader);
  std::vector<TrialRow> rows;
  for (const datasets::CsvRow& line : table.rows()) {
    TrialRow row;
    std::size_t column = 0;
    row.world = static_cast<int>(line.Integer(column++));
    row.view = static_cast<int>(line.Integer(column++));
    for (std::string* text : {&row.method, &row.site, &row.site_type, &row.status})
      *text = line.Text(column++);
    for (double* value :
         {&row.map_pixel_px, &row.ground_sample_m, &row.map_pixel_m, &row.field_of_view_deg, &row.tilt_deg,
          &row.sun_elevation_deg, &row.sun_azimuth_deg, &row.reference_azimuth_deg, &row.lit_share,
          &row.horizontal_error_m, &row.vertical_error_m, &row.nees_position, &row.nees_pose, &row.bound_m}) {
      *value = line.Number(column++);
    }
    row.attempted = static_cast<int>(line.Integer(column++));
    row.inliers = static_cast<int>(line.Integer(column++));
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace perilune::tools
