#include "nav/estimation/window.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "dem/linear/symmetric_solve.h"

namespace perilune::nav {

Window::Window(const Keyframe& first, const SharedStates& shared, const JointMatrix& covariance)
    : keyframes_{first}, shared_(shared) {
  const auto whitening = dem::WhiteningOf(covariance);
  if (!whitening) throw std::invalid_argument("window: the first covariance is not positive definite");
  Add(0, false, std::make_unique<PriorFactor>(first, shared, *whitening, JointVector::Zero()));
}

int Window::Insert(const Keyframe& keyframe) {
  const auto later = std::find_if(keyframes_.begin(), keyframes_.end(),
                                  [&](const Keyframe& k) { return k.t_ns > keyframe.t_ns; });
  if (later == keyframes_.begin()) {
    throw std::invalid_argument("window: a keyframe before the oldest one");
  }
  const int index = static_cast<int>(later - keyframes_.begin());
  keyframes_.insert(later, keyframe);
  std::erase_if(entries_, [&](const WindowEntry& e) { return e.two && e.first == index - 1; });
  for (WindowEntry& entry : entries_) {
    if (entry.first >= index) ++entry.first;
  }
  return index;
}

void Window::Add(int first, bool two, std::unique_ptr<Factor> factor) {
  if (first < 0 || first + (two ? 1 : 0) >= static_cast<int>(keyframes_.size())) {
    throw std::invalid_argument("window: a factor of a keyframe that is not there");
  }
  entries_.push_back({first, two, std::move(factor)});
}

FactorEnds Window::EndsOf(const WindowEntry& entry) const {
  const auto first = static_cast<std::size_t>(entry.first);
  return {&keyframes_[first], entry.two ? &keyframes_[first + 1] : nullptr, &shared_};
}

FactorEnds Window::DerivativeEndsOf(const WindowEntry& entry) const {
  FactorEnds ends = EndsOf(entry);
  if (!has_first_estimate_ || entry.first > 0) return ends;
  ends.first = &first_estimate_;
  ends.shared = &shared_estimate_;
  return ends;
}

JointGaussian Window::Marginal(int keyframe) const {
  WindowSystem system(static_cast<int>(keyframes_.size()));
  for (const WindowEntry& entry : entries_) {
    system.Add(entry.factor->Evaluate(EndsOf(entry), DerivativeEndsOf(entry)), entry.first, entry.two);
  }
  return ToGaussian(system.Marginal(keyframe));
}

void Window::MarginaliseOldest() {
  if (keyframes_.size() < 2) throw std::logic_error("window: the only keyframe cannot be marginalised");
  WindowSystem oldest(2);
  for (const WindowEntry& entry : entries_) {
    if (entry.first > 0) continue;
    oldest.Add(entry.factor->Evaluate(EndsOf(entry), DerivativeEndsOf(entry)), 0, entry.two);
  }
  const JointRoot root = ToRoot(oldest.Marginal(1));
  keyframes_.erase(keyframes_.begin());
  std::erase_if(entries_, [](const WindowEntry& e) { return e.first == 0; });
  for (WindowEntry& entry : entries_) --entry.first;
  has_first_estimate_ = true;
  first_estimate_ = keyframes_.front();
  shared_estimate_ = shared_;
  Add(0, false, std::make_unique<PriorFactor>(first_estimate_, shared_, root.root, root.offset));
}

}  // namespace perilune::nav
