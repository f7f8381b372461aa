#include "datasets/formats/fix_status.h"

#include <array>
#include <stdexcept>
#include <utility>

namespace perilune::datasets {
namespace {

constexpr std::array<std::pair<nav::FixStatus, std::string_view>, 5> kNames = {{
    {nav::FixStatus::kAccepted, "accepted"},
    {nav::FixStatus::kWeak, "weak"},
    {nav::FixStatus::kNoMap, "no_map"},
    {nav::FixStatus::kTooFewMatches, "too_few_matches"},
    {nav::FixStatus::kInconsistent, "inconsistent"},
}};

}  // namespace

std::string FixStatusName(nav::FixStatus status) {
  for (const auto& [value, name] : kNames) {
    if (value == status) return std::string(name);
  }
  throw std::invalid_argument("fix status: " + std::to_string(static_cast<int>(status)) + " has no name");
}

std::optional<nav::FixStatus> FixStatusFromName(std::string_view wanted) {
  for (const auto& [value, name] : kNames) {
    if (name == wanted) return value;
  }
  return std::nullopt;
}

}  // namespace perilune::datasets
