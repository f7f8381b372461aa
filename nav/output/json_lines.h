#pragma once

#include <cstdint>
#include <string>

#include "nav/fix/fix.h"
#include "nav/landing/landing_sites.h"

namespace perilune::nav {

// JSON Lines for the landing controller: one object, one line, ending in "\n". Units and frames as in the
// member names; numbers round-trip; NaN and infinity are null.

/// {"type": "fix", "t_ns", "status", "reason", …}; pose and covariances only when the fix has a pose,
/// covariance_absolute only when it is known. Covariances: 6 × 6 row-major, dem/frames/pose.h.
std::string EncodeFixJsonLine(const Fix& fix);

/// {"type": "landing_site", "t_ns", "rank", …}
std::string EncodeLandingSiteJsonLine(const LandingSite& site, std::int64_t t_ns);

/// A line a site; without one the single line {"type": "no_landing_site", "t_ns", "status", "least_bad":
/// {…}}, whose last member is there with status no_safe_site and has what a site has but a rank.
std::string EncodeLandingChoiceJsonLines(const LandingChoice& choice, std::int64_t t_ns);

}  // namespace perilune::nav
