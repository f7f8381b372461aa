#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "tools/hazard_scenes/hazard_scene.h"

namespace {

void Print(long long count) { std::printf(",%lld", count); }

void Print(const perilune::tools::ClassCounts& counts) {
  for (const std::int64_t count : {counts.safe, counts.false_alarm, counts.tilt, counts.false_safe_tilt,
                                   counts.clearance, counts.false_safe_clearance})
    Print(static_cast<long long>(count));
}

void Print(unsigned long long seed, const perilune::tools::SceneResult& scene) {
  std::printf("%llu,%.4f,%.4f", seed, scene.height_sigma_m, scene.gap_share);
  for (const auto& claim : scene.claims) {
    std::printf(",%g,%d,%d,%d,%.6f,%.6f", claim.sigma_nav_m, claim.holds_site ? 1 : 0,
                claim.holds_known_site ? 1 : 0, claim.claims_site ? 1 : 0, claim.true_p_land,
                claim.claimed_p_land);
  }
  for (const auto& decile : scene.deciles) {
    Print(static_cast<long long>(decile.cells));
    Print(static_cast<long long>(decile.safe));
    std::printf(",%.4f", decile.sum_p);
  }
  Print(scene.inner);
  Print(scene.boundary);
  std::printf("\n");
  std::fflush(stdout);
}

}  // namespace

/// One line a scene on stdout: seed, height sigma, share of gaps; for each sigma_nav: it, holds, holds in
/// known ground, claims, true P_land, claimed P_land; ten triples of cells, safe cells and the sum of p_site
/// by its decile; for inner and for boundary cells: truly safe, called hazardous of them, unsafe by tilt,
/// called safe, by clearance, called safe.
int main(int argc, char** argv) {
  CLI::App app("Hazard maps and chosen sites of synthetic scenes against the truth");
  std::uint64_t seed = 601;
  int count = 1;
  perilune::tools::HazardSceneOptions options;
  app.add_option("--first-seed", seed, "First seed")->capture_default_str();
  app.add_option("-n", count, "Scenes")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--spacing-m", options.spacing_m, "Of the map's cells, m")->capture_default_str();
  app.add_option("--cells", options.cells, "Of the map, each way")->capture_default_str();
  app.add_option("--least-height-sigma-m", options.least_height_sigma_m, "Least noise of the heights, m")
      ->capture_default_str();
  app.add_option("--most-height-sigma-m", options.most_height_sigma_m, "Most noise of the heights, m")
      ->capture_default_str();
  app.add_option("--registration-sigma-m", options.registration_sigma_m, "Of the map, each axis, m")
      ->capture_default_str();
  app.add_option("--most-gap-share", options.most_gap_share, "Largest share of missing cells")
      ->capture_default_str();
  app.add_option("--draws", options.probability_draws, "Grounds that p_site is counted over")
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    for (int i = 0; i < count; ++i, ++seed) Print(seed, perilune::tools::RunHazardScene(seed, options));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "hazard_scenes: %s\n", error.what());
    return 1;
  }
  return 0;
}
