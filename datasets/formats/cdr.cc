#include "datasets/formats/cdr.h"

#include <limits>

namespace perilune::datasets {

std::uint32_t CdrWriter::Count(std::size_t count) {
  if (count > std::numeric_limits<std::uint32_t>::max()) {
    throw std::invalid_argument("CDR: a sequence has more than 2^32 elements");
  }
  return static_cast<std::uint32_t>(count);
}

void CdrWriter::operator()(const std::string& text) {
  (*this)(Count(text.size() + 1));
  bytes_ += text;
  bytes_ += '\0';
}

CdrReader::CdrReader(std::string_view bytes) {
  if (bytes.size() < 4) throw std::invalid_argument("CDR: the message has no encapsulation");
  if (bytes[0] != 0 || bytes[1] != 1) {
    throw std::invalid_argument("CDR: the message is no plain little-endian CDR (encapsulation " +
                                std::to_string(static_cast<unsigned char>(bytes[0])) + ", " +
                                std::to_string(static_cast<unsigned char>(bytes[1])) + ")");
  }
  bytes_ = bytes.substr(4);
}

void CdrReader::operator()(std::string& text) {
  std::uint32_t size = 0;
  (*this)(size);
  const std::string_view raw = Take(size);
  // Some writers give an empty text no closing zero.
  if (!raw.empty() && raw.back() != '\0') throw std::invalid_argument("CDR: a text has no closing zero");
  text = raw.substr(0, raw.empty() ? 0 : raw.size() - 1);
}

std::string_view CdrReader::Take(std::uint64_t size) {
  if (size > bytes_.size() - at_) throw std::invalid_argument("CDR: the message ends inside a field");
  const std::string_view raw = bytes_.substr(at_, size);
  at_ += size;
  return raw;
}

void CdrReader::Align(std::size_t size) { Take((size - at_ % size) % size); }

}  // namespace perilune::datasets
