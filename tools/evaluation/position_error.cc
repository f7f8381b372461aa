#include "tools/evaluation/position_error.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "dem/linear/symmetric_eigen.h"
#include "nav/estimation/protection_level.h"

namespace perilune::tools {
namespace {

constexpr double kFalseMahalanobis = 5;
constexpr double kFalseUnits = 3;
constexpr std::int64_t kMaxTruthGap_ns = 50'000'000;

Outcome OutcomeOf(nav::FixStatus status) {
  switch (status) {
    case nav::FixStatus::kAccepted:
      return Outcome::kAccepted;
    case nav::FixStatus::kWeak:
      return Outcome::kWeak;
    case nav::FixStatus::kNoMap:
      return Outcome::kNoMap;
    case nav::FixStatus::kTooFewMatches:
    case nav::FixStatus::kInconsistent:
      break;
  }
  return Outcome::kNone;
}

std::invalid_argument At(std::int64_t t_ns, const std::string& what) {
  return std::invalid_argument("t_ns " + std::to_string(t_ns) + ": " + what);
}

ErrorTerm TermAt(std::int64_t t_ns, const Eigen::Vector3d& error_m,
                 const std::optional<Eigen::Matrix3d>& covariance_m2) {
  try {
    return MakeErrorTerm(error_m, covariance_m2);
  } catch (const std::invalid_argument& error) {
    throw At(t_ns, error.what());
  }
}

PositionError FixError(const datasets::FixRow& row, const datasets::Truth& truth,
                       const Eigen::Isometry3d& body_from_cam) {
  const nav::Fix& fix = row.fix;
  PositionError result;
  result.t_ns = fix.t_ns;
  result.outcome = OutcomeOf(fix.status);
  result.map = row.map;
  result.map_pixel_m = fix.map_pixel_m;
  result.ground_sample_m = fix.ground_sample_m;
  if (!fix.HasPose()) return result;
  const Eigen::Vector3d true_in_site =
      (TruthAt(truth, fix.t_ns).site_from_body * body_from_cam).translation();
  const Eigen::Vector3d error_m = fix.site_from_cam.translation() - true_in_site;
  if (const auto tie = MapTieInSite_m(truth, row.map)) {
    result.map_relative =
        TermAt(fix.t_ns, error_m - *tie, Eigen::Matrix3d(fix.covariance_map_relative.block<3, 3>(3, 3)));
  }
  std::optional<Eigen::Matrix3d> absolute;
  if (fix.covariance_absolute) absolute = Eigen::Matrix3d(fix.covariance_absolute->block<3, 3>(3, 3));
  result.absolute = TermAt(fix.t_ns, error_m, absolute);
  return result;
}

std::array<ProtectedPosition, kVerifiedRisks.size()> ProtectionOf(const Eigen::Matrix3d& covariance_m2) {
  std::array<ProtectedPosition, kVerifiedRisks.size()> protection;
  for (std::size_t i = 0; i < kVerifiedRisks.size(); ++i) {
    const nav::ProtectionLevel level = nav::ComputeProtectionLevel({Eigen::Vector3d::Zero(), covariance_m2},
                                                                   {}, {.risk = kVerifiedRisks[i]});
    protection[i] = {level.horizontal_m, level.vertical_m};
  }
  return protection;
}

PositionError StateError(const datasets::StateRow& row, const datasets::FixRow* fix,
                         const datasets::Truth& truth) {
  const nav::State& state = row.state;
  PositionError result;
  result.t_ns = state.t_ns;
  result.map = row.map;
  if (fix != nullptr) {
    result.map_pixel_m = fix->fix.map_pixel_m;
    result.ground_sample_m = fix->fix.ground_sample_m;
  }
  const Eigen::Vector3d error_m =
      state.site_from_body.translation() - TruthAt(truth, state.t_ns).site_from_body.translation();
  result.absolute = TermAt(state.t_ns, error_m, row.absolute_position_covariance_m2);
  const auto tie = MapTieInSite_m(truth, row.map);
  if (tie) {
    result.map_relative =
        TermAt(state.t_ns, error_m + state.map_tie_m - *tie, row.map_relative_position_covariance_m2);
    if (row.horizontal_protection_m)
      result.protection = ProtectionOf(row.map_relative_position_covariance_m2);
  }
  const bool has_map = !row.map.empty() && fix != nullptr && fix->fix.status != nav::FixStatus::kNoMap;
  const bool certain =
      has_map &&
      dem::LargestSigma(row.map_relative_position_covariance_m2.topLeftCorner<2, 2>()) <= result.Unit_m();
  result.outcome = !has_map ? Outcome::kNoMap : certain ? Outcome::kAccepted : Outcome::kWeak;
  return result;
}

}  // namespace

std::string ToString(Outcome outcome) {
  switch (outcome) {
    case Outcome::kAccepted:
      return "accepted";
    case Outcome::kWeak:
      return "weak";
    case Outcome::kNoMap:
      return "no_map";
    case Outcome::kNone:
      return "none";
  }
  throw std::invalid_argument("outcome out of range");
}

Outcome OutcomeFromString(const std::string& word) {
  for (const Outcome outcome : {Outcome::kAccepted, Outcome::kWeak, Outcome::kNoMap, Outcome::kNone}) {
    if (word == ToString(outcome)) return outcome;
  }
  throw std::invalid_argument("outcome is one of accepted, weak, no_map, none: '" + word + "'");
}

bool PositionError::IsFalse() const {
  if (outcome != Outcome::kAccepted || !map_relative) return false;
  const bool inconsistent = map_relative->nees && std::sqrt(*map_relative->nees) > kFalseMahalanobis;
  return inconsistent || map_relative->Horizontal_m() > kFalseUnits * Unit_m();
}

ErrorTerm MakeErrorTerm(const Eigen::Vector3d& error_m, const std::optional<Eigen::Matrix3d>& covariance_m2) {
  ErrorTerm term;
  term.error_m = error_m;
  if (!covariance_m2) return term;
  const Eigen::LLT<Eigen::Matrix3d> factor(*covariance_m2);
  if (!covariance_m2->allFinite() || factor.info() != Eigen::Success) {
    throw std::invalid_argument("the position covariance is not positive definite");
  }
  term.sigma_m = covariance_m2->diagonal().cwiseSqrt();
  term.nees = error_m.dot(factor.solve(error_m));
  return term;
}

datasets::TruthState TruthAt(const datasets::Truth& truth, std::int64_t t_ns) {
  const auto after =
      std::lower_bound(truth.states.begin(), truth.states.end(), t_ns,
                       [](const datasets::TruthState& state, std::int64_t t) { return state.t_ns < t; });
  if (after != truth.states.end() && after->t_ns == t_ns) return *after;
  if (after == truth.states.begin() || after == truth.states.end())
    throw At(t_ns, "outside the recorded truth");
  const datasets::TruthState& a = *(after - 1);
  const datasets::TruthState& b = *after;
  if (b.t_ns - a.t_ns > kMaxTruthGap_ns) throw At(t_ns, "no true state within 50 ms on both sides");
  const double share = static_cast<double>(t_ns - a.t_ns) / static_cast<double>(b.t_ns - a.t_ns);
  datasets::TruthState state = a;
  state.t_ns = t_ns;
  state.site_from_body.translation() =
      (1 - share) * a.site_from_body.translation() + share * b.site_from_body.translation();
  state.site_from_body.linear() = Eigen::Quaterniond(a.site_from_body.linear())
                                      .slerp(share, Eigen::Quaterniond(b.site_from_body.linear()))
                                      .toRotationMatrix();
  state.velocity_in_site_mps = (1 - share) * a.velocity_in_site_mps + share * b.velocity_in_site_mps;
  return state;
}

std::vector<PositionError> FixErrors(const std::vector<datasets::FixRow>& fixes, const datasets::Truth& truth,
                                     const Eigen::Isometry3d& body_from_cam) {
  std::vector<PositionError> errors;
  errors.reserve(fixes.size());
  for (const datasets::FixRow& row : fixes) errors.push_back(FixError(row, truth, body_from_cam));
  return errors;
}

std::vector<PositionError> StateErrors(const std::vector<datasets::StateRow>& states,
                                       const std::vector<datasets::FixRow>& fixes,
                                       const datasets::Truth& truth) {
  std::map<std::int64_t, const datasets::FixRow*> fix_at;
  for (const datasets::FixRow& row : fixes) fix_at[row.fix.t_ns] = &row;
  std::vector<PositionError> errors;
  errors.reserve(states.size());
  for (const datasets::StateRow& row : states) {
    const auto fix = fix_at.find(row.state.t_ns);
    errors.push_back(StateError(row, fix == fix_at.end() ? nullptr : fix->second, truth));
  }
  return errors;
}

}  // namespace perilune::tools
