#include "dem/synthesis/ground_tile.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "dem/synthesis/patches.h"
#include "dem/synthesis/wiping.h"

namespace perilune::dem {
namespace {

constexpr auto kReach2 = static_cast<float>(kImpactReach * kImpactReach);
/// Fresh craters are smoother at their own scale: of waves of an eighth of the diameter up this share goes,
/// and comes back as the crater wears.
constexpr int kWaveOctaves = 3;
constexpr double kSmoothed = 0.6;
constexpr double kRoughAgain = 0.1;

/// Regolith is rough here and smooth there: amplitudes of waves up to 128 m differ by patches.
constexpr double kPatchyUpTo_m = 128;
constexpr std::array<double, 2> kRoughPatches_m = {1024, 256};
constexpr Patches kRoughness{
    .sigma = 0.4, .wavelengths_m = kRoughPatches_m, .stream = 0x70617463686573ULL, .moment = 2};

int OctaveOf(double size_m) { return static_cast<int>(std::floor(std::log2(size_m))); }

double Bumpiness(const Impact& impact) {
  return std::hypot(static_cast<double>(impact.c2), static_cast<double>(impact.s2)) +
         std::hypot(static_cast<double>(impact.c3), static_cast<double>(impact.s3));
}

/// Squared distances of a row's cells from the crater's centre in radii of its outline. Without square roots:
/// the threefold term goes with 2ρ/(1 + ρ²), which is 1 at the rim.
void OutlineRow(const Impact& impact, const double* xs_m, double dy_m, std::vector<float>& rho2) {
  const auto per_radius = static_cast<float>(2 / impact.diameter_m);
  const float y = static_cast<float>(dy_m) * per_radius, y2 = y * y;
  const float c2 = impact.c2, s2 = 2 * impact.s2, c3 = 2 * impact.c3, s3 = 2 * impact.s3;
  const double centre_m = impact.x_m;
  float* out = rho2.data();
  const std::size_t count = rho2.size();
  for (std::size_t i = 0; i < count; ++i) {
    const float x = static_cast<float>(xs_m[i] - centre_m) * per_radius, x2 = x * x;
    const float round2 = x2 + y2;
    const float twofold = c2 * (x2 - y2) + s2 * (x * y);
    const float threefold = c3 * (x * (x2 - 3 * y2)) + s3 * (y * (3 * x2 - y2));
    out[i] = round2 + twofold + threefold / (1 + round2);
  }
}

}  // namespace

std::vector<float>& GroundTile::Layer(std::map<int, std::vector<float>>& layers, int exponent) {
  auto& layer = layers[exponent];
  if (layer.empty()) layer.resize(xs_m_.size() * ys_m_.size());
  return layer;
}

void GroundTile::Lay(const std::vector<NoiseOctave>& octaves, std::uint64_t seed,
                     const std::vector<Impact>& impacts) {
  octaves_ = octaves;
  seed_ = seed;
  for (const NoiseOctave& octave : octaves_) {
    const int exponent = OctaveOf(octave.wavelength_m);
    const bool wiped = std::any_of(impacts.begin(), impacts.end(), [exponent](const Impact& impact) {
      const int own = OctaveOf(impact.diameter_m);
      return exponent <= own && exponent >= own - kWaveOctaves;
    });
    if (wiped) AddNoise(octave, seed_, xs_m_, ys_m_, Layer(wave_layers_, exponent));
  }
}

void GroundTile::WipeOut(std::map<int, std::vector<float>>& layers, int from, int to, std::size_t row,
                         std::size_t first, const std::vector<float>& keep) const {
  for (auto it = layers.lower_bound(from); it != layers.end() && it->first <= to; ++it) {
    float* cells = it->second.data() + row * xs_m_.size() + first;
    for (std::size_t i = 0; i < keep.size(); ++i) cells[i] *= keep[i];
  }
}

void GroundTile::Make(const Impact& impact) {
  const CraterSection section = impact.Section();
  const int own = OctaveOf(impact.diameter_m);
  const double radius_m = impact.diameter_m / 2;
  const double reach_m = kImpactReach * radius_m / std::sqrt(std::max(0.1, 1 - Bumpiness(impact)));
  const double wiping_m = reach_m * kKeptFrom / kImpactReach;
  const auto smooth = static_cast<float>(kSmoothed * std::exp(-impact.diffusion / kRoughAgain));
  std::vector<float>* layer = nullptr;
  std::vector<float> rho2, keep;
  for (std::size_t r = 0; r < ys_m_.size(); ++r) {
    const double dy_m = ys_m_[r] - impact.y_m;
    if (std::abs(dy_m) >= reach_m) continue;
    const double half_m = std::sqrt(reach_m * reach_m - dy_m * dy_m);
    const auto first = static_cast<std::size_t>(
        std::lower_bound(xs_m_.begin(), xs_m_.end(), impact.x_m - half_m) - xs_m_.begin());
    const auto end = static_cast<std::size_t>(
        std::upper_bound(xs_m_.begin(), xs_m_.end(), impact.x_m + half_m) - xs_m_.begin());
    if (first >= end) continue;
    if (layer == nullptr) layer = &Layer(crater_layers_, own);
    rho2.resize(end - first);
    OutlineRow(impact, xs_m_.data() + first, dy_m, rho2);
    if (std::abs(dy_m) < wiping_m) {
      keep.resize(rho2.size());
      for (std::size_t i = 0; i < keep.size(); ++i) keep[i] = Kept(rho2[i]);
      WipeOut(crater_layers_, -64, own, r, first, keep);
      for (float& k : keep) k = 1 - (1 - k) * smooth;
      WipeOut(wave_layers_, own - kWaveOctaves, own, r, first, keep);
    }
    float* cells = layer->data() + r * xs_m_.size() + first;
    for (std::size_t i = 0; i < rho2.size(); ++i) {
      if (rho2[i] < kReach2) cells[i] += section.HeightAt(rho2[i]);
    }
  }
}

void GroundTile::Place(const Rock& rock) {
  if (rocks_.empty()) rocks_.resize(xs_m_.size() * ys_m_.size());
  const double reach_m = rock.diameter_m / 2 / std::sqrt(rock.aspect);
  const auto first = std::lower_bound(xs_m_.begin(), xs_m_.end(), rock.x_m - reach_m) - xs_m_.begin();
  const auto end = std::upper_bound(xs_m_.begin(), xs_m_.end(), rock.x_m + reach_m) - xs_m_.begin();
  for (std::size_t r = 0; r < ys_m_.size(); ++r) {
    const double dy_m = ys_m_[r] - rock.y_m;
    if (std::abs(dy_m) >= reach_m) continue;
    float* row = rocks_.data() + r * xs_m_.size();
    for (auto c = first; c < end; ++c)
      row[c] = std::max(row[c], rock.HeightAt(xs_m_[static_cast<std::size_t>(c)] - rock.x_m, dy_m));
  }
}

void GroundTile::AddWaves(const NoiseOctave& octave, std::vector<float>& values) const {
  const auto layer = wave_layers_.find(OctaveOf(octave.wavelength_m));
  if (layer == wave_layers_.end()) {
    AddNoise(octave, seed_, xs_m_, ys_m_, values);
  } else {
    for (std::size_t i = 0; i < values.size(); ++i) values[i] += layer->second[i];
  }
}

void GroundTile::SumInto(std::vector<float>& values) const {
  const auto add = [&values](const std::vector<float>& layer) {
    for (std::size_t i = 0; i < layer.size(); ++i) values[i] += layer[i];
  };
  std::vector<float> fine;
  for (const NoiseOctave& octave : octaves_) {
    if (octave.wavelength_m > kPatchyUpTo_m) {
      AddWaves(octave, values);
    } else {
      fine.resize(values.size());
      AddWaves(octave, fine);
    }
  }
  if (!fine.empty()) {
    const std::vector<float> patches = kRoughness.FactorsAt(xs_m_, ys_m_, seed_);
    for (std::size_t i = 0; i < fine.size(); ++i) values[i] += fine[i] * patches[i];
  }
  for (auto it = crater_layers_.rbegin(); it != crater_layers_.rend(); ++it) add(it->second);
  add(rocks_);
}

}  // namespace perilune::dem
