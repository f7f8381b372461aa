#include "tools/perilune/terrain_catalogue.h"

#include <array>
#include <cmath>
#include <cstdio>

#include "dem/frames/moon.h"

namespace perilune::tools {
namespace {

dem::LatLon PlaceOf(const dem::Site& centre, double easting_m, double northing_m) {
  const double r = dem::kMoonRadius_m;
  const double z_m = std::sqrt(std::max(0.0, r * r - easting_m * easting_m - northing_m * northing_m)) - r;
  return dem::GeodeticFromSite(centre, {easting_m, northing_m, z_m}).place;
}

std::string Place(const dem::Site& centre, double easting_m, double northing_m) {
  const dem::LatLon place = PlaceOf(centre, easting_m, northing_m);
  std::array<char, 128> text{};
  std::snprintf(text.data(), text.size(), "%.3f,%.3f,%.9f,%.9f", easting_m, northing_m,
                dem::RadToDeg(place.latitude_rad), dem::RadToDeg(place.longitude_rad));
  return text.data();
}

}  // namespace

std::string CratersCsv(const std::vector<dem::Impact>& craters, const dem::CraterPopulation& population,
                       const dem::Site& centre) {
  std::string csv =
      "id,easting_m,northing_m,latitude_deg,longitude_deg,diameter_m,depth_m,rim_height_m,diffusion,age_ga,"
      "secondary,wiped_out\n";
  for (std::size_t i = 0; i < craters.size(); ++i) {
    const dem::Impact& crater = craters[i];
    const dem::CraterSection section = crater.Section();
    std::array<char, 192> text{};
    std::snprintf(text.data(), text.size(), ",%.4f,%.4f,%.4f,%.5f,%.5f,%d,%d\n", crater.diameter_m,
                  section.depth_m, section.rim_height_m, crater.diffusion, population.Age_ga(crater.exposure),
                  crater.secondary ? 1 : 0, crater.wiped_out ? 1 : 0);
    csv += std::to_string(i + 1) + "," + Place(centre, crater.x_m, crater.y_m) + text.data();
  }
  return csv;
}

std::string RocksCsv(const std::vector<dem::Rock>& rocks, const dem::Site& centre) {
  std::string csv =
      "id,easting_m,northing_m,latitude_deg,longitude_deg,diameter_m,height_m,aspect,azimuth_from_east_deg\n";
  for (std::size_t i = 0; i < rocks.size(); ++i) {
    const dem::Rock& rock = rocks[i];
    std::array<char, 128> text{};
    std::snprintf(text.data(), text.size(), ",%.4f,%.4f,%.3f,%.2f\n", rock.diameter_m, rock.height_m,
                  rock.aspect, dem::RadToDeg(rock.azimuth_rad));
    csv += std::to_string(i + 1) + "," + Place(centre, rock.x_m, rock.y_m) + text.data();
  }
  return csv;
}

}  // namespace perilune::tools
