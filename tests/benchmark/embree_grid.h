#pragma once

#include <embree3/rtcore.h>

#include <atomic>
#include <vector>

#include "benchmark/ray_worlds.h"

namespace perilune::benchmarks {

/// A level as Embree's grid geometry: the public tool that our rays are measured against. Robust traversal
/// and coherent packets of sixteen.
class EmbreeGrid {
 public:
  explicit EmbreeGrid(const dem::TerrainLevel& level);
  ~EmbreeGrid();
  EmbreeGrid(const EmbreeGrid&) = delete;
  EmbreeGrid& operator=(const EmbreeGrid&) = delete;

  /// Rays in Embree's packet layout, ready to be copied into a packet: six floats for each ray, by packets.
  static std::vector<float> Pack(const Rays& rays);

  double FirstHits(const std::vector<float>& packed, int count) const;  ///< sum of ranges, m
  int Occluded(const std::vector<float>& packed, int count) const;      ///< rays that hit
  std::int64_t bytes() const { return bytes_; }  ///< of Embree's own memory, at its peak

 private:
  RTCDevice device_ = nullptr;
  RTCScene scene_ = nullptr;
  std::atomic<std::int64_t> now_ = 0;
  std::int64_t bytes_ = 0;
};

}  // namespace perilune::benchmarks
