#include "dem/terrain/terrain_file_header.h"

#include <zlib.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <type_traits>

#include "dem/io/data_error.h"

namespace perilune::dem {
namespace {

constexpr std::uint32_t kVersion = 1;
constexpr std::uint32_t kByteOrder = 0x01020304;
constexpr std::size_t kPage = 4096;
constexpr std::uint32_t kMostLevels = 64;
constexpr std::int32_t kLargestSide = 1 << 24;

std::size_t WholePages(std::size_t bytes) { return (bytes + kPage - 1) / kPage * kPage; }

// Header fields in the order of the file; ReadFields mirrors it.
class FieldWriter {
 public:
  template <typename T>
  void Add(T value) {
    static_assert(std::is_arithmetic_v<T>);
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void AddName(const std::string& name) {
    Add(static_cast<std::uint32_t>(name.size()));
    bytes_ += name;
    bytes_.append(kLongestLevelName + 1 - name.size(), '\0');
  }
  std::string& bytes() { return bytes_; }

 private:
  std::string bytes_;
};

class FieldReader {
 public:
  FieldReader(std::string_view bytes, const std::filesystem::path& path) : bytes_(bytes), path_(path) {}

  template <typename T>
  T Take() {
    if (bytes_.size() - at_ < sizeof(T)) throw DataError(path_, "terrain file cut off within its header");
    T value;
    std::memcpy(&value, bytes_.data() + at_, sizeof value);
    at_ += sizeof value;
    return value;
  }
  std::string TakeName() {
    const auto length = Take<std::uint32_t>();
    if (length > kLongestLevelName || bytes_.size() - at_ < kLongestLevelName + 1) {
      throw DataError(path_, "damaged header: a level's name does not fit");
    }
    std::string name(bytes_.substr(at_, length));
    at_ += kLongestLevelName + 1;
    return name;
  }
  std::size_t at() const { return at_; }

 private:
  std::string_view bytes_;
  const std::filesystem::path& path_;
  std::size_t at_ = 0;
};

std::uint32_t Crc32(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

void AddLevel(FieldWriter& fields, const PlannedLevel& level) {
  const TerrainLevel& d = level.description;
  fields.Add(static_cast<std::int32_t>(level.width));
  fields.Add(static_cast<std::int32_t>(level.height));
  for (const double value :
       {d.x0_m, d.y0_m, d.spacing_m, d.height_sigma_m, d.height_correlation_m, d.albedo}) {
    fields.Add(value);
  }
  fields.Add(static_cast<std::uint32_t>(level.has_albedo_grid ? 1 : 0));
  fields.AddName(d.name);
}

PlannedLevel TakeLevel(FieldReader& fields) {
  PlannedLevel level;
  TerrainLevel& d = level.description;
  level.width = fields.Take<std::int32_t>();
  level.height = fields.Take<std::int32_t>();
  for (double* value :
       {&d.x0_m, &d.y0_m, &d.spacing_m, &d.height_sigma_m, &d.height_correlation_m, &d.albedo}) {
    *value = fields.Take<double>();
  }
  level.has_albedo_grid = fields.Take<std::uint32_t>() != 0;
  d.name = fields.TakeName();
  return level;
}

void CheckLevel(const PlannedLevel& level, const std::filesystem::path& path) {
  const TerrainLevel& d = level.description;
  if (level.width < 2 || level.height < 2 || level.width > kLargestSide || level.height > kLargestSide ||
      !(d.spacing_m > 0) || !std::isfinite(d.spacing_m) || !std::isfinite(d.x0_m) || !std::isfinite(d.y0_m)) {
    throw DataError(path, "damaged header: level '" + d.name + "' has no possible shape");
  }
}

// The part before the CRC.
std::string Fields(const TerrainFileHeader& header) {
  FieldWriter fields;
  fields.bytes() = kTerrainMagic;
  fields.Add(kByteOrder);
  fields.Add(kVersion);
  fields.Add(header.site.origin.latitude_rad);
  fields.Add(header.site.origin.longitude_rad);
  for (int row = 0; row < 3; ++row) {
    for (int col = 0; col < 4; ++col) fields.Add(header.site.moon_from_site(row, col));
  }
  fields.Add(static_cast<std::uint32_t>(header.levels.size()));
  for (const PlannedLevel& level : header.levels) AddLevel(fields, level);
  return fields.bytes();
}

}  // namespace

TerrainFileLayout LayoutOf(const std::vector<PlannedLevel>& levels) {
  TerrainFileLayout layout;
  std::size_t next = WholePages(Fields({Site{}, levels}).size() + sizeof(std::uint32_t));
  const auto take = [&next](std::size_t cells) {
    const std::size_t first = next;
    next += WholePages(cells * sizeof(float));
    return first;
  };
  for (const PlannedLevel& level : levels) {
    LevelPlace place;
    const std::size_t cells = static_cast<std::size_t>(level.width) * level.height;
    place.heights = take(cells);
    if (level.has_albedo_grid) place.albedo = take(cells);
    place.mips = HeightPyramid::MipsFor(level.width, level.height);
    for (const HeightPyramid::Mip& mip : place.mips) {
      place.mip_max.push_back(take(mip.Count()));
      place.mip_min.push_back(take(mip.Count()));
    }
    layout.levels.push_back(std::move(place));
  }
  layout.file_bytes = next;
  return layout;
}

std::string EncodeHeader(const TerrainFileHeader& header) {
  if (header.levels.size() > kMostLevels) throw std::invalid_argument("terrain file: more than 64 levels");
  for (const PlannedLevel& level : header.levels) {
    if (level.description.name.size() > kLongestLevelName) {
      throw std::invalid_argument("terrain level '" + level.description.name + "': its name is longer than " +
                                  std::to_string(kLongestLevelName) + " bytes");
    }
  }
  FieldWriter fields;
  fields.bytes() = Fields(header);
  fields.Add(Crc32(fields.bytes()));
  fields.bytes().resize(WholePages(fields.bytes().size()), '\0');
  return fields.bytes();
}

TerrainFileHeader DecodeHeader(std::string_view file, const std::filesystem::path& path) {
  if (file.substr(0, kTerrainMagic.size()) != kTerrainMagic) throw DataError(path, "not a terrain file");
  FieldReader fields(file, path);
  for (std::size_t i = 0; i < kTerrainMagic.size(); ++i) fields.Take<char>();
  if (fields.Take<std::uint32_t>() != kByteOrder) {
    throw DataError(path, "terrain file of a machine with another byte order: write it again on this one");
  }
  if (const auto version = fields.Take<std::uint32_t>(); version != kVersion) {
    throw DataError(path, "terrain file of version " + std::to_string(version) + ", this program reads " +
                              std::to_string(kVersion) + ": write it again");
  }
  TerrainFileHeader header;
  header.site.origin.latitude_rad = fields.Take<double>();
  header.site.origin.longitude_rad = fields.Take<double>();
  for (int row = 0; row < 3; ++row) {
    for (int col = 0; col < 4; ++col) header.site.moon_from_site(row, col) = fields.Take<double>();
  }
  const auto levels = fields.Take<std::uint32_t>();
  if (levels < 1 || levels > kMostLevels) throw DataError(path, "damaged header: impossible count of levels");
  for (std::uint32_t i = 0; i < levels; ++i) header.levels.push_back(TakeLevel(fields));
  const std::uint32_t expected = Crc32(file.substr(0, fields.at()));
  if (fields.Take<std::uint32_t>() != expected) throw DataError(path, "damaged header: its CRC does not fit");
  for (const PlannedLevel& level : header.levels) CheckLevel(level, path);
  return header;
}

}  // namespace perilune::dem
