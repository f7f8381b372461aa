#include "dem/io/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "dem/io/data_error.h"

namespace perilune::dem {
namespace {

/// An open file descriptor; closed and, unless it was renamed away, unlinked at the end of the scope.
class Temporary {
 public:
  Temporary(const std::filesystem::path& target, const std::filesystem::path& temporary)
      : target_(target), temporary_(temporary) {
    descriptor_ = open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor_ < 0) Fail("cannot create it");
  }
  ~Temporary() {
    if (descriptor_ >= 0) close(descriptor_);
    if (!renamed_) unlink(temporary_.c_str());
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;

  void Write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = write(descriptor_, bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) Fail("cannot write it");
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    if (fsync(descriptor_) != 0) Fail("cannot flush it");
    const int descriptor = descriptor_;
    descriptor_ = -1;
    if (close(descriptor) != 0) Fail("cannot close it");
  }

  void Rename() {
    if (rename(temporary_.c_str(), target_.c_str()) != 0) Fail("cannot put it in place");
    renamed_ = true;
  }

 private:
  // The destructor does not run when the constructor throws, but then there is no file either.
  [[noreturn]] void Fail(const char* what) const {
    throw WriteError(target_, std::string(what) + ": " + std::strerror(errno));
  }

  std::filesystem::path target_;
  std::filesystem::path temporary_;
  int descriptor_ = -1;
  bool renamed_ = false;
};

}  // namespace

void WriteFileAtomically(const std::filesystem::path& path, std::string_view bytes) {
  Temporary temporary(path, TemporaryBeside(path));
  temporary.Write(bytes);
  temporary.Rename();
}

std::filesystem::path TemporaryBeside(const std::filesystem::path& path) {
  return path.parent_path() / ("." + path.filename().string() + ".tmp" + std::to_string(getpid()));
}

void SyncToDisk(const std::filesystem::path& temporary, const std::filesystem::path& path) {
  const int descriptor = open(temporary.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = descriptor >= 0 && fsync(descriptor) == 0;
  const int error = errno;
  if (descriptor >= 0) close(descriptor);
  if (!synced) throw WriteError(path, std::string("cannot flush it: ") + std::strerror(error));
}

}  // namespace perilune::dem
