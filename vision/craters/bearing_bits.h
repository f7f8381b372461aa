#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace perilune::vision {

/// A bit for each of 128 bearings.
struct Bearings {
  std::uint64_t low = 0, high = 0;

  Bearings operator&(const Bearings& o) const { return {low & o.low, high & o.high}; }
  Bearings operator|(const Bearings& o) const { return {low | o.low, high | o.high}; }
  Bearings operator^(const Bearings& o) const { return {low ^ o.low, high ^ o.high}; }
  Bearings operator~() const { return {~low, ~high}; }
  /// Any bit.
  bool Any() const { return (low | high) != 0; }

  /// Each bit by so many places (0 to 127) to lower ones, around.
  Bearings TurnedBack(int by) const {
    const Bearings from = by < 64 ? *this : Bearings{high, low};
    const int rest = by & 63;
    if (rest == 0) return from;
    return {from.low >> rest | from.high << (64 - rest), from.high >> rest | from.low << (64 - rest)};
  }
};

/// A number of up to 31 for each bearing, by binary digits: all are added to at once.
class BearingCounts {
 public:
  void Add(Bearings one) {
    for (Bearings& digit : digits_) {
      const Bearings carry = digit & one;
      digit = digit ^ one;
      one = carry;
    }
  }

  /// Over the bearings.
  double Mean() const {
    int sum = 0;
    for (std::size_t d = 0; d < digits_.size(); ++d) {
      sum += (std::popcount(digits_[d].low) + std::popcount(digits_[d].high)) << d;
    }
    return sum / 128.0;
  }

  /// Where they are at least `least`, 0 to 31.
  Bearings AtLeast(unsigned least) const {
    Bearings more, equal{~std::uint64_t{0}, ~std::uint64_t{0}};
    for (std::size_t d = digits_.size(); d-- > 0;) {
      if (least >> d & 1U) {
        equal = equal & digits_[d];
      } else {
        more = more | (equal & digits_[d]);
        equal = equal & ~digits_[d];
      }
    }
    return more | equal;
  }

 private:
  std::array<Bearings, 5> digits_;
};

}  // namespace perilune::vision
