#pragma once

#include <string>
#include <vector>

#include "nav/fix/fix_covariance.h"
#include "tools/covariance_fit/declared_pose.h"

namespace perilune::tools {

/// Sum of the logarithms of the Gaussian densities of the poses' errors in six dimensions, attitudes in rad,
/// positions in units of the pose's pixel_m (a change of unit adds a constant).
double LogLikelihood(const std::vector<DeclaredPose>& poses, const nav::MatchErrorModel& model);

/// A constant of the model that can be fitted: all are positive.
struct ModelConstant {
  const char* name;
  double nav::MatchErrorModel::*value;
};

/// All but declared_counts_as, which moves the pose itself, and least_own_variance.
const std::vector<ModelConstant>& FittedConstants();

/// The model under which the poses are the likeliest, found from `start` by quasi-Newton steps in the
/// logarithms of the constants, those in `held` left as they are. Throws std::invalid_argument for a name
/// that is none, std::runtime_error where nothing is found.
nav::MatchErrorModel FitModel(const std::vector<DeclaredPose>& poses, const nav::MatchErrorModel& start,
                              const std::vector<std::string>& held);

/// Markdown: constants before and after with their likelihoods, and for each group the poses' NEES (mean over
/// units of the units' means, and the median of all) by both.
std::string FitTable(const std::vector<DeclaredPose>& poses, const nav::MatchErrorModel& before,
                     const nav::MatchErrorModel& after);

}  // namespace perilune::tools
