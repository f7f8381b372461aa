#include "nav/output/space_packet.h"

#include <gtest/gtest.h>

namespace perilune::nav {
namespace {

Fix WeakFix() {
  Fix fix;
  fix.status = FixStatus::kWeak;
  fix.t_ns = 0x0102030405060708;
  fix.attempted = 300;
  fix.inliers = 258;
  fix.residual_rms_px = 0.5;
  fix.site_from_cam = Eigen::AngleAxisd(0.7, Eigen::Vector3d(1, 2, -1).normalized());
  fix.site_from_cam.translation() << 1000.25, -2000.5, 15000.125;
  for (int row = 0; row < 6; ++row) {
    for (int col = 0; col < 6; ++col)
      fix.covariance_map_relative(row, col) = row == col ? 4 + row : 0.01 * (row + col);
  }
  return fix;
}

TEST(SpacePacket, HeaderBytesByHand) {
  Fix fix = WeakFix();
  fix.status = FixStatus::kNoMap;
  const auto packet = EncodeFixPacket(fix, 0x123, 0x4000 + 0x2A5);
  // Version 000, type 0, secondary header 1, APID 001 0010 0011 | 11, count 00 0010 1010 0101 | 8 + 10 − 1.
  const std::vector<std::uint8_t> expected{0x09, 0x23, 0xC2, 0xA5, 0x00, 0x11,              // primary header
                                           0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,  // t_ns
                                           0x02, 0x00, 0x01, 0x2C, 0x01, 0x02,  // no_map, no flags, 300, 258
                                           0x3F, 0x00, 0x00, 0x00};             // 0.5F
  EXPECT_EQ(packet, expected);
}

TEST(SpacePacket, HeaderRoundTrip) {
  const SpacePacketHeader header = DecodeHeader(EncodeFixPacket(WeakFix(), 2047, 16383));
  EXPECT_EQ(header.apid, 2047);
  EXPECT_TRUE(header.secondary_header);
  EXPECT_EQ(header.sequence_count, 16383);
  EXPECT_EQ(header.data_length, 8U + 10U + 224U);
  EXPECT_EQ(DecodeHeader(EncodeFixPacket(WeakFix(), 0, 16384)).sequence_count, 0);
}

TEST(SpacePacket, FixRoundTrip) {
  Fix fix = WeakFix();
  fix.covariance_absolute = fix.covariance_map_relative * 2;
  const auto packet = EncodeFixPacket(fix, 100, 7);
  EXPECT_EQ(packet.size(), 6U + 8U + 10U + 224U + 168U);
  const Fix back = DecodeFixPacket(packet);
  EXPECT_EQ(back.status, fix.status);
  EXPECT_EQ(back.t_ns, fix.t_ns);
  EXPECT_EQ(back.attempted, 300);
  EXPECT_EQ(back.inliers, 258);
  EXPECT_EQ(back.residual_rms_px, 0.5);
  EXPECT_EQ(back.site_from_cam.translation(), fix.site_from_cam.translation());
  EXPECT_TRUE(back.site_from_cam.linear().isApprox(fix.site_from_cam.linear(), 1e-15));
  EXPECT_EQ(back.covariance_map_relative, fix.covariance_map_relative);
  ASSERT_TRUE(back.covariance_absolute.has_value());
  EXPECT_EQ(*back.covariance_absolute, *fix.covariance_absolute);
}

TEST(SpacePacket, LandingSiteRoundTrip) {
  LandingSite site;
  site.rank = 3;
  site.place = {-1.5, 0.1};
  site.point_in_site_m << 1, 2, 3;
  site.p_land = 0.75;
  site.slope_rad = 0.125;
  site.roughness_m = 0.25;
  site.margin_m = 40;
  site.divert_dv_mps = 1.5;
  const auto packet = EncodeLandingSitePacket(site, -1, 5, 6);
  EXPECT_EQ(packet.size(), 6U + 8U + 64U);
  const TimedLandingSite back = DecodeLandingSitePacket(packet);
  EXPECT_EQ(back.t_ns, -1);
  EXPECT_EQ(back.site.rank, 3);
  EXPECT_EQ(back.site.place.latitude_rad, -1.5);
  EXPECT_EQ(back.site.point_in_site_m, site.point_in_site_m);
  EXPECT_EQ(back.site.p_land, 0.75);
  EXPECT_EQ(back.site.margin_m, 40);
  EXPECT_EQ(back.site.divert_dv_mps, 1.5);
}

TEST(SpacePacket, RefusesWhatIsNotOurs) {
  auto packet = EncodeFixPacket(WeakFix(), 1, 1);
  EXPECT_THROW(EncodeFixPacket(WeakFix(), 2048, 1), std::invalid_argument);
  EXPECT_THROW(DecodeHeader({0, 1, 2}), std::invalid_argument);
  auto command = packet;
  command[0] |= 0x10;
  EXPECT_THROW(DecodeHeader(command), std::invalid_argument);
  auto segment = packet;
  segment[2] &= 0x3F;
  EXPECT_THROW(DecodeHeader(segment), std::invalid_argument);
  packet.pop_back();
  EXPECT_THROW(DecodeFixPacket(packet), std::invalid_argument);
}

}  // namespace
}  // namespace perilune::nav
