#include "dem/io/geopackage.h"

#include <cpl_conv.h>
#include <fcntl.h>
#include <gdal_priv.h>
#include <ogr_spatialref.h>
#include <ogrsf_frmts.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <stdexcept>

#include "dem/io/atomic_file.h"
#include "dem/io/data_error.h"
#include "dem/io/gdal.h"

namespace perilune::dem {
namespace {

/// A date for GDAL to put where it must put one: the same bytes on any day.
constexpr const char* kNoDate = "1970-01-01T00:00:00Z";

class FixedDate {
 public:
  FixedDate() { CPLSetThreadLocalConfigOption("OGR_CURRENT_DATE", kNoDate); }
  ~FixedDate() { CPLSetThreadLocalConfigOption("OGR_CURRENT_DATE", nullptr); }
  FixedDate(const FixedDate&) = delete;
  FixedDate& operator=(const FixedDate&) = delete;
};

/// Removes the temporary and what SQLite may leave beside it.
class DatabaseCleanup {
 public:
  explicit DatabaseCleanup(std::filesystem::path temporary) : temporary_(std::move(temporary)) { Remove(); }
  ~DatabaseCleanup() { Remove(); }
  DatabaseCleanup(const DatabaseCleanup&) = delete;
  DatabaseCleanup& operator=(const DatabaseCleanup&) = delete;

 private:
  void Remove() const {
    for (const char* suffix : {"", "-journal", "-wal", "-shm"})
      unlink((temporary_.string() + suffix).c_str());
  }
  std::filesystem::path temporary_;
};

OGRSpatialReference LunarGeographic() {
  OGRSpatialReference crs;
  if (crs.SetFromUserInput("IAU_2015:30100") != OGRERR_NONE) {
    crs.SetGeogCS("Moon (2015) - Sphere / Ocentric", "Moon (2015) - Sphere", "Moon (2015) - Sphere",
                  kMoonRadius_m, 0.0, "Reference Meridian");
  }
  crs.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
  return crs;
}

OGRFieldType TypeOf(const PointValue& kind) {
  if (std::holds_alternative<std::int64_t>(kind)) return OFTInteger64;
  return std::holds_alternative<double>(kind) ? OFTReal : OFTString;
}

void Set(OGRFeature& feature, int index, const PointValue& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    feature.SetField(index, static_cast<GIntBig>(*integer));
  } else if (const auto* number = std::get_if<double>(&value)) {
    if (std::isnan(*number)) {
      feature.SetFieldNull(index);
    } else {
      feature.SetField(index, *number);
    }
  } else {
    feature.SetField(index, std::get<std::string>(value).c_str());
  }
}

void CheckValues(const PointLayer& layer) {
  for (const PointFeature& feature : layer.features) {
    bool fits = feature.values.size() == layer.fields.size();
    for (std::size_t i = 0; fits && i < feature.values.size(); ++i)
      fits = feature.values[i].index() == layer.fields[i].kind.index();
    if (!fits) throw std::invalid_argument("layer " + layer.name + ": values do not fit the fields");
  }
}

void AddLayer(GDALDataset& dataset, const PointLayer& layer, const std::filesystem::path& path,
              const GdalErrors& errors) {
  const auto fail = [&] { throw WriteError(path, "cannot write it: " + errors.Text("unknown error")); };
  OGRSpatialReference crs = LunarGeographic();
  const std::string description = "DESCRIPTION=" + layer.description;
  const char* options[] = {description.c_str(), nullptr};
  OGRLayer* written = dataset.CreateLayer(layer.name.c_str(), &crs, wkbPoint, const_cast<char**>(options));
  if (written == nullptr) fail();
  for (const PointField& field : layer.fields) {
    OGRFieldDefn definition(field.name.c_str(), TypeOf(field.kind));
    if (written->CreateField(&definition) != OGRERR_NONE) fail();
  }
  for (const PointFeature& feature : layer.features) {
    const OGRFeatureUniquePtr row(OGRFeature::CreateFeature(written->GetLayerDefn()));
    const OGRPoint point(RadToDeg(feature.place.longitude_rad), RadToDeg(feature.place.latitude_rad));
    row->SetGeometry(&point);
    for (std::size_t i = 0; i < feature.values.size(); ++i) Set(*row, static_cast<int>(i), feature.values[i]);
    if (written->CreateFeature(row.get()) != OGRERR_NONE) fail();
  }
}

void Reopen(const std::vector<PointLayer>& layers, const std::filesystem::path& temporary,
            const std::filesystem::path& path) {
  GdalErrors errors;
  const GDALDatasetUniquePtr file(GDALDataset::Open(temporary.c_str(), GDAL_OF_VECTOR | GDAL_OF_READONLY));
  bool complete = file != nullptr;
  for (std::size_t i = 0; complete && i < layers.size(); ++i) {
    OGRLayer* layer = file->GetLayerByName(layers[i].name.c_str());
    complete =
        layer != nullptr && layer->GetFeatureCount() == static_cast<GIntBig>(layers[i].features.size());
  }
  if (!complete || errors.Any())
    throw WriteError(
        path, "what was written cannot be read back: " + errors.Text("layers or features are missing"));
}

}  // namespace

void WriteGeoPackage(const std::filesystem::path& path, const std::vector<PointLayer>& layers,
                     const std::vector<std::pair<std::string, std::string>>& metadata) {
  for (const PointLayer& layer : layers) CheckValues(layer);
  InitialiseGdal();
  const FixedDate fixed_date;
  // GDAL wants the name to end so.
  const std::filesystem::path temporary = TemporaryBeside(path).string() + ".gpkg";
  const DatabaseCleanup cleanup(temporary);
  {
    GdalErrors errors;
    GDALDriver* driver = GetGDALDriverManager()->GetDriverByName("GPKG");
    if (driver == nullptr) throw WriteError(path, "this GDAL has no GeoPackage driver");
    GDALDatasetUniquePtr file(driver->Create(temporary.c_str(), 0, 0, 0, GDT_Unknown, nullptr));
    if (!file) throw WriteError(path, "cannot write it: " + errors.Text("unknown error"));
    for (const auto& [key, value] : metadata) file->SetMetadataItem(key.c_str(), value.c_str());
    for (const PointLayer& layer : layers) AddLayer(*file, layer, path, errors);
    file->FlushCache();
    file.reset();
    if (errors.Any()) throw WriteError(path, "cannot write it: " + errors.Text(""));
  }
  Reopen(layers, temporary, path);
  SyncToDisk(temporary, path);
  if (rename(temporary.c_str(), path.c_str()) != 0)
    throw WriteError(path, std::string("cannot put it in place: ") + std::strerror(errno));
}

}  // namespace perilune::dem
