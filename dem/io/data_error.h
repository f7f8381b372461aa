#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>

namespace perilune::dem {

/// A file, a format or data that cannot be used: exit code 2. The message is one line: path, what is wrong,
/// the fix.
class DataError : public std::runtime_error {
 public:
  DataError(const std::filesystem::path& path, const std::string& what)
      : std::runtime_error(path.string() + ": " + what) {}
};

/// A write that failed (disk full, permission): exit code 1.
class WriteError : public std::runtime_error {
 public:
  WriteError(const std::filesystem::path& path, const std::string& what)
      : std::runtime_error(path.string() + ": " + what) {}
};

}  // namespace perilune::dem
