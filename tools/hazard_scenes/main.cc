#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "tools/hazard_scenes/hazard_scene.h"

/// One line a scene on stdout: seed, then for each sigma_nav: sigma, holds, claims, true P_land, claimed
/// P_land; then ten pairs of cells and safe cells by decile of p_site.
int main(int argc, char** argv) {
  CLI::App app("Hazard maps and chosen sites of synthetic scenes against the truth");
  std::uint64_t seed = 601;
  int count = 1;
  perilune::tools::HazardSceneOptions options;
  app.add_option("--first-seed", seed, "First seed")->capture_default_str();
  app.add_option("-n", count, "Scenes")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--height-sigma-m", options.height_sigma_m, "Noise of the heights, m")
      ->capture_default_str();
  app.add_option("--registration-sigma-m", options.registration_sigma_m, "Of the map, each axis, m")
      ->capture_default_str();
  app.add_option("--gap-share", options.gap_share, "Share of missing cells")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    for (int i = 0; i < count; ++i) {
      const auto scene = perilune::tools::RunHazardScene(seed + static_cast<std::uint64_t>(i), options,
                                                         perilune::tools::PlaneFitTruth);
      std::printf("%llu", static_cast<unsigned long long>(seed) + static_cast<unsigned long long>(i));
      for (const auto& claim : scene.claims) {
        std::printf(",%g,%d,%d,%.6f,%.6f", claim.sigma_nav_m, claim.holds_site ? 1 : 0,
                    claim.claims_site ? 1 : 0, claim.true_p_land, claim.claimed_p_land);
      }
      for (const auto& decile : scene.deciles)
        std::printf(",%lld,%lld", static_cast<long long>(decile.cells), static_cast<long long>(decile.safe));
      std::printf("\n");
      std::fflush(stdout);
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "hazard_scenes: %s\n", error.what());
    return 1;
  }
  return 0;
}
