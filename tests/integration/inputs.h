#pragma once

#include <filesystem>
#include <string>

#include "tests/support/temp_folder.h"

namespace perilune::test {

/// A lunar DEM of 12 km with hills, 40 m a pixel, around latitude 0, longitude 0. Returns its path.
std::filesystem::path WriteHills(const TempFolder& folder, const std::string& name = "dem.tif");

/// The ways in which a DEM can be unusable.
enum class BrokenDem { kMissing, kEmpty, kText, kTruncated, kMars, kNoCrs, kAllNodata, kAllNan, kInfinite };
std::string ToString(BrokenDem broken);
std::filesystem::path WriteBrokenDem(const TempFolder& folder, BrokenDem broken,
                                     const std::string& name = "dem.tif");

/// shot.json: a camera of 160 × 160 px, 5 km above the middle of the hills, Sun 30° up; its picture is
/// `image`.
std::filesystem::path WriteShot(const TempFolder& folder, const std::string& image = "image.png");

/// tiny.yaml: a descent of 4 s over 5 km of ground, 5 images of 128 px: a second's work.
std::filesystem::path WriteTinyScenario(const TempFolder& folder);

/// tiny.yaml flown to `seq` and navigated to `run` below the folder.
void MakeRun(const TempFolder& folder);

/// Keeps the first part of a file.
void Truncate(const std::filesystem::path& file, double share = 0.5);

/// Replaces the only occurrence of `what`; throws when there is not exactly one.
void ReplaceOnce(const std::filesystem::path& file, const std::string& what, const std::string& by);

/// Swaps two lines of a text file (the first line is 0).
void SwapLines(const std::filesystem::path& file, int first, int second);

/// Replaces a comma-separated field of a line.
void ReplaceField(const std::filesystem::path& file, int line, int field, const std::string& by);

}  // namespace perilune::test
