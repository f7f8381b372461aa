#pragma once

#include <memory>
#include <vector>

#include "nav/estimation/window_factor.h"
#include "nav/estimation/window_system.h"

namespace perilune::nav {

struct WindowSolveOptions {
  int max_iterations = 10;
  /// Relative change of the cost below which the window counts as solved.
  double function_tolerance = 1e-9;
};

struct WindowSolveReport {
  bool usable = true;  ///< the solver did not fail; if it did, the values are as they were
  int iterations = 0;
  double initial_cost = 0, final_cost = 0;  ///< half of the squared residuals
};

/// A factor and the keyframe, or the two neighbours, that it speaks of.
struct WindowEntry {
  int first = 0;
  bool two = false;
  std::unique_ptr<Factor> factor;
};

/// Keyframes in time order, what they share, and the factors between them: the least-squares problem of the
/// smoother, its solution, and what it leaves behind.
class Window {
 public:
  /// One keyframe with the prior knowledge that the first factor holds.
  Window(const Keyframe& first, const SharedStates& shared, const JointMatrix& covariance);

  /// Puts a keyframe into its place in time and returns its index. Factors between its neighbours are
  /// removed: the caller gives those to the new keyframe instead. Not before the first one.
  int Insert(const Keyframe& keyframe);
  void Add(int first, bool two, std::unique_ptr<Factor> factor);

  const std::vector<Keyframe>& keyframes() const { return keyframes_; }
  const SharedStates& shared() const { return shared_; }
  std::vector<WindowEntry>& entries() { return entries_; }
  const std::vector<WindowEntry>& entries() const { return entries_; }

  /// Levenberg-Marquardt of all values (Ceres, sparse normal equations, eliminated in the order of time and
  /// the shared states last, one thread).
  WindowSolveReport Solve(const WindowSolveOptions& options);
  /// One keyframe with the shared states, everything else marginalised: the mean is against their values.
  JointGaussian Marginal(int keyframe) const;
  /// Takes the oldest keyframe and its factors out and leaves a dense prior on the next one and the shared
  /// states (Schur's complement). Those keep the values of this moment for the derivatives of the factors
  /// that the next keyframe still has (first estimates), so that what is not observable stays so.
  void MarginaliseOldest();

 private:
  friend class WindowProblem;
  FactorEnds EndsOf(const WindowEntry& entry) const;
  FactorEnds DerivativeEndsOf(const WindowEntry& entry) const;

  std::vector<Keyframe> keyframes_;
  SharedStates shared_;
  std::vector<WindowEntry> entries_;
  bool has_first_estimate_ = false;  ///< of keyframe 0, after a marginalisation
  Keyframe first_estimate_;
  SharedStates shared_estimate_;
};

}  // namespace perilune::nav
