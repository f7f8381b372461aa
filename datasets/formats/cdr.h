#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace perilune::datasets {

// The encoding of ROS 2 messages: Common Data Representation (OMG DDSI-RTPS, DDS-XTypes' XCDR1). Four bytes
// of encapsulation (0, 1: plain, little-endian; two of options), then the fields: numbers aligned to their
// own size, counted from behind the encapsulation; texts behind their length with the closing zero; sequences
// behind their count. Both directions take a message's fields in the same order, through operator().

class CdrWriter {
 public:
  template <typename Number>
  requires std::is_arithmetic_v<Number>
  void operator()(const Number& number) {
    Align(sizeof number);
    bytes_.append(reinterpret_cast<const char*>(&number), sizeof number);
  }
  void operator()(const std::string& text);
  template <typename Number, std::size_t N>
  void operator()(const std::array<Number, N>& numbers) {
    for (const Number& number : numbers) (*this)(number);
  }
  template <typename Number>
  void operator()(const std::vector<Number>& numbers) {
    (*this)(Count(numbers.size()));
    if (numbers.empty()) return;
    Align(sizeof(Number));
    bytes_.append(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(Number));
  }
  /// A last field that older versions of a message do not have.
  template <typename Number>
  void Optional(const Number& number) {
    (*this)(number);
  }
  const std::string& bytes() const { return bytes_; }

 private:
  static std::uint32_t Count(std::size_t count);
  void Align(std::size_t size) {
    bytes_.append((size - (bytes_.size() - kEncapsulation) % size) % size, '\0');
  }

  static constexpr std::size_t kEncapsulation = 4;
  std::string bytes_ = std::string("\0\1\0\0", kEncapsulation);
};

/// Throws std::invalid_argument: another encapsulation, bytes that end inside a field, a text without its
/// closing zero, a bool that is neither 0 nor 1. Sizes are checked against what is there before anything is
/// allocated.
class CdrReader {
 public:
  explicit CdrReader(std::string_view bytes);

  template <typename Number>
  requires std::is_arithmetic_v<Number>
  void operator()(Number& number) {
    Align(sizeof number);
    if constexpr (std::is_same_v<Number, bool>) {
      const char value = Take(1).front();
      if (value != 0 && value != 1) throw std::invalid_argument("CDR: a bool is neither 0 nor 1");
      number = value == 1;
    } else {
      std::memcpy(&number, Take(sizeof number).data(), sizeof number);
    }
  }
  void operator()(std::string& text);
  template <typename Number, std::size_t N>
  void operator()(std::array<Number, N>& numbers) {
    for (Number& number : numbers) (*this)(number);
  }
  template <typename Number>
  void operator()(std::vector<Number>& numbers) {
    std::uint32_t count = 0;
    (*this)(count);
    numbers.clear();
    if (count == 0) return;
    Align(sizeof(Number));
    const std::string_view raw = Take(std::uint64_t{count} * sizeof(Number));
    numbers.resize(count);
    std::memcpy(numbers.data(), raw.data(), raw.size());
  }
  /// Left as it is where the message ends before it.
  template <typename Number>
  void Optional(Number& number) {
    if (at_ < bytes_.size()) (*this)(number);
  }

 private:
  std::string_view Take(std::uint64_t size);
  void Align(std::size_t size);

  std::string_view bytes_;  ///< behind the encapsulation
  std::size_t at_ = 0;
};

}  // namespace perilune::datasets
