#include "benchmark/embree_grid.h"

#include <pmmintrin.h>
#include <xmmintrin.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace perilune::benchmarks {
namespace {

constexpr int kPacket = 16;

bool CountBytes(void* user, ssize_t bytes, bool) {
  *static_cast<std::atomic<std::int64_t>*>(user) += bytes;
  return true;
}

RTCIntersectContext CoherentContext() {
  // Embree asks for this of every thread that traces.
  _MM_SET_FLUSH_ZERO_MODE(_MM_FLUSH_ZERO_ON);
  _MM_SET_DENORMALS_ZERO_MODE(_MM_DENORMALS_ZERO_ON);
  RTCIntersectContext context;
  rtcInitIntersectContext(&context);
  context.flags = RTC_INTERSECT_CONTEXT_FLAG_COHERENT;
  return context;
}

void Fill(RTCRay16& ray, const float* packed) {
  std::copy_n(packed, kPacket, ray.org_x);
  std::copy_n(packed + kPacket, kPacket, ray.org_y);
  std::copy_n(packed + 2 * kPacket, kPacket, ray.org_z);
  std::copy_n(packed + 3 * kPacket, kPacket, ray.dir_x);
  std::copy_n(packed + 4 * kPacket, kPacket, ray.dir_y);
  std::copy_n(packed + 5 * kPacket, kPacket, ray.dir_z);
  for (int i = 0; i < kPacket; ++i) {
    ray.tnear[i] = 0;
    ray.tfar[i] = std::numeric_limits<float>::infinity();
    ray.time[i] = 0;
    ray.mask[i] = ~0U;
    ray.id[i] = 0;
    ray.flags[i] = 0;
  }
}

}  // namespace

EmbreeGrid::EmbreeGrid(const dem::TerrainLevel& level) : device_(rtcNewDevice("threads=1")) {
  rtcSetDeviceMemoryMonitorFunction(device_, CountBytes, &now_);
  scene_ = rtcNewScene(device_);
  rtcSetSceneFlags(scene_, RTC_SCENE_FLAG_ROBUST);
  const RTCGeometry geometry = rtcNewGeometry(device_, RTC_GEOMETRY_TYPE_GRID);
  const int width = level.z_m.width, height = level.z_m.height;
  auto* vertices = static_cast<float*>(rtcSetNewGeometryBuffer(geometry, RTC_BUFFER_TYPE_VERTEX, 0,
                                                               RTC_FORMAT_FLOAT3, 3 * sizeof(float),
                                                               static_cast<std::size_t>(width) * height));
  for (int row = 0; row < height; ++row) {
    for (int col = 0; col < width; ++col) {
      *vertices++ = static_cast<float>(level.x0_m + col * level.spacing_m);
      *vertices++ = static_cast<float>(level.y0_m - row * level.spacing_m);
      *vertices++ = level.z_m.At(col, row);
    }
  }
  auto* grid = static_cast<RTCGrid*>(
      rtcSetNewGeometryBuffer(geometry, RTC_BUFFER_TYPE_GRID, 0, RTC_FORMAT_GRID, sizeof(RTCGrid), 1));
  *grid = {0, static_cast<unsigned>(width), static_cast<std::uint16_t>(width),
           static_cast<std::uint16_t>(height)};
  rtcCommitGeometry(geometry);
  rtcAttachGeometry(scene_, geometry);
  rtcReleaseGeometry(geometry);
  rtcCommitScene(scene_);
  bytes_ = now_;
}

EmbreeGrid::~EmbreeGrid() {
  rtcReleaseScene(scene_);
  rtcReleaseDevice(device_);
}

std::vector<float> EmbreeGrid::Pack(const Rays& rays) {
  std::vector<float> packed(static_cast<std::size_t>(rays.Count() + kPacket - 1) / kPacket * kPacket * 6);
  for (int i = 0; i < rays.Count(); ++i) {
    const dem::Ray ray = rays.At(i);
    float* packet = &packed[static_cast<std::size_t>(i / kPacket) * kPacket * 6 + i % kPacket];
    for (int axis = 0; axis < 3; ++axis) {
      packet[axis * kPacket] = static_cast<float>(ray.origin_in_site[axis]);
      packet[(3 + axis) * kPacket] = static_cast<float>(ray.direction[axis]);
    }
  }
  return packed;
}

double EmbreeGrid::FirstHits(const std::vector<float>& packed, int count) const {
  RTCIntersectContext context = CoherentContext();
  alignas(64) int valid[kPacket];
  double sum = 0;
  for (int first = 0; first < count; first += kPacket) {
    for (int i = 0; i < kPacket; ++i) valid[i] = first + i < count ? -1 : 0;
    RTCRayHit16 rays;
    Fill(rays.ray, &packed[static_cast<std::size_t>(first) * 6]);
    std::fill_n(rays.hit.geomID, kPacket, RTC_INVALID_GEOMETRY_ID);
    rtcIntersect16(valid, scene_, &context, &rays);
    for (int i = 0; i < kPacket; ++i) {
      if (rays.hit.geomID[i] != RTC_INVALID_GEOMETRY_ID && valid[i])
        sum += static_cast<double>(rays.ray.tfar[i]);
    }
  }
  return sum;
}

int EmbreeGrid::Occluded(const std::vector<float>& packed, int count) const {
  RTCIntersectContext context = CoherentContext();
  alignas(64) int valid[kPacket];
  int occluded = 0;
  for (int first = 0; first < count; first += kPacket) {
    for (int i = 0; i < kPacket; ++i) valid[i] = first + i < count ? -1 : 0;
    RTCRay16 rays;
    Fill(rays, &packed[static_cast<std::size_t>(first) * 6]);
    rtcOccluded16(valid, scene_, &context, &rays);
    for (int i = 0; i < kPacket; ++i) occluded += valid[i] && rays.tfar[i] < 0;
  }
  return occluded;
}

}  // namespace perilune::benchmarks
