#include "dem/terrain/terrain_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <string>
#include <utility>

#include "dem/io/atomic_file.h"
#include "dem/io/data_error.h"
#include "dem/terrain/file_mapping.h"
#include "dem/terrain/height_pyramid.h"
#include "dem/terrain/level_join.h"
#include "dem/terrain/terrain_file_header.h"

namespace perilune::dem {
namespace {

Cells<float> MappedCells(const std::shared_ptr<FileMapping>& mapping, std::size_t offset, std::size_t count) {
  return {reinterpret_cast<float*>(mapping->data() + offset), count, mapping};
}

Grid<float> MappedGrid(const std::shared_ptr<FileMapping>& mapping, std::size_t offset, int width,
                       int height) {
  Grid<float> grid;
  grid.width = width;
  grid.height = height;
  grid.data = MappedCells(mapping, offset, static_cast<std::size_t>(width) * height);
  return grid;
}

// Levels and mips whose cells are those of the file.
struct MappedLevels {
  std::vector<TerrainLevel> levels;
  std::vector<std::vector<HeightPyramid::Mip>> mips;
};

MappedLevels MapLevels(const std::shared_ptr<FileMapping>& mapping, const std::vector<PlannedLevel>& planned,
                       const TerrainFileLayout& layout) {
  MappedLevels mapped;
  for (std::size_t i = 0; i < planned.size(); ++i) {
    const LevelPlace& place = layout.levels[i];
    TerrainLevel level = planned[i].description;
    level.z_m = MappedGrid(mapping, place.heights, planned[i].width, planned[i].height);
    if (place.albedo != 0) {
      level.albedo_grid = MappedGrid(mapping, place.albedo, planned[i].width, planned[i].height);
    }
    mapped.levels.push_back(std::move(level));
    std::vector<HeightPyramid::Mip> mips = HeightPyramid::MipsFor(planned[i].width, planned[i].height);
    for (std::size_t m = 0; m < mips.size(); ++m) {
      mips[m].max_m = MappedCells(mapping, place.mip_max[m], mips[m].Count());
      mips[m].min_m = MappedCells(mapping, place.mip_min[m], mips[m].Count());
    }
    mapped.mips.push_back(std::move(mips));
  }
  return mapped;
}

PlannedLevel PlanOf(const TerrainLevel& level) {
  PlannedLevel planned;
  planned.description.x0_m = level.x0_m;
  planned.description.y0_m = level.y0_m;
  planned.description.spacing_m = level.spacing_m;
  planned.description.height_sigma_m = level.height_sigma_m;
  planned.description.height_correlation_m = level.height_correlation_m;
  planned.description.albedo = level.albedo;
  planned.description.name = level.name;
  planned.width = level.z_m.width;
  planned.height = level.z_m.height;
  planned.has_albedo_grid = !level.albedo_grid.empty();
  return planned;
}

bool SamePlace(const PlannedLevel& a, const PlannedLevel& b) {
  return a.width == b.width && a.height == b.height && a.has_albedo_grid == b.has_albedo_grid &&
         a.description.x0_m == b.description.x0_m && a.description.y0_m == b.description.y0_m &&
         a.description.spacing_m == b.description.spacing_m;
}

}  // namespace

struct TerrainFileWriter::Impl {
  std::filesystem::path target;
  std::filesystem::path temporary;
  Site site;
  std::vector<PlannedLevel> planned;
  TerrainFileLayout layout;
  std::shared_ptr<FileMapping> mapping;
  MappedLevels mapped;
  bool renamed = false;

  ~Impl() {
    if (mapping != nullptr && !renamed) unlink(temporary.c_str());
  }

  const float* In(std::size_t offset) const {
    return reinterpret_cast<const float*>(mapping->data() + offset);
  }

  // Descriptions may have changed since they were planned, shapes and cells not.
  void CheckFilled() const {
    for (std::size_t i = 0; i < planned.size(); ++i) {
      const TerrainLevel& level = mapped.levels[i];
      const bool albedo_in_file =
          level.albedo_grid.empty() || level.albedo_grid.data.data() == In(layout.levels[i].albedo);
      if (!SamePlace(PlanOf(level), planned[i]) || level.z_m.data.data() != In(layout.levels[i].heights) ||
          !albedo_in_file) {
        throw std::invalid_argument("terrain level '" + level.name +
                                    "': its shape, place or cells are no longer those of the file");
      }
    }
  }

  void PutInPlace() {
    TerrainFileHeader header{site, {}};
    for (const TerrainLevel& level : mapped.levels) header.levels.push_back(PlanOf(level));
    const std::string bytes = EncodeHeader(header);
    std::memcpy(mapping->data(), bytes.data(), bytes.size());
    mapping->Flush(target);
    try {
      OpenTerrain(temporary);
    } catch (const DataError& error) {
      throw WriteError(target, std::string("what was written cannot be read back: ") + error.what());
    }
    if (rename(temporary.c_str(), target.c_str()) != 0) {
      throw WriteError(target, std::string("cannot put it in place: ") + std::strerror(errno));
    }
    renamed = true;
  }
};

TerrainFileWriter::TerrainFileWriter(const std::filesystem::path& path, const Site& site,
                                     const std::vector<PlannedLevel>& finest_first)
    : impl_(std::make_unique<Impl>()) {
  EncodeHeader({site, finest_first});  // refuses what cannot be written before the disk is filled
  impl_->target = path;
  impl_->temporary = TemporaryBeside(path);
  impl_->site = site;
  impl_->planned = finest_first;
  impl_->layout = LayoutOf(finest_first);
  impl_->mapping = FileMapping::Create(impl_->temporary, impl_->layout.file_bytes, path);
  impl_->mapped = MapLevels(impl_->mapping, finest_first, impl_->layout);
  CheckLevels(impl_->mapped.levels);
}

TerrainFileWriter::~TerrainFileWriter() = default;

TerrainLevel& TerrainFileWriter::Level(int index) { return impl_->mapped.levels.at(index); }

void TerrainFileWriter::Finish() {
  impl_->CheckFilled();
  JoinLevels(impl_->mapped.levels);
  for (std::size_t i = 0; i < impl_->mapped.levels.size(); ++i) {
    std::vector<HeightPyramid::Mip>& mips = impl_->mapped.mips[i];
    HeightPyramid::Fill(impl_->mapped.levels[i].z_m, mips);
    if (!std::isfinite(mips.back().max_m.front())) {
      throw std::invalid_argument("terrain level '" + impl_->mapped.levels[i].name + "': no data at all");
    }
  }
  impl_->PutInPlace();
}

void WriteTerrain(const std::filesystem::path& path, const Terrain& terrain) {
  std::vector<PlannedLevel> planned;
  for (int i = 0; i < terrain.LevelCount(); ++i) planned.push_back(PlanOf(terrain.Level(i)));
  TerrainFileWriter writer(path, terrain.site(), planned);
  for (int i = 0; i < terrain.LevelCount(); ++i) {
    const TerrainLevel& level = terrain.Level(i);
    TerrainLevel& to = writer.Level(i);
    std::copy(level.z_m.data.begin(), level.z_m.data.end(), to.z_m.data.begin());
    std::copy(level.albedo_grid.data.begin(), level.albedo_grid.data.end(), to.albedo_grid.data.begin());
    std::vector<HeightPyramid::Mip>& mips = writer.impl_->mapped.mips[i];
    for (std::size_t m = 0; m < mips.size(); ++m) {
      const HeightPyramid::Mip& mip = terrain.Pyramid(i).Mips()[m];
      std::copy(mip.max_m.begin(), mip.max_m.end(), mips[m].max_m.begin());
      std::copy(mip.min_m.begin(), mip.min_m.end(), mips[m].min_m.begin());
    }
  }
  writer.impl_->PutInPlace();
}

Terrain OpenTerrain(const std::filesystem::path& path) {
  const std::shared_ptr<FileMapping> mapping = FileMapping::Open(path);
  const std::string_view bytes(reinterpret_cast<const char*>(mapping->data()), mapping->size());
  const TerrainFileHeader header = DecodeHeader(bytes, path);
  const TerrainFileLayout layout = LayoutOf(header.levels);
  if (layout.file_bytes != mapping->size()) {
    throw DataError(path, (mapping->size() < layout.file_bytes ? "truncated: " : "longer than it says: ") +
                              std::to_string(mapping->size()) + " bytes instead of " +
                              std::to_string(layout.file_bytes));
  }
  MappedLevels mapped = MapLevels(mapping, header.levels, layout);
  std::vector<HeightPyramid> pyramids;
  for (std::vector<HeightPyramid::Mip>& mips : mapped.mips) pyramids.emplace_back(std::move(mips));
  try {
    return Terrain(header.site, std::move(mapped.levels), std::move(pyramids));
  } catch (const std::invalid_argument& error) {
    throw DataError(path, std::string("damaged: ") + error.what());
  }
}

bool IsTerrainFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string start(kTerrainMagic.size(), '\0');
  return file.read(start.data(), static_cast<std::streamsize>(start.size())) && start == kTerrainMagic;
}

}  // namespace perilune::dem
