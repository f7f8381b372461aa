#include "dem/craters/crater_file.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <stdexcept>
#include <string_view>

#include "dem/io/atomic_file.h"
#include "dem/io/data_error.h"

namespace perilune::dem {
namespace {

static_assert(std::endian::native == std::endian::little, "crater files are written as memory has them");

constexpr std::string_view kCraterMagic = "PERICRAT";
constexpr std::uint32_t kCraterFileVersion = 1;
constexpr std::uint32_t kLongestName = 1000;

struct CraterFileHeader {
  std::array<char, 8> magic;
  std::uint32_t version;
  std::uint32_t name_bytes;
  std::uint64_t craters;
};
static_assert(sizeof(CraterFileHeader) == 24);

struct CraterRecord {
  std::int64_t id;
  double latitude_rad, longitude_rad;
  float height_m, semi_major_m, semi_minor_m, azimuth_rad;
  float depth_m;  // NaN: not known
  float sigma_m;
};
static_assert(sizeof(CraterRecord) == 48);

CraterRecord ToRecord(const Crater& c) {
  const auto narrow = [](double value) { return static_cast<float>(value); };
  return {c.id,
          c.centre.latitude_rad,
          c.centre.longitude_rad,
          narrow(c.height_m),
          narrow(c.semi_major_m),
          narrow(c.semi_minor_m),
          narrow(c.azimuth_rad),
          c.depth_m ? narrow(*c.depth_m) : std::numeric_limits<float>::quiet_NaN(),
          narrow(c.sigma_m)};
}

Crater FromRecord(const CraterRecord& r) {
  Crater crater;
  crater.id = r.id;
  crater.centre = {r.latitude_rad, r.longitude_rad};
  crater.height_m = static_cast<double>(r.height_m);
  crater.semi_major_m = static_cast<double>(r.semi_major_m);
  crater.semi_minor_m = static_cast<double>(r.semi_minor_m);
  crater.azimuth_rad = static_cast<double>(r.azimuth_rad);
  if (!std::isnan(r.depth_m)) crater.depth_m = static_cast<double>(r.depth_m);
  crater.sigma_m = static_cast<double>(r.sigma_m);
  return crater;
}

std::uint32_t CrcOf(std::uint32_t crc, const void* bytes, std::size_t count) {
  return static_cast<std::uint32_t>(crc32_z(crc, static_cast<const Bytef*>(bytes), count));
}

/// Reads in turn and keeps the CRC of what was read.
class CraterFileReader {
 public:
  explicit CraterFileReader(const std::filesystem::path& path)
      : path_(path), stream_(path, std::ios::binary) {
    if (!std::filesystem::is_regular_file(path) || !stream_) throw DataError(path, "cannot be opened");
  }

  void Take(void* into, std::size_t count) {
    stream_.read(static_cast<char*>(into), static_cast<std::streamsize>(count));
    if (static_cast<std::size_t>(stream_.gcount()) != count) throw DataError(path_, "crater file cut off");
    crc_ = CrcOf(crc_, into, count);
  }

  std::uint32_t crc() const { return crc_; }

 private:
  const std::filesystem::path& path_;
  std::ifstream stream_;
  std::uint32_t crc_ = 0;
};

/// The header, once the file's size is what it says.
CraterFileHeader TakeHeader(CraterFileReader& reader, const std::filesystem::path& path) {
  CraterFileHeader header{};
  reader.Take(&header, sizeof header);
  if (std::string_view(header.magic.data(), header.magic.size()) != kCraterMagic) {
    throw DataError(path, "is no crater file");
  }
  if (header.version != kCraterFileVersion) {
    throw DataError(path, "is a crater file of version " + std::to_string(header.version) +
                              ", not 1: import the catalogue again");
  }
  const std::uint64_t bytes = std::filesystem::file_size(path);
  const std::uint64_t frame = sizeof header + std::uint64_t{header.name_bytes} + sizeof(std::uint32_t);
  if (header.name_bytes > kLongestName || bytes < frame ||
      header.craters != (bytes - frame) / sizeof(CraterRecord) ||
      (bytes - frame) % sizeof(CraterRecord) != 0) {
    throw DataError(path, "crater file of the wrong size: cut, or damaged");
  }
  return header;
}

}  // namespace

bool IsCraterFile(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::array<char, 8> magic{};
  stream.read(magic.data(), magic.size());
  return stream && std::string_view(magic.data(), magic.size()) == kCraterMagic;
}

void WriteCraterFile(const std::filesystem::path& path, const CraterCatalog& catalog) {
  if (catalog.name.size() > kLongestName) {
    throw std::invalid_argument("name of a crater catalogue: longer than 1000 bytes");
  }
  CraterFileHeader header{
      {}, kCraterFileVersion, static_cast<std::uint32_t>(catalog.name.size()), catalog.craters.size()};
  std::memcpy(header.magic.data(), kCraterMagic.data(), kCraterMagic.size());
  std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
  bytes.reserve(sizeof header + catalog.name.size() + catalog.craters.size() * sizeof(CraterRecord) + 4);
  bytes += catalog.name;
  for (const Crater& crater : catalog.craters) {
    const CraterRecord record = ToRecord(crater);
    bytes.append(reinterpret_cast<const char*>(&record), sizeof record);
  }
  const std::uint32_t crc = CrcOf(0, bytes.data(), bytes.size());
  bytes.append(reinterpret_cast<const char*>(&crc), sizeof crc);
  WriteFileAtomically(path, bytes);
}

CraterCatalog ReadCraterFile(const std::filesystem::path& path) {
  CraterFileReader reader(path);
  const CraterFileHeader header = TakeHeader(reader, path);
  CraterCatalog catalog;
  catalog.name.resize(header.name_bytes);
  reader.Take(catalog.name.data(), catalog.name.size());
  catalog.craters.reserve(header.craters);
  constexpr std::size_t kAtOnce = 4096;
  std::vector<CraterRecord> records;
  while (catalog.craters.size() < header.craters) {
    records.resize(std::min<std::size_t>(kAtOnce, header.craters - catalog.craters.size()));
    reader.Take(records.data(), records.size() * sizeof(CraterRecord));
    for (const CraterRecord& record : records) catalog.craters.push_back(FromRecord(record));
  }
  const std::uint32_t expected = reader.crc();
  std::uint32_t crc = 0;
  reader.Take(&crc, sizeof crc);
  if (crc != expected) throw DataError(path, "crater file is damaged: its checksum does not fit");
  return catalog;
}

}  // namespace perilune::dem
