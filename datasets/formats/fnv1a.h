#pragma once

#include <bit>
#include <cstdint>
#include <string_view>

namespace perilune::datasets {

/// FNV-1a (Fowler, Noll, Vo; 64 bits): names data, with no protection against intent.
class Fnv1a {
 public:
  /// Integers, least significant byte first.
  template <typename Word>
  void Add(Word word) {
    for (std::size_t byte = 0; byte < sizeof word; ++byte) AddByte((word >> (8 * byte)) & 0xFF);
  }
  void Add(double number) { Add(std::bit_cast<std::uint64_t>(number)); }
  void Add(std::string_view bytes) {
    for (const char byte : bytes) AddByte(static_cast<unsigned char>(byte));
  }
  std::uint64_t value() const { return hash_; }

 private:
  void AddByte(std::uint64_t byte) { hash_ = (hash_ ^ byte) * 1'099'511'628'211ULL; }

  std::uint64_t hash_ = 14'695'981'039'346'656'037ULL;
};

}  // namespace perilune::datasets
