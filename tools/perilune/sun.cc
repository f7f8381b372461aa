#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "dem/ephemeris/sub_solar.h"
#include "dem/ephemeris/time_scales.h"
#include "dem/io/atomic_file.h"
#include "dem/io/data_error.h"
#include "tools/perilune/commands.h"
#include "tools/perilune/interrupt.h"

namespace perilune::tools {
namespace {

struct SunOptions {
  std::string time;
  std::string times_file;
  std::optional<double> latitude_deg;
  std::optional<double> longitude_deg;
  std::string output;
};

/// A UTC text and what it says.
struct Epoch {
  std::string utc;
  std::int64_t t_ns = 0;
};

std::string Trimmed(const std::string& text) {
  const char* blanks = " \t\r\n";
  const auto first = text.find_first_not_of(blanks);
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::vector<Epoch> ReadTimes(const std::string& path) {
  std::ifstream file(path);
  if (!file || std::filesystem::is_directory(path))
    throw dem::DataError(path, "cannot be read as a file of times");
  std::vector<Epoch> epochs;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    const std::string utc = Trimmed(line);
    if (utc.empty() || utc.front() == '#') continue;
    try {
      epochs.push_back({utc, dem::ParseUtc(utc)});
    } catch (const std::invalid_argument& error) {
      throw dem::DataError(path, "line " + std::to_string(number) + ": " + error.what());
    }
  }
  if (file.bad()) throw dem::DataError(path, "cannot be read");
  if (epochs.empty()) throw dem::DataError(path, "has no times; write one UTC a line");
  return epochs;
}

std::string Degrees(double radians) {
  char text[32];
  std::snprintf(text, sizeof text, ",%.6f", dem::RadToDeg(radians));
  return text;
}

std::string SunTable(const std::vector<Epoch>& epochs, const std::optional<dem::Site>& site) {
  std::string table = "utc,sub_solar_latitude_deg,sub_solar_longitude_deg";
  table += site ? ",elevation_deg,azimuth_deg\n" : "\n";
  for (const Epoch& epoch : epochs) {
    CheckInterrupted();
    const dem::LatLon place = dem::SubSolarPoint(epoch.t_ns);
    table += epoch.utc + Degrees(place.latitude_rad) + Degrees(place.longitude_rad);
    if (site) {
      const dem::SunAngles angles = dem::AnglesOf(dem::SunAt(epoch.t_ns, *site));
      table += Degrees(angles.elevation_rad) + Degrees(angles.azimuth_rad);
    }
    table += '\n';
  }
  return table;
}

int RunSun(const SunOptions& options) {
  const std::vector<Epoch> epochs = options.times_file.empty()
                                        ? std::vector<Epoch>{{options.time, dem::ParseUtc(options.time)}}
                                        : ReadTimes(options.times_file);
  std::optional<dem::Site> site;
  if (options.latitude_deg) {
    site = dem::MakeSite({dem::DegToRad(*options.latitude_deg), dem::DegToRad(*options.longitude_deg)});
  }
  const std::string table = SunTable(epochs, site);
  if (options.output.empty()) {
    std::cout << table;
  } else {
    dem::WriteFileAtomically(options.output, table);
  }
  return 0;
}

}  // namespace

void AddSun(CLI::App& app, Command& selected) {
  auto options = std::make_shared<SunOptions>();
  CLI::App* sub =
      app.add_subcommand("sun", "Sub-solar point, and the Sun's elevation and azimuth at a site, as CSV");
  sub->footer(
      "Columns: utc, sub_solar_latitude_deg, sub_solar_longitude_deg and, with a site, elevation_deg (of the "
      "Sun's centre above\n"
      "the horizontal plane) and azimuth_deg (from north, eastward, 0..360). Degrees, mean-Earth frame, "
      "planetocentric,\n"
      "longitude east in (-180, 180]. Accuracy 0.005 deg (WGCCRE orientation, ERFA).");
  CLI::Option* time =
      sub->add_option("--time", options->time, "UTC, YYYY-MM-DDThh:mm:ss[.fff][Z], 1960 to 2261");
  CLI::Option* times = sub->add_option("--times", options->times_file,
                                       "file with one UTC a line (empty lines and lines with # are skipped)");
  time->excludes(times);
  CLI::Option* latitude = sub->add_option("--lat", options->latitude_deg, "latitude of the site, deg")
                              ->check(CLI::Range(-90.0, 90.0));
  CLI::Option* longitude = sub->add_option("--lon", options->longitude_deg, "east longitude of the site, deg")
                               ->check(CLI::Range(-360.0, 360.0));
  latitude->needs(longitude);
  longitude->needs(latitude);
  sub->add_option("-o,--output", options->output, "CSV file to write (default: standard output)");
  sub->callback([options, &selected, time, times] {
    if (time->count() + times->count() != 1) throw CLI::RequiredError("sun: --time UTC or --times FILE");
    selected = [options] { return RunSun(*options); };
  });
}

}  // namespace perilune::tools
