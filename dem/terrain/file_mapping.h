#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>

namespace perilune::dem {

/// A whole file in the address space: its pages come from the disk when they are touched and go when memory
/// is short. The file must not be changed or cut while it is mapped; replacing it by rename is safe.
class FileMapping {
 public:
  /// Read-only. Throws DataError naming the path: missing, not a regular file, empty.
  static std::shared_ptr<FileMapping> Open(const std::filesystem::path& path);
  /// A new file of `bytes` bytes for writing, whose place on the disk is taken at once: afterwards a full
  /// disk cannot stop a write. Throws WriteError naming `target`, the file that `path` is a temporary of.
  static std::shared_ptr<FileMapping> Create(const std::filesystem::path& path, std::size_t bytes,
                                             const std::filesystem::path& target);
  ~FileMapping();
  FileMapping(const FileMapping&) = delete;
  FileMapping& operator=(const FileMapping&) = delete;

  std::byte* data() const { return data_; }
  std::size_t size() const { return size_; }
  /// Waits until what was written is on the disk. Throws WriteError naming `target`.
  void Flush(const std::filesystem::path& target) const;

 private:
  FileMapping(int descriptor, std::byte* data, std::size_t size)
      : descriptor_(descriptor), data_(data), size_(size) {}

  int descriptor_;
  std::byte* data_;
  std::size_t size_;
};

}  // namespace perilune::dem
