#include <CLI/CLI.hpp>
#include <cmath>
#include <iostream>
#include <memory>
#include <string>

#include "dem/ephemeris/sub_solar.h"
#include "dem/io/data_error.h"
#include "tools/perilune/commands.h"
#include "tools/perilune/interrupt.h"
#include "tools/perilune/render_products.h"
#include "tools/perilune/render_request.h"
#include "tools/perilune/render_scene.h"

namespace perilune::tools {
namespace {

void Describe(const vision::View& view, const dem::Terrain& terrain, const RenderRequest& request) {
  double range_sum_m = 0;
  int hits = 0;
  for (int row = 0; row < view.range_m.rows; ++row) {
    for (int col = 0; col < view.range_m.cols; ++col) {
      const double range_m = view.range_m.at<double>(row, col);
      if (std::isnan(range_m)) continue;
      range_sum_m += range_m;
      ++hits;
    }
  }
  if (hits == 0) {
    const std::filesystem::path ground =
        request.FromScenario() ? std::filesystem::path(request.scenario) : request.maps.back();
    throw dem::DataError(ground, "the camera sees nothing of it");
  }
  const dem::SunAngles sun = dem::AnglesOf(view.sun);
  const dem::LatLon& site = terrain.site().origin;
  std::cout << "site           " << dem::RadToDeg(site.latitude_rad) << " N, "
            << dem::RadToDeg(site.longitude_rad) << " E\n"
            << "Sun            elevation " << dem::RadToDeg(sun.elevation_rad) << " deg, azimuth "
            << dem::RadToDeg(sun.azimuth_rad) << " deg\n"
            << (request.FromScenario() ? "finest ground  " : "map pixel      ") << terrain.Level(0).spacing_m
            << " m\n"
            << "ground sample  " << range_sum_m / hits / view.camera.FocalLength_px()
            << " m (mean range / focal length)\n"
            << "ground         " << 100.0 * hits / static_cast<double>(view.range_m.total())
            << " % of the picture\n";
}

int Render(const RenderRequest& request) {
  request.Validate();
  const RenderScene scene = request.FromScenario() ? SceneOfScenario(request) : SceneOfMaps(request);
  const vision::View view = scene.Exposed();
  CheckInterrupted();
  Describe(view, scene.terrain, request);
  WriteProducts(request, scene, view);
  return 0;
}

}  // namespace

void AddRender(CLI::App& app, Command& selected) {
  auto* command = app.add_subcommand("render", "Render what a camera sees over a DEM or a scenario's ground");
  auto request = std::make_shared<RenderRequest>();
  AddRenderOptions(*command, *request);
  command->callback([request, &selected] { selected = [request] { return Render(*request); }; });
}

}  // namespace perilune::tools
