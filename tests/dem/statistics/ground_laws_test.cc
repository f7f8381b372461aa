#include "dem/statistics/ground_laws.h"

#include <gtest/gtest.h>

namespace perilune::dem {
namespace {

class GroundLawsSlow : public ::testing::TestWithParam<SiteType> {};

TEST_P(GroundLawsSlow, MadeGroundHasWhatItsTypeStates) {
  for (const LawCheck& check : MeasureGroundLaws(GetParam()).checks) {
    EXPECT_TRUE(check.Holds()) << GetParam().name << ' ' << check.law << ' ' << check.what << ": stated "
                               << check.stated << ", measured " << check.measured << ", allowed "
                               << check.tolerance << ", samples " << check.samples;
  }
}

INSTANTIATE_TEST_SUITE_P(Types, GroundLawsSlow, ::testing::ValuesIn(SiteTypes()),
                         [](const auto& type) { return std::string(type.param.name); });

}  // namespace
}  // namespace perilune::dem
