#include "datasets/formats/run_tables.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "dem/io/data_error.h"

namespace perilune::datasets {

GrowingFile::GrowingFile(const std::filesystem::path& path) : path_(path) {
  descriptor_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
  if (descriptor_ < 0) Fail("cannot create it");
}

GrowingFile::~GrowingFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

void GrowingFile::Fail(const char* what) const {
  throw dem::WriteError(path_, std::string(what) + ": " + std::strerror(errno));
}

void GrowingFile::Append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(descriptor_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) Fail("cannot write it");
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

void GrowingFile::Close() {
  if (fsync(descriptor_) != 0) Fail("cannot flush it");
  const int descriptor = descriptor_;
  descriptor_ = -1;
  if (close(descriptor) != 0) Fail("cannot close it");
}

RunTables::RunTables(const std::filesystem::path& folder)
    : fixes_(folder / "fixes.csv"),
      states_(folder / "states.csv"),
      events_(folder / "events.csv"),
      trajectory_(folder / "trajectory.tum") {
  fixes_.Append(FixesHeader() + "\n");
  states_.Append(StatesHeader() + "\n");
  events_.Append(EventsHeader() + "\n");
}

void RunTables::Add(const StateRow& row) {
  states_.Append(EncodeRow(row));
  trajectory_.Append(EncodeTumLine(row));
}

void RunTables::Close() {
  for (GrowingFile* file : {&fixes_, &states_, &events_, &trajectory_}) file->Close();
}

}  // namespace perilune::datasets
