#include "tools/perilune/render_products.h"

#include <unistd.h>

#include <string>

#include "dem/ephemeris/sub_solar.h"
#include "dem/io/data_error.h"
#include "tools/perilune/interrupt.h"
#include "tools/perilune/picture_file.h"
#include "tools/perilune/render_geometry.h"
#include "vision/render/solar_flux.h"

namespace perilune::tools {
namespace {

/// W m⁻² sr⁻¹ of a radiance factor of 1.
double RadianceOfUnitFactor(const RenderRequest& request, const RenderScene& scene) {
  constexpr double kAstronomicalUnit_m = 149'597'870'700;
  vision::SolarBand band;
  band.fraction = request.band_fraction;
  if (request.sun_distance_au) {
    band.distance_au = *request.sun_distance_au;
  } else if (scene.t_ns) {
    band.distance_au = dem::SunInMoon_m(*scene.t_ns).norm() / kAstronomicalUnit_m;
  }
  return vision::RadianceFromFactor_Wpm2sr(1, band);
}

cv::Mat ImageOf(const RenderRequest& request, const RenderScene& scene, const vision::View& view) {
  if (request.product == "range") return view.range_m;
  if (request.product == "lit_fraction") return view.lit_fraction;
  if (request.product == "radiance") {
    return request.physical ? cv::Mat(view.radiance * RadianceOfUnitFactor(request, scene)) : view.radiance;
  }
  return scene.Picture(view);
}

/// A file under a hidden name beside its place until it is put there; removed when that does not come.
class Staged {
 public:
  explicit Staged(const std::filesystem::path& place)
      : place_(place),
        hidden_(place.parent_path() / ("." + place.stem().string() + ".staged" + std::to_string(getpid()) +
                                       place.extension().string())) {}
  ~Staged() {
    std::error_code ignored;
    std::filesystem::remove(hidden_, ignored);
  }
  Staged(const Staged&) = delete;
  Staged& operator=(const Staged&) = delete;

  const std::filesystem::path& hidden() const { return hidden_; }
  void PutInPlace() const {
    std::error_code error;
    std::filesystem::rename(hidden_, place_, error);
    if (error) throw dem::WriteError(place_, "cannot put it in place: " + error.message());
  }

 private:
  std::filesystem::path place_, hidden_;
};

std::filesystem::path GeometryBeside(const std::filesystem::path& output) {
  return output.parent_path() / (output.stem().string() + "_geometry.tif");
}

}  // namespace

void WriteProducts(const RenderRequest& request, const RenderScene& scene, const vision::View& view) {
  if (request.product == "geometry") {
    WriteGeometry(request.output, request, scene);
    return;
  }
  if (!request.with_geometry) {
    WritePicture(request.output, ImageOf(request, scene, view));
    return;
  }
  const Staged geometry(GeometryBeside(request.output)), image(request.output);
  WriteGeometry(geometry.hidden(), request, scene);
  CheckInterrupted();
  WritePicture(image.hidden(), ImageOf(request, scene, view));
  geometry.PutInPlace();
  try {
    image.PutInPlace();
  } catch (const dem::WriteError&) {
    std::filesystem::remove(GeometryBeside(request.output));
    throw;
  }
}

}  // namespace perilune::tools
