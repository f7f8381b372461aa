#pragma once

#include <filesystem>
#include <string>

namespace perilune::datasets {

/// A scenario file and the case of it that is meant.
struct ScenarioSource {
  std::filesystem::path file;
  std::string case_name;  ///< empty: the scenario without any
};

/// A scenario by path, or by name ("demo"), each with `/CASE` behind it or not: first beside the installed
/// program (`share/perilune/scenarios`), then in the source tree that the program was built in
/// (`datasets/scenarios`). Throws dem::DataError that lists the places; whether the file has the case is
/// found out by reading it.
ScenarioSource FindScenario(const std::string& path_or_name);

/// A lander file by path, or by name ("nova-c") in `landers` of the same places. Throws dem::DataError
/// likewise, with the names there are.
std::filesystem::path FindLander(const std::string& path_or_name);

/// A crater catalogue's mapping by path, or by name ("robbins_2018") in `mappings` of the same places. Throws
/// dem::DataError likewise.
std::filesystem::path FindCraterMapping(const std::string& path_or_name);

/// The crater detector's network by path, or by name ("crater_centres") in `networks` of the same places.
/// Throws dem::DataError likewise.
std::filesystem::path FindCraterNetwork(const std::string& path_or_name);

/// A file of the real lunar data: as given when absolute, else below $PERILUNE_DATA, else below
/// `../shared/data` beside the source tree. Throws dem::DataError when it is not there.
std::filesystem::path FindData(const std::filesystem::path& path);
/// Whether FindData finds it.
bool HasData(const std::filesystem::path& path);

}  // namespace perilune::datasets
