#include "dem/terrain/file_mapping.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "dem/io/data_error.h"

namespace perilune::dem {
namespace {

/// Closes the file unless it was handed on.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }
  int Release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

std::string Reason(const char* what, int error) { return std::string(what) + ": " + std::strerror(error); }

}  // namespace

std::shared_ptr<FileMapping> FileMapping::Open(const std::filesystem::path& path) {
  Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (file.number() < 0 || fstat(file.number(), &status) != 0) {
    throw DataError(path, Reason("cannot be opened", errno));
  }
  if (!S_ISREG(status.st_mode)) throw DataError(path, "not a regular file");
  if (status.st_size == 0) throw DataError(path, "it is empty");
  const auto size = static_cast<std::size_t>(status.st_size);
  void* data = mmap(nullptr, size, PROT_READ, MAP_SHARED, file.number(), 0);
  if (data == MAP_FAILED) throw DataError(path, Reason("cannot be mapped into memory", errno));
  return std::shared_ptr<FileMapping>(new FileMapping(file.Release(), static_cast<std::byte*>(data), size));
}

std::shared_ptr<FileMapping> FileMapping::Create(const std::filesystem::path& path, std::size_t bytes,
                                                 const std::filesystem::path& target) {
  Descriptor file(open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (file.number() < 0) throw WriteError(target, Reason("cannot create it", errno));
  const auto fail = [&](const char* what, int error) {
    unlink(path.c_str());
    throw WriteError(target, Reason(what, error));
  };
  int error = EINTR;
  while (error == EINTR) error = posix_fallocate(file.number(), 0, static_cast<off_t>(bytes));
  if (error != 0) fail("cannot write it", error);
  void* data = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.number(), 0);
  if (data == MAP_FAILED) fail("cannot be mapped into memory", errno);
  return std::shared_ptr<FileMapping>(new FileMapping(file.Release(), static_cast<std::byte*>(data), bytes));
}

FileMapping::~FileMapping() {
  munmap(data_, size_);
  close(descriptor_);
}

void FileMapping::Flush(const std::filesystem::path& target) const {
  if (msync(data_, size_, MS_SYNC) != 0 || fsync(descriptor_) != 0) {
    throw WriteError(target, Reason("cannot flush it", errno));
  }
}

}  // namespace perilune::dem
