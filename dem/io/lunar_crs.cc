#include "dem/io/lunar_crs.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <memory>
#include <regex>

#include "dem/frames/moon.h"
#include "dem/io/data_error.h"
#include "dem/io/gdal.h"

namespace perilune::dem {
namespace {

constexpr double kRadiusTolerance_m = 1.0;
constexpr const char* kAssumeFix =
    "if its heights and places are lunar, say so with --assume-crs IAU_2015:30100";

std::string Metres(double value) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.10g m", value);
  return text.data();
}

std::string WhyNotLunar(const OGRSpatialReference& crs) {
  const double a = crs.GetSemiMajor(), b = crs.GetSemiMinor();
  const std::string found = std::abs(a - b) <= kRadiusTolerance_m
                                ? "a sphere of " + Metres(a)
                                : "an ellipsoid of " + Metres(a) + " and " + Metres(b);
  const char* datum = crs.GetAttrValue("DATUM");
  return "not a lunar CRS: " + std::string(datum ? datum : "unnamed datum") + " has " + found +
         ", the Moon's sphere has " + Metres(kMoonRadius_m) + "; " + kAssumeFix;
}

/// Principal-axis coordinates differ from mean-Earth ones by about 0.9 km on the ground; only names tell them
/// apart.
bool NamesPrincipalAxis(const std::string& name) {
  static const std::regex pa("(^|[^A-Za-z])PA([^A-Za-z]|$)");
  static const std::regex me("(^|[^A-Za-z])ME([^A-Za-z]|$)");
  static const std::regex principal("principal[ _-]ax[ie]s", std::regex::icase);
  static const std::regex mean_earth("mean[ _-]earth", std::regex::icase);
  if (std::regex_search(name, principal)) return true;
  const bool says_me = std::regex_search(name, me) || std::regex_search(name, mean_earth);  // "ME/PA" is ME
  return std::regex_search(name, pa) && !says_me;
}

bool SaysPrincipalAxis(const OGRSpatialReference& crs) {
  for (const char* node : {"PROJCS", "GEOGCS", "DATUM"}) {
    const char* value = crs.GetAttrValue(node);
    if (value != nullptr && NamesPrincipalAxis(value)) return true;
  }
  return false;
}

[[noreturn]] void RefusePrincipalAxis(const std::filesystem::path& path) {
  throw DataError(path,
                  "it is in the principal-axis frame (PA), about 0.9 km off the mean-Earth one (ME): convert "
                  "it to ME first");
}

OGRSpatialReference ParseAssumed(const std::filesystem::path& path, const std::string& assumed) {
  GdalErrors errors;
  OGRSpatialReference crs;
  if (crs.SetFromUserInput(assumed.c_str()) != OGRERR_NONE) {
    throw DataError(path, "the assumed CRS '" + assumed + "' is unknown: " + errors.Text("not a CRS"));
  }
  return crs;
}

void CheckAxes(const std::filesystem::path& path, const OGRSpatialReference& crs) {
  for (int axis = 0; axis < 2; ++axis) {
    OGRAxisOrientation orientation = OAO_Other;
    crs.GetAxis("GEOGCS", axis, &orientation);
    if (orientation == OAO_West || orientation == OAO_South) {
      throw DataError(
          path,
          "its CRS counts longitude westward or latitude southward; convert it with gdalwarp -t_srs "
          "IAU_2015:30100");
    }
  }
  const double meridian_deg = crs.GetPrimeMeridian();
  if (std::abs(meridian_deg) > 1e-9) {
    throw DataError(path, "its CRS has a prime meridian of its own (" + std::to_string(meridian_deg) +
                              " deg); convert it with gdalwarp -t_srs IAU_2015:30100");
  }
}

}  // namespace

bool IsLunarSphere(const OGRSpatialReference& crs) {
  return std::abs(crs.GetSemiMajor() - kMoonRadius_m) <= kRadiusTolerance_m &&
         std::abs(crs.GetSemiMinor() - kMoonRadius_m) <= kRadiusTolerance_m;
}

OGRSpatialReference LunarCrs(const std::filesystem::path& path, const OGRSpatialReference* found,
                             const std::string& assumed) {
  if (found == nullptr && assumed.empty()) throw DataError(path, std::string("it has no CRS; ") + kAssumeFix);
  OGRSpatialReference crs = found != nullptr ? *found : ParseAssumed(path, assumed);
  if (found != nullptr && SaysPrincipalAxis(crs)) RefusePrincipalAxis(path);
  if (!IsLunarSphere(crs) && found != nullptr && !assumed.empty()) crs = ParseAssumed(path, assumed);
  if (!crs.IsGeographic() && !crs.IsProjected()) {
    throw DataError(path, "its CRS is neither geographic nor projected; " + std::string(kAssumeFix));
  }
  if (!IsLunarSphere(crs)) throw DataError(path, WhyNotLunar(crs));
  if (crs.IsCompound()) crs.StripVertical();
  CheckAxes(path, crs);
  crs.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
  return crs;
}

void RefusePrincipalAxisLabel(const std::filesystem::path& path) {
  constexpr std::size_t kLongestLabel = 1 << 16;
  std::string label(kLongestLabel, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(label.data(), static_cast<std::streamsize>(label.size()));
  label.resize(static_cast<std::size_t>(file.gcount()));
  if (label.rfind("PDS_VERSION_ID", 0) != 0 && label.rfind("CCSD3ZF", 0) != 0) return;
  static const std::regex frame("COORDINATE_SYSTEM_NAME\\s*=\\s*\"?([^\"\r\n]*)");
  std::smatch match;
  if (std::regex_search(label, match, frame) && NamesPrincipalAxis(match[1])) RefusePrincipalAxis(path);
}

OGRSpatialReference GeographicOf(const OGRSpatialReference& crs) {
  const std::unique_ptr<OGRSpatialReference> clone(crs.CloneGeogCS());
  OGRSpatialReference geographic = *clone;
  geographic.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
  return geographic;
}

double TurnInCrs(const OGRSpatialReference& crs) {
  const double unit_rad = GeographicOf(crs).GetAngularUnits();
  if (crs.IsGeographic()) return 2 * kPi / unit_rad;
  const char* projection = crs.GetAttrValue("PROJECTION");
  const std::string name = projection != nullptr ? projection : "";
  if (name != SRS_PT_EQUIRECTANGULAR && name != SRS_PT_MERCATOR_1SP && name != SRS_PT_MERCATOR_2SP &&
      name != SRS_PT_CYLINDRICAL_EQUAL_AREA && name != SRS_PT_MILLER_CYLINDRICAL) {
    return 0;
  }
  const OGRSpatialReference geographic = GeographicOf(crs);
  const std::unique_ptr<OGRCoordinateTransformation> forward(
      OGRCreateCoordinateTransformation(&geographic, &crs));
  if (forward == nullptr) return 0;
  const double central_deg = crs.GetProjParm(SRS_PP_CENTRAL_MERIDIAN, 0);
  const double central = central_deg * (kPi / 180.0) / unit_rad, quarter = 0.5 * kPi / unit_rad;
  std::array<double, 2> x{central, central + quarter}, y{0, 0};
  if (!forward->Transform(2, x.data(), y.data())) return 0;
  return 4 * (x[1] - x[0]);
}

}  // namespace perilune::dem
