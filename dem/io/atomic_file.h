#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace perilune::dem {

/// Writes bytes through a hidden temporary beside the target: write, fsync, close, check, rename. On failure
/// the temporary is removed, an older target stays as it was, and WriteError is thrown.
void WriteFileAtomically(const std::filesystem::path& path, std::string_view bytes);

/// The hidden temporary name beside `path` (".name.tmp<pid>"), for writers that need a path of their own.
std::filesystem::path TemporaryBeside(const std::filesystem::path& path);

/// Flushes a closed temporary to the disk. Throws WriteError, which names the target `path`.
void SyncToDisk(const std::filesystem::path& temporary, const std::filesystem::path& path);

}  // namespace perilune::dem
