#pragma once

#include <gdal_priv.h>

#include <Eigen/Geometry>
#include <filesystem>
#include <string>

namespace perilune::dem {

/// Gives a dataset its CRS and place. Throws std::invalid_argument for WKT that is no CRS.
void Georeference(GDALDataset& dataset, const std::string& crs_wkt, const Eigen::Affine2d& crs_from_pixel);

/// Copies a dataset into a Cloud-Optimised GeoTIFF at `path`, by way of a hidden temporary that is closed,
/// reopened, checked and renamed. Overviews are averages where `real`, else nearest. Throws WriteError.
void WriteCog(GDALDataset& source, bool real, const std::filesystem::path& path);

}  // namespace perilune::dem
