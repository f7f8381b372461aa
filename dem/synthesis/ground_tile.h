#pragma once

#include <map>
#include <vector>

#include "dem/synthesis/impacts.h"
#include "dem/synthesis/lattice_noise.h"
#include "dem/synthesis/rock_field.h"
#include "dem/synthesis/tiles.h"

namespace perilune::dem {

/// The heights of one tile while its craters are made, kept apart by size (octaves of diameter and of
/// wavelength), so that a crater can wipe out what is smaller than itself.
class GroundTile {
 public:
  explicit GroundTile(const SynthesisTile& tile) : xs_m_(tile.xs_m), ys_m_(tile.ys_m) {}

  /// The regolith's waves (from long to short) before any crater. Those that no crater here wipes out are
  /// made only when all is added up.
  void Lay(const std::vector<NoiseOctave>& octaves, std::uint64_t seed, const std::vector<Impact>& impacts);
  /// Oldest first.
  void Make(const Impact& impact);
  /// Rocks stand on what is there; where two overlap the higher counts.
  void Place(const Rock& rock);
  /// Adds up in an order that is the same for every tile: waves, craters, rocks, large before small.
  void SumInto(std::vector<float>& values) const;

 private:
  /// Adds one octave as the craters have left it.
  void AddWaves(const NoiseOctave& octave, std::vector<float>& values) const;
  std::vector<float>& Layer(std::map<int, std::vector<float>>& layers, int exponent);
  void WipeOut(std::map<int, std::vector<float>>& layers, int from, int to, std::size_t row,
               std::size_t first, const std::vector<float>& keep) const;

  const std::vector<double>& xs_m_;
  const std::vector<double>& ys_m_;
  std::map<int, std::vector<float>> crater_layers_, wave_layers_;
  std::vector<NoiseOctave> octaves_;
  std::uint64_t seed_ = 0;
  std::vector<float> rocks_;
};

}  // namespace perilune::dem
