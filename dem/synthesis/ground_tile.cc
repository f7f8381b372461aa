#include "dem/synthesis/ground_tile.h"

#include <algorithm>
#include <cmath>

namespace perilune::dem {
namespace {

/// Inside 0.95 radii nothing older of its size is left, outside 1.4 all.
constexpr float kWipedWithin = 0.95F, kKeptFrom = 1.4F;
/// Fresh craters are smooth at their own scale: waves of an eighth of the diameter up go, and come back as
/// the crater wears.
constexpr int kWaveOctaves = 3;
constexpr double kRoughAgain = 0.1;

int OctaveOf(double size_m) { return static_cast<int>(std::floor(std::log2(size_m))); }

double Bumpiness(const Impact& impact) {
  return std::hypot(static_cast<double>(impact.c2), static_cast<double>(impact.s2)) +
         std::hypot(static_cast<double>(impact.c3), static_cast<double>(impact.s3));
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
  const auto per_radius = static_cast<float>(1 / radius_m);
  const auto smooth = static_cast<float>(std::exp(-impact.diffusion / kRoughAgain));
  std::vector<float>* layer = nullptr;
  std::vector<float> keep, keep_waves;
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
    const float dy = static_cast<float>(dy_m) * per_radius;
    keep.assign(end - first, 1);
    bool wipes = false;
    std::vector<float> heights(end - first);
    for (std::size_t c = first; c < end; ++c) {
      const float dx = static_cast<float>(xs_m_[c] - impact.x_m) * per_radius;
      const float round2 = dx * dx + dy * dy;
      const float per2 = 1 / (round2 + 1e-6F), per = std::sqrt(per2);
      const float cos2 = (dx * dx - dy * dy) * per2, sin2 = 2 * dx * dy * per2;
      const float cos1 = dx * per, sin1 = dy * per;
      const float cos3 = cos2 * cos1 - sin2 * sin1, sin3 = sin2 * cos1 + cos2 * sin1;
      const float rho2 =
          round2 * (1 + impact.c2 * cos2 + impact.s2 * sin2 + impact.c3 * cos3 + impact.s3 * sin3);
      if (rho2 >= static_cast<float>(kImpactReach * kImpactReach)) continue;
      heights[c - first] = section.HeightAt(rho2);
      if (rho2 < kKeptFrom * kKeptFrom) {
        const float s = std::clamp((std::sqrt(rho2) - kWipedWithin) / (kKeptFrom - kWipedWithin), 0.0F, 1.0F);
        keep[c - first] = s * s * (3 - 2 * s);
        wipes = true;
      }
    }
    if (wipes) {
      WipeOut(crater_layers_, -64, own, r, first, keep);
      keep_waves.resize(keep.size());
      for (std::size_t i = 0; i < keep.size(); ++i) keep_waves[i] = 1 - (1 - keep[i]) * smooth;
      WipeOut(wave_layers_, own - kWaveOctaves, own, r, first, keep_waves);
    }
    float* cells = layer->data() + r * xs_m_.size() + first;
    for (std::size_t i = 0; i < heights.size(); ++i) cells[i] += heights[i];
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

void GroundTile::SumInto(std::vector<float>& values) const {
  const auto add = [&values](const std::vector<float>& layer) {
    for (std::size_t i = 0; i < layer.size(); ++i) values[i] += layer[i];
  };
  for (const NoiseOctave& octave : octaves_) {
    const auto layer = wave_layers_.find(OctaveOf(octave.wavelength_m));
    if (layer != wave_layers_.end()) {
      add(layer->second);
    } else {
      AddNoise(octave, seed_, xs_m_, ys_m_, values);
    }
  }
  for (auto it = crater_layers_.rbegin(); it != crater_layers_.rend(); ++it) add(it->second);
  add(rocks_);
}

}  // namespace perilune::dem
