#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "dem/synthesis/random.h"

namespace perilune::dem {
namespace {

TEST(RandomNormals, AreTheSingleNormals) {
  for (const std::uint64_t first : {std::uint64_t{0}, std::uint64_t{12345}, std::uint64_t{1} << 62}) {
    std::vector<double> normals(100'003);
    RandomNormals(42, 7, first, normals);
    for (std::size_t i = 0; i < normals.size(); ++i) {
      ASSERT_NEAR(normals[i], RandomNormal(42, 7, first + i), 2e-14) << first << " + " << i;
    }
  }
}

TEST(RandomNormals, DoNotDependOnHowTheyAreCut) {
  std::vector<double> whole(1000), part(137);
  RandomNormals(3, 1, 50, whole);
  RandomNormals(3, 1, 50 + 300, part);
  EXPECT_TRUE(std::equal(part.begin(), part.end(), whole.begin() + 300));
}

// Mean, variance and kurtosis of a million; 1 sigma of them is 1e-3, 1.4e-3 and 9.8e-3 (√(96/n)).
TEST(RandomNormals, HaveTheMomentsOfANormal) {
  std::vector<double> normals(1'000'000);
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    RandomNormals(seed, 0, 0, normals);
    double sum = 0, second = 0, fourth = 0;
    for (const double x : normals) {
      sum += x;
      second += x * x;
      fourth += x * x * x * x;
    }
    EXPECT_NEAR(sum / 1e6, 0, 4e-3);
    EXPECT_NEAR(second / 1e6, 1, 4 * 1.5e-3);
    EXPECT_NEAR(fourth / 1e6, 3, 4 * 9.8e-3);
  }
}

}  // namespace
}  // namespace perilune::dem
