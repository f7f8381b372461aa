#include "tests/integration/inputs.h"

#include <cmath>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "dem/io/write_raster.h"
#include "tests/integration/program.h"

namespace perilune::test {
namespace fs = std::filesystem;
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

dem::Raster<float> Hills() {
  dem::Raster<float> raster;
  raster.grid = dem::Grid<float>(300, 300);
  for (int row = 0; row < 300; ++row) {
    for (int col = 0; col < 300; ++col) {
      // Waves of unlike lengths and directions: no place looks like another.
      const double x = col * 0.21, y = row * 0.17;
      raster.grid.At(col, row) = static_cast<float>(
          60 * std::sin(x + 0.4 * y) + 45 * std::cos(1.3 * y - 0.2 * x) + 30 * std::sin(0.07 * x * y));
    }
  }
  raster.crs_wkt = dem::OrthographicCrs(0, 0);
  raster.crs_from_pixel.matrix() << 40, 0, -5980, 0, -40, 5980, 0, 0, 1;
  raster.nodata = kNan;
  raster.name = "height";
  raster.unit = "m";
  return raster;
}

constexpr const char* kMarsWkt =
    R"(GEOGCS["Mars 2000",DATUM["D_Mars_2000",SPHEROID["Mars_2000_IAU_IAG",3396190,169.894447223612]],)"
    R"(PRIMEM["Reference_Meridian",0],UNIT["degree",0.0174532925199433]])";

/// Esri's text format, which has no room for a CRS.
std::string AsciiGrid(const dem::Raster<float>& raster) {
  std::ostringstream text;
  text << "ncols " << raster.grid.width << "\nnrows " << raster.grid.height
       << "\nxllcorner -6000\nyllcorner -6000\ncellsize 40\n";
  for (const float height : raster.grid.data) text << height << ' ';
  return text.str();
}

std::vector<std::string> LinesOf(const fs::path& file) {
  std::istringstream stream(ReadBytes(file));
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

void WriteText(const fs::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
}

void WriteLines(const fs::path& file, const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  WriteText(file, text);
}

constexpr const char* kTinyScenario = R"(name: tiny
seed: 1
epoch_utc: 2026-03-01T12:00:00.000
site: {latitude_deg: 14.5, longitude_deg: 33.0}
lander: {footprint_m: 10, slope_limit_deg: 10, roughness_limit_m: 5}
trajectory:
  duration_s: 4
  uprange_m: 400
  start_height_m: 2500
  end_height_m: 2300
  start_speed_mps: 110
  start_vertical_mps: -50
  end_vertical_mps: -50
  start_deceleration_mps2: 4.0
  end_deceleration_mps2: 3.0
  flight_azimuth_deg: 270
  start_tilt_deg: 0
  wobble_deg: 0.5
  wobble_period_s: 23
ground:
  albedo: 0.12
  albedo_sigma: 0.07
  levels:
    - {spacing_m: 10, extent_m: [-2600, 2600, -2600, 2600]}
map:
  blur_px: 2.5
  height_sigma_px: 0.1
  height_correlation_px: 10
  tie_horizontal_px: 1.5
  tie_vertical_px: 0.5
  levels:
    - {name: landing, spacing_m: 40, extent_m: [-2400, 2400, -2400, 2400], projection: orthographic}
camera:
  size_px: 128
  field_of_view_deg: 60
  rate_hz: 1
  exposure_s: 0.001
  position_in_body_m: [0.8, 0.0, -1.2]
  psf_sigma_px: 0.6
  full_well_e: 20000
  read_noise_e: 15
  bits: 8
imu:
  rate_hz: 50
  gyro_noise_radps_rthz: 1.5e-5
  gyro_walk_radps2_rthz: 1.0e-7
  gyro_bias_sigma_radps: 5.0e-6
  accel_noise_mps2_rthz: 5.0e-4
  accel_walk_mps3_rthz: 1.0e-5
  accel_bias_sigma_mps2: 1.0e-3
  position_in_body_m: [0.2, -0.1, 0.3]
altimeter:
  rate_hz: 5
  sigma_m: 1
  sigma_share: 0.001
  bias_sigma_m: 0.5
  max_range_m: 8000
  position_in_body_m: [0.0, 0.9, -1.2]
star_tracker:
  rate_hz: 2
  sigma_deg: 0.01
prior:
  horizontal_sigma_m: 100
  vertical_sigma_m: 30
  velocity_sigma_mps: 2
  attitude_sigma_deg: 0.1
)";

constexpr const char* kShot = R"({
  "image": "IMAGE",
  "time_utc": "2026-03-01T12:00:00.000",
  "camera": {"model": "brown_conrady", "width_px": 160, "height_px": 160, "fx_px": 160, "fy_px": 160,
             "cx_px": 79.5, "cy_px": 79.5, "distortion_opencv_k1_k2_p1_p2_k3": [0, 0, 0, 0, 0]},
  "prior": {"cam_from_moon_rotation": [[0, 1, 0], [0, 0, -1], [-1, 0, 0]],
            "camera_position_in_moon_m": [1742400, 0, 0],
            "position_sigma_m": 100, "attitude_sigma_deg": 0.1},
  "sun": {"sub_solar_latitude_deg": 0.5, "sub_solar_longitude_deg": 60}
}
)";

}  // namespace

fs::path WriteHills(const TempFolder& folder, const std::string& name) {
  dem::WriteGeoTiff(folder / name, Hills());
  return folder / name;
}

std::string ToString(BrokenDem broken) {
  switch (broken) {
    case BrokenDem::kMissing:
      return "Missing";
    case BrokenDem::kEmpty:
      return "Empty";
    case BrokenDem::kText:
      return "Text";
    case BrokenDem::kTruncated:
      return "Truncated";
    case BrokenDem::kMars:
      return "Mars";
    case BrokenDem::kNoCrs:
      return "NoCrs";
    case BrokenDem::kAllNodata:
      return "AllNodata";
    case BrokenDem::kAllNan:
      return "AllNan";
    case BrokenDem::kInfinite:
      return "Infinite";
  }
  throw std::logic_error("no such broken DEM");
}

fs::path WriteBrokenDem(const TempFolder& folder, BrokenDem broken, const std::string& name) {
  const fs::path path = folder / name;
  dem::Raster<float> raster = Hills();
  switch (broken) {
    case BrokenDem::kMissing:
      return path;
    case BrokenDem::kEmpty:
      return folder.Write(name, "");
    case BrokenDem::kText:
      return folder.Write(name, "these are not heights\n");
    case BrokenDem::kTruncated:
      dem::WriteGeoTiff(path, raster);
      Truncate(path);
      return path;
    case BrokenDem::kMars:
      raster.crs_wkt = kMarsWkt;
      raster.crs_from_pixel.matrix() << 1e-3, 0, 0, 0, -1e-3, 0, 0, 0, 1;
      break;
    case BrokenDem::kNoCrs:
      return folder.Write(name, AsciiGrid(raster));
    case BrokenDem::kAllNodata:
      raster.nodata = -32768.0F;
      raster.grid = dem::Grid<float>(300, 300, -32768.0F);
      break;
    case BrokenDem::kAllNan:
      raster.nodata.reset();
      raster.grid = dem::Grid<float>(300, 300, kNan);
      break;
    case BrokenDem::kInfinite:
      raster.grid.At(150, 150) = std::numeric_limits<float>::infinity();
      break;
  }
  dem::WriteGeoTiff(path, raster);
  return path;
}

fs::path WriteShot(const TempFolder& folder, const std::string& image) {
  const fs::path path = folder.Write("shot.json", kShot);
  ReplaceOnce(path, "IMAGE", image);
  return path;
}

fs::path WriteTinyScenario(const TempFolder& folder) { return folder.Write("tiny.yaml", kTinyScenario); }

void MakeRun(const TempFolder& folder) {
  WriteTinyScenario(folder);
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"simulate", "tiny.yaml", "-o", "seq"}, {"navigate", "seq", "-o", "run"}}) {
    const Outcome outcome = RunPerilune(folder.path(), arguments);
    if (outcome.exit_code != 0) throw std::runtime_error(outcome.standard_error);
  }
}

void Truncate(const fs::path& file, double share) {
  fs::resize_file(file, static_cast<std::uintmax_t>(share * static_cast<double>(fs::file_size(file))));
}

void ReplaceOnce(const fs::path& file, const std::string& what, const std::string& by) {
  std::string text = ReadBytes(file);
  const std::size_t at = text.find(what);
  if (at == std::string::npos || text.find(what, at + 1) != std::string::npos) {
    throw std::logic_error(file.string() + " does not have exactly one " + what);
  }
  WriteText(file, text.replace(at, what.size(), by));
}

void SwapLines(const fs::path& file, int first, int second) {
  std::vector<std::string> lines = LinesOf(file);
  std::swap(lines.at(static_cast<std::size_t>(first)), lines.at(static_cast<std::size_t>(second)));
  WriteLines(file, lines);
}

void ReplaceField(const fs::path& file, int line, int field, const std::string& by) {
  std::vector<std::string> lines = LinesOf(file);
  std::istringstream stream(lines.at(static_cast<std::size_t>(line)));
  std::vector<std::string> fields;
  for (std::string text; std::getline(stream, text, ',');) fields.push_back(text);
  fields.at(static_cast<std::size_t>(field)) = by;
  std::string joined;
  for (const std::string& text : fields) joined += (joined.empty() ? "" : ",") + text;
  lines.at(static_cast<std::size_t>(line)) = joined;
  WriteLines(file, lines);
}

}  // namespace perilune::test
