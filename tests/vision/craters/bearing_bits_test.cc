#include "vision/craters/bearing_bits.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>

#include "dem/synthesis/random.h"

namespace perilune::vision {
namespace {

bool Has(const Bearings& bits, int bearing) {
  return ((bearing < 64 ? bits.low >> bearing : bits.high >> (bearing - 64)) & 1U) != 0;
}

TEST(Bearings, TurnAround) {
  const Bearings bits{dem::RandomBits(1, 2, 3), dem::RandomBits(1, 2, 4)};
  for (const int by : {0, 1, 63, 64, 65, 127}) {
    const Bearings turned = bits.TurnedBack(by);
    for (int bearing = 0; bearing < 128; ++bearing) {
      EXPECT_EQ(Has(turned, bearing), Has(bits, (bearing + by) % 128)) << by << " " << bearing;
    }
  }
}

TEST(BearingCounts, CountAsSlowlyDone) {
  BearingCounts counts;
  std::array<unsigned, 128> slow{};
  double sum = 0;
  for (std::uint64_t i = 0; i < 31; ++i) {
    // Rare and frequent bits, so that all numbers come up.
    Bearings bits{dem::RandomBits(5, 1, i), dem::RandomBits(5, 2, i)};
    bits.low |= ~0ULL << 40;
    bits.high &= 0xFF00FF00FF00FF00ULL;
    counts.Add(bits);
    for (int bearing = 0; bearing < 128; ++bearing) {
      slow[static_cast<std::size_t>(bearing)] += Has(bits, bearing) ? 1 : 0;
      sum += Has(bits, bearing) ? 1 : 0;
    }
  }
  EXPECT_DOUBLE_EQ(counts.Mean(), sum / 128);
  for (unsigned least = 0; least <= 31; ++least) {
    const Bearings enough = counts.AtLeast(least);
    for (int bearing = 0; bearing < 128; ++bearing) {
      EXPECT_EQ(Has(enough, bearing), slow[static_cast<std::size_t>(bearing)] >= least)
          << least << " " << bearing;
    }
  }
}

}  // namespace
}  // namespace perilune::vision
