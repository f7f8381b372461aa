#pragma once

#include <cstdint>
#include <vector>

#include "nav/fix/fix.h"
#include "nav/landing/landing_sites.h"

namespace perilune::nav {

/// Primary header of a CCSDS space packet (133.0-B-2, 4.1.3), telemetry, version 0. All numbers are
/// big-endian.
///
///   octets 0–1: version (3 bits, 0) · type (1 bit, 0 = telemetry) · secondary header flag (1 bit) · APID (11
///   bits) octets 2–3: sequence flags (2 bits, 3 = unsegmented) · sequence count (14 bits) octets 4–5: octets
///   of the data field − 1
struct SpacePacketHeader {
  std::uint16_t apid = 0;
  bool secondary_header = true;
  std::uint16_t sequence_count = 0;  ///< modulo 16 384
  std::uint32_t data_length = 0;     ///< octets after the primary header, 1…65 536
};

/// Our packets carry a secondary header of 8 octets: t_ns as a signed 64-bit integer, big-endian. (Its epoch
/// is the record's own, 1970 TAI; it is no CCSDS time code.)
///
/// User data of a fix: status u8 · flags u8 (bit 0 pose, bit 1 absolute covariance) · attempted u16 · inliers
/// u16 · residual_rms_px f32 (10 octets) · then, with bit 0, position in site m 3 × f64 · quaternion
/// site_from_cam w x y z 4 × f64 · map-relative covariance 21 × f64 (upper triangle by rows) (224 octets) ·
/// with bit 1 the absolute covariance 21 × f64 (168 octets). Throws std::invalid_argument when `apid` needs
/// more than 11 bits.
std::vector<std::uint8_t> EncodeFixPacket(const Fix& fix, std::uint16_t apid, std::uint16_t sequence_count);

/// User data of a landing site, 64 octets: rank u16 · reserved u16 (0) · latitude, longitude rad 2 × f64 ·
/// point in site 3 × f64 · p_land, slope rad, roughness m, margin m, divert m/s 5 × f32.
std::vector<std::uint8_t> EncodeLandingSitePacket(const LandingSite& site, std::int64_t t_ns,
                                                  std::uint16_t apid, std::uint16_t sequence_count);

/// Throws std::invalid_argument when there are fewer octets than the header says, or its version or type is
/// not ours.
SpacePacketHeader DecodeHeader(const std::vector<std::uint8_t>& packet);

/// Inverses, for tests and controllers; fields that are not in a packet keep their defaults. Throw as
/// DecodeHeader.
Fix DecodeFixPacket(const std::vector<std::uint8_t>& packet);
struct TimedLandingSite {
  std::int64_t t_ns = 0;
  LandingSite site;
};
TimedLandingSite DecodeLandingSitePacket(const std::vector<std::uint8_t>& packet);

}  // namespace perilune::nav
