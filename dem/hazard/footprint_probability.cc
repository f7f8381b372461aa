#include "dem/hazard/footprint_probability.h"

#include <Eigen/Cholesky>
#include <cmath>
#include <optional>
#include <vector>

#include "dem/frames/moon.h"
#include "dem/hazard/ground_posterior.h"
#include "dem/synthesis/random.h"

namespace perilune::dem {
namespace {

constexpr int kWaves = 24;  // of a draw of correlated errors
enum DoubtStream : std::uint64_t { kCellDoubt = 1, kWaveDoubt };

/// The share of 1 … n in the digits of another base, turned round: evenly spread however many are drawn.
double VanDerCorput(int n, int base) {
  double value = 0, digit = 1.0 / base;
  for (; n > 0; n /= base, digit /= base) value += digit * (n % base);
  return value;
}

/// Plane waves over a patch, ground axes in m: Σ a cos(k·x + φ).
class ErrorWaves {
 public:
  ErrorWaves(const GroundDoubt& doubt, std::uint64_t seed, std::uint64_t draw)
      : amplitude_m_(doubt.height_sigma_m * std::sqrt(2.0 / kWaves)) {
    for (std::uint64_t i = 0; i < kWaves; ++i) {
      // exp(−(d/L)²) is the mean of cos(k·d) over wavenumbers k whose components have the variance 2/L².
      const double scale = std::sqrt(2.0) / doubt.height_correlation_m;
      const std::uint64_t index = 3 * (draw * kWaves + i);
      waves_.push_back({scale * Eigen::Vector2d(RandomNormal(seed, kWaveDoubt, index),
                                                RandomNormal(seed, kWaveDoubt, index + 1)),
                        2 * kPi * RandomUniform(seed, kWaveDoubt + 1, index)});
    }
  }

  /// Adds them to a row of cells that begins at `start_m` and goes on by `step_m`.
  void AddTo(const Eigen::Vector2d& start_m, const Eigen::Vector2d& step_m, float* cells, int count) const {
    for (const Wave& wave : waves_) {
      // cos(α + (i + 1) β) = 2 cos β cos(α + i β) − cos(α + (i − 1) β).
      const double first = wave.wavenumber.dot(start_m) + wave.phase, turn = wave.wavenumber.dot(step_m);
      const double twice = 2 * std::cos(turn);
      double before = amplitude_m_ * std::cos(first - turn), now = amplitude_m_ * std::cos(first);
      for (int i = 0; i < count; ++i) {
        cells[i] += static_cast<float>(now);
        const double next = twice * now - before;
        before = now;
        now = next;
      }
    }
  }

 private:
  struct Wave {
    Eigen::Vector2d wavenumber;  ///< rad/m
    double phase = 0;
  };
  double amplitude_m_;
  std::vector<Wave> waves_;
};

/// What the DEM does not show, in one draw.
struct UnshownRelief {
  Eigen::Vector2d slope = Eigen::Vector2d::Zero();  ///< rise over run along the ground axes
  double deviation_m = 0;
};

UnshownRelief DrawUnshown(const GroundDoubt& doubt, int draw) {
  const double first = (draw + 0.5) / doubt.draws;
  const double turn = 2 * kPi * VanDerCorput(draw + 1, 2), third = VanDerCorput(draw + 1, 3);
  UnshownRelief unresolved;
  unresolved.slope = std::tan(doubt.unresolved_slope_rad) * std::sqrt(-2 * std::log(first)) *
                     Eigen::Vector2d(std::cos(turn), std::sin(turn));
  unresolved.deviation_m =
      doubt.unresolved_roughness_m * std::sqrt(2 / kPi) * std::sqrt(-2 * std::log(third));
  return unresolved;
}

/// The lander with so much less room under its belly; nothing when none is left.
std::optional<Lander> WithRoomLessBy(const Lander& lander, double deviation_m) {
  const double room2 = lander.HighestGround_m() * lander.HighestGround_m() - deviation_m * deviation_m;
  if (!(room2 > 0)) return std::nullopt;
  Lander with = lander;
  with.max_roughness_m = std::sqrt(room2);
  return with;
}

/// Adds a draw's plane and waves, whose origin is the patch's middle.
void Disturb(const Eigen::Vector2d& slope, const std::optional<ErrorWaves>& waves,
             const Eigen::Matrix2d& ground_from_cells, Grid<float>& ground) {
  if (slope.isZero(0) && !waves) return;
  const Eigen::Vector2d step_m = ground_from_cells.col(0);
  for (int row = 0; row < ground.height; ++row) {
    const Eigen::Vector2d start_m =
        ground_from_cells * Eigen::Vector2d(-0.5 * ground.width, row - 0.5 * ground.height);
    float* const cells = &ground.At(0, row);
    const double first_m = slope.dot(start_m), rise_m = slope.dot(step_m);
    for (int col = 0; col < ground.width; ++col) cells[col] += static_cast<float>(first_m + rise_m * col);
    if (waves) waves->AddTo(start_m, step_m, cells, ground.width);
  }
}

}  // namespace

GroundDoubt DoubtOf(const HazardOptions& options) {
  return {options.height_sigma_m, options.height_correlation_m, options.unresolved_slope_rad,
          options.unresolved_roughness_m, options.probability_draws};
}

int ReachOfDoubt(const GroundDoubt& doubt) {
  return doubt.height_sigma_m > 0 && doubt.height_correlation_m == 0 ? kPosteriorReach : 0;
}

void FootprintProbabilityOfTile(const Grid<float>& heights, const FootprintTile& tile,
                                const Eigen::Matrix2d& metric, const Lander& lander,
                                const FootprintTestOptions& options, const GroundDoubt& doubt,
                                std::uint64_t seed, const Eigen::Vector2i& at, Grid<float>& probability) {
  FootprintTestOptions verdict_only = options;
  verdict_only.clearance_values = false;
  const Eigen::Vector2i reach = FootprintReach(metric, lander, options);
  const bool white = doubt.height_correlation_m == 0;
  const GroundPosterior posterior(heights, tile, reach, white ? doubt.height_sigma_m : 0);
  const Eigen::Matrix2d ground_from_cells = metric.llt().matrixU();
  const std::uint64_t cells_seed = RandomBits(seed, kCellDoubt, 0);
  Grid<float> ground = posterior.measured();
  FootprintTests tests = EmptyFootprintTests(tile.cols, tile.rows, verdict_only);
  Grid<int> passed(tile.cols, tile.rows);
  const int draws = doubt.Any() ? doubt.draws : 1;
  for (int draw = 0; draw < draws; ++draw) {
    const UnshownRelief unresolved = DrawUnshown(doubt, draw);
    const std::optional<Lander> tested = WithRoomLessBy(lander, unresolved.deviation_m);
    if (!tested) continue;
    posterior.Draw(cells_seed, static_cast<std::uint64_t>(draw), ground);
    std::optional<ErrorWaves> waves;
    if (!white && doubt.height_sigma_m > 0) waves.emplace(doubt, seed, static_cast<std::uint64_t>(draw));
    Disturb(unresolved.slope, waves, ground_from_cells, ground);
    TestFootprintTile(ground, {reach.x(), reach.y(), tile.cols, tile.rows}, metric, *tested, verdict_only,
                      {0, 0}, tests);
    for (std::size_t i = 0; i < passed.data.size(); ++i) passed.data[i] += tests.verdict.data[i] == 0 ? 1 : 0;
  }
  for (int row = 0; row < tile.rows; ++row) {
    for (int col = 0; col < tile.cols; ++col) {
      probability.At(at.x() + col, at.y() + row) =
          static_cast<float>(passed.At(col, row)) / static_cast<float>(draws);
    }
  }
}

}  // namespace perilune::dem
