#include "dem/synthesis/single_normals.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "dem/synthesis/random.h"

namespace perilune::dem {
namespace {

// Rounding: 6e-8 of a radius of up to 5.5 for each of some ten operations.
TEST(SingleNormals, AreTheNormalsInDoublePrecision) {
  double worst = 0;
  for (const std::uint64_t first : {std::uint64_t{0}, std::uint64_t{12345}, std::uint64_t{1} << 62}) {
    std::vector<float> normals(1'000'003);
    std::vector<double> expected(normals.size());
    SingleNormals(42, 7, first, normals);
    RandomNormals(42, 7, first, expected);
    for (std::size_t i = 0; i < normals.size(); ++i) {
      worst = std::max(worst, std::abs(normals[i] - expected[i]));
    }
  }
  EXPECT_LT(worst, 3e-6);
  RecordProperty("worst_e9", static_cast<int>(1e9 * worst));
}

TEST(SingleNormals, DoNotDependOnHowTheyAreCut) {
  std::vector<float> whole(1000), part(137);
  SingleNormals(3, 1, 50, whole);
  SingleNormals(3, 1, 50 + 300, part);
  EXPECT_TRUE(std::equal(part.begin(), part.end(), whole.begin() + 300));
}

TEST(SingleNormals, AllKernelsGiveTheSameBytes) {
  std::vector<float> first(20'000), other(first.size());
  SingleNormals(9, 4, 77, first, SimdLevel::kSse2);
  for (const SimdLevel simd : AvailableSimdLevels()) {
    SingleNormals(9, 4, 77, other, simd);
    EXPECT_EQ(other, first) << SimdLevelName(simd);
  }
}

}  // namespace
}  // namespace perilune::dem
