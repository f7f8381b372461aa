#include "nav/output/space_packet.h"

#include <cstring>
#include <stdexcept>
#include <string>

namespace perilune::nav {

namespace {

constexpr std::size_t kPrimaryHeader = 6;
constexpr std::uint16_t kApids = 0x800, kSequenceCounts = 0x4000;
constexpr std::uint8_t kFlagPose = 1, kFlagAbsolute = 2;

/// Big-endian octets.
class OctetWriter {
 public:
  template <typename T>
  void Put(T value) {
    for (int shift = 8 * (static_cast<int>(sizeof(T)) - 1); shift >= 0; shift -= 8) {
      octets_.push_back(static_cast<std::uint8_t>(value >> shift));
    }
  }
  void Put(double value) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    Put(bits);
  }
  void Put(float value) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    Put(bits);
  }
  const std::vector<std::uint8_t>& octets() const { return octets_; }

 private:
  std::vector<std::uint8_t> octets_;
};

class OctetReader {
 public:
  explicit OctetReader(const std::vector<std::uint8_t>& octets) : octets_(octets) {}

  template <typename T>
  T Unsigned() {
    if (octets_.size() - at_ < sizeof(T))
      throw std::invalid_argument("space packet: shorter than its fields");
    T value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i)
      value = static_cast<T>((std::uint64_t{value} << 8) | octets_[at_++]);
    return value;
  }
  double Double() {
    const auto bits = Unsigned<std::uint64_t>();
    double value = 0;
    std::memcpy(&value, &bits, sizeof value);
    return value;
  }
  float Float() {
    const auto bits = Unsigned<std::uint32_t>();
    float value = 0;
    std::memcpy(&value, &bits, sizeof value);
    return value;
  }

 private:
  const std::vector<std::uint8_t>& octets_;
  std::size_t at_ = 0;
};

std::vector<std::uint8_t> Packet(std::uint16_t apid, std::uint16_t sequence_count, std::int64_t t_ns,
                                 const OctetWriter& user_data) {
  if (apid >= kApids) throw std::invalid_argument("apid = " + std::to_string(apid) + ": must be below 2048");
  OctetWriter packet;
  // Version 0, telemetry, with a secondary header; then unsegmented.
  packet.Put(static_cast<std::uint16_t>(0x0800U | apid));
  packet.Put(static_cast<std::uint16_t>(0xC000U | (sequence_count % kSequenceCounts)));
  packet.Put(static_cast<std::uint16_t>(sizeof t_ns + user_data.octets().size() - 1));
  packet.Put(static_cast<std::uint64_t>(t_ns));
  std::vector<std::uint8_t> octets = packet.octets();
  octets.insert(octets.end(), user_data.octets().begin(), user_data.octets().end());
  return octets;
}

void PutUpperTriangle(OctetWriter& out, const dem::Matrix6d& matrix) {
  for (int row = 0; row < 6; ++row) {
    for (int col = row; col < 6; ++col) out.Put(matrix(row, col));
  }
}

dem::Matrix6d ReadUpperTriangle(OctetReader& in) {
  dem::Matrix6d matrix;
  for (int row = 0; row < 6; ++row) {
    for (int col = row; col < 6; ++col) matrix(row, col) = matrix(col, row) = in.Double();
  }
  return matrix;
}

/// The reader behind a checked primary header.
OctetReader UserDataOf(const std::vector<std::uint8_t>& packet) {
  DecodeHeader(packet);
  OctetReader in(packet);
  for (std::size_t i = 0; i < kPrimaryHeader; ++i) in.Unsigned<std::uint8_t>();
  return in;
}

}  // namespace

std::vector<std::uint8_t> EncodeFixPacket(const Fix& fix, std::uint16_t apid, std::uint16_t sequence_count) {
  OctetWriter out;
  const bool absolute = fix.HasPose() && fix.covariance_absolute.has_value();
  out.Put(static_cast<std::uint8_t>(fix.status));
  out.Put(static_cast<std::uint8_t>((fix.HasPose() ? kFlagPose : 0) | (absolute ? kFlagAbsolute : 0)));
  out.Put(static_cast<std::uint16_t>(fix.attempted));
  out.Put(static_cast<std::uint16_t>(fix.inliers));
  out.Put(static_cast<float>(fix.residual_rms_px));
  if (fix.HasPose()) {
    for (int axis = 0; axis < 3; ++axis) out.Put(fix.site_from_cam.translation()[axis]);
    const Eigen::Quaterniond q(fix.site_from_cam.linear());
    for (const double part : {q.w(), q.x(), q.y(), q.z()}) out.Put(part);
    PutUpperTriangle(out, fix.covariance_map_relative);
  }
  if (absolute) PutUpperTriangle(out, *fix.covariance_absolute);
  return Packet(apid, sequence_count, fix.t_ns, out);
}

std::vector<std::uint8_t> EncodeLandingSitePacket(const LandingSite& site, std::int64_t t_ns,
                                                  std::uint16_t apid, std::uint16_t sequence_count) {
  OctetWriter out;
  out.Put(static_cast<std::uint16_t>(site.rank));
  out.Put(std::uint16_t{0});
  out.Put(site.place.latitude_rad);
  out.Put(site.place.longitude_rad);
  for (int axis = 0; axis < 3; ++axis) out.Put(site.point_in_site_m[axis]);
  for (const double value :
       {site.p_land, site.slope_rad, site.roughness_m, site.margin_m, site.divert_dv_mps}) {
    out.Put(static_cast<float>(value));
  }
  return Packet(apid, sequence_count, t_ns, out);
}

SpacePacketHeader DecodeHeader(const std::vector<std::uint8_t>& packet) {
  OctetReader in(packet);
  const auto identification = in.Unsigned<std::uint16_t>();
  const auto sequence = in.Unsigned<std::uint16_t>();
  if ((identification & 0xF000U) != 0) throw std::invalid_argument("space packet: not version 0 telemetry");
  if ((sequence & 0xC000U) != 0xC000U)
    throw std::invalid_argument("space packet: is a segment of a longer one");
  SpacePacketHeader header;
  header.apid = identification & 0x07FFU;
  header.secondary_header = (identification & 0x0800U) != 0;
  header.sequence_count = sequence & 0x3FFFU;
  header.data_length = in.Unsigned<std::uint16_t>() + 1U;
  if (packet.size() != kPrimaryHeader + header.data_length) {
    throw std::invalid_argument("space packet: " + std::to_string(packet.size()) +
                                " octets, its header says " +
                                std::to_string(kPrimaryHeader + header.data_length));
  }
  return header;
}

Fix DecodeFixPacket(const std::vector<std::uint8_t>& packet) {
  OctetReader in = UserDataOf(packet);
  Fix fix;
  fix.t_ns = static_cast<std::int64_t>(in.Unsigned<std::uint64_t>());
  const auto status = in.Unsigned<std::uint8_t>();
  if (status > static_cast<std::uint8_t>(FixStatus::kInconsistent)) {
    throw std::invalid_argument("space packet: status " + std::to_string(status) + " is none of a fix");
  }
  fix.status = static_cast<FixStatus>(status);
  const auto flags = in.Unsigned<std::uint8_t>();
  fix.attempted = in.Unsigned<std::uint16_t>();
  fix.inliers = in.Unsigned<std::uint16_t>();
  fix.residual_rms_px = in.Float();
  if ((flags & kFlagPose) != 0) {
    for (int axis = 0; axis < 3; ++axis) fix.site_from_cam.translation()[axis] = in.Double();
    Eigen::Quaterniond q;
    q.w() = in.Double();
    q.x() = in.Double();
    q.y() = in.Double();
    q.z() = in.Double();
    fix.site_from_cam.linear() = q.toRotationMatrix();
    fix.covariance_map_relative = ReadUpperTriangle(in);
  }
  if ((flags & kFlagAbsolute) != 0) fix.covariance_absolute = ReadUpperTriangle(in);
  return fix;
}

TimedLandingSite DecodeLandingSitePacket(const std::vector<std::uint8_t>& packet) {
  OctetReader in = UserDataOf(packet);
  TimedLandingSite timed;
  timed.t_ns = static_cast<std::int64_t>(in.Unsigned<std::uint64_t>());
  timed.site.rank = in.Unsigned<std::uint16_t>();
  in.Unsigned<std::uint16_t>();
  timed.site.place.latitude_rad = in.Double();
  timed.site.place.longitude_rad = in.Double();
  for (int axis = 0; axis < 3; ++axis) timed.site.point_in_site_m[axis] = in.Double();
  timed.site.p_land = in.Float();
  timed.site.slope_rad = in.Float();
  timed.site.roughness_m = in.Float();
  timed.site.margin_m = in.Float();
  timed.site.divert_dv_mps = in.Float();
  return timed;
}

}  // namespace perilune::nav
