#pragma once

#include <filesystem>
#include <string_view>

#include "dem/io/data_error.h"
#include "tests/support/temp_folder.h"

namespace perilune::test {

/// Bytes as a file in memory, for readers that take a path.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view bytes);
  ~MemoryFile();
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  int descriptor_ = -1;
  std::filesystem::path path_;
};

/// The one way to say no that a reader of files has. Anything else is a finding.
template <typename Read>
void AllowDataError(const Read& read) {
  try {
    read();
  } catch (const dem::DataError&) {
  }
}

/// Takes the first byte as a number below `count`, for targets with several readers.
inline unsigned TakeChoice(std::string_view& bytes, unsigned count) {
  if (bytes.empty()) return 0;
  const auto first = static_cast<unsigned char>(bytes.front());
  bytes.remove_prefix(1);
  // Digits, so that a corpus can be written by hand.
  return (first >= '0' ? first - '0' : first) % count;
}

}  // namespace perilune::test
