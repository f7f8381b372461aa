#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

namespace perilune::datasets {

static_assert(std::endian::native == std::endian::little,
              "MCAP and CDR are written little-endian as they lie");

/// Builds the fields of a record: little-endian numbers, strings and maps behind a 32-bit length in bytes.
class McapBytes {
 public:
  template <typename Number>
  McapBytes& Add(Number number) {
    bytes_.append(reinterpret_cast<const char*>(&number), sizeof number);
    return *this;
  }
  McapBytes& AddText(std::string_view text) {
    Add(static_cast<std::uint32_t>(text.size()));
    bytes_ += text;
    return *this;
  }
  McapBytes& AddRaw(std::string_view raw) {
    bytes_ += raw;
    return *this;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

/// Takes the fields of a record in turn. Throws std::invalid_argument where the record ends before a field
/// does: sizes are checked against what is there before anything is copied.
class McapFields {
 public:
  explicit McapFields(std::string_view bytes) : rest_(bytes) {}

  template <typename Number>
  Number Take() {
    Number number;
    std::memcpy(&number, TakeRaw(sizeof number).data(), sizeof number);
    return number;
  }
  std::string_view TakeText() { return TakeRaw(Take<std::uint32_t>()); }
  std::string_view TakeRaw(std::uint64_t size) {
    if (size > rest_.size()) throw std::invalid_argument("a record ends inside a field");
    const std::string_view raw = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return raw;
  }
  std::string_view rest() const { return rest_; }
  bool AtEnd() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

}  // namespace perilune::datasets
