#include "datasets/scenarios/locate.h"

#include <cstdlib>
#include <optional>
#include <set>
#include <vector>

#include "dem/io/data_error.h"

namespace perilune::datasets {
namespace {

// The folders above the running program, nearest first.
std::vector<std::filesystem::path> FoldersAboveProgram() {
  std::vector<std::filesystem::path> folders;
  std::error_code error;
  std::filesystem::path folder = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  for (; !folder.empty() && folder != folder.root_path(); folder = folder.parent_path())
    folders.push_back(folder);
  return folders;
}

std::optional<std::filesystem::path> SourceTree() {
  for (const auto& folder : FoldersAboveProgram()) {
    if (std::filesystem::exists(folder / "datasets" / "scenarios")) return folder;
  }
  return std::nullopt;
}

std::vector<std::filesystem::path> FoldersOf(const std::string& kind) {
  std::vector<std::filesystem::path> folders;
  const auto above = FoldersAboveProgram();
  if (above.size() > 1) folders.push_back(above[1] / "share" / "perilune" / kind);
  if (const auto tree = SourceTree()) folders.push_back(*tree / "datasets" / kind);
  return folders;
}

std::optional<std::filesystem::path> FindByName(const std::string& name,
                                                const std::vector<std::filesystem::path>& folders,
                                                const std::string& extension = ".yaml") {
  if (std::filesystem::is_regular_file(name)) return name;
  for (const auto& folder : folders) {
    const std::filesystem::path candidate = folder / (name + extension);
    if (std::filesystem::is_regular_file(candidate)) return candidate;
  }
  return std::nullopt;
}

std::string Listed(const std::set<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts) list += (list.empty() ? "" : ", ") + text;
  return list;
}

/// Names of the files with the extension in the folders.
std::string NamesIn(const std::vector<std::filesystem::path>& folders,
                    const std::string& extension = ".yaml") {
  std::set<std::string> names;
  for (const auto& folder : folders) {
    std::error_code absent;
    for (const auto& entry : std::filesystem::directory_iterator(folder, absent)) {
      if (entry.path().extension() == extension) names.insert(entry.path().stem().string());
    }
  }
  return Listed(names);
}

/// Where a file of the real data has to be.
std::filesystem::path DataPath(const std::filesystem::path& path) {
  if (path.is_absolute()) return path;
  if (const char* folder = std::getenv("PERILUNE_DATA")) return std::filesystem::path(folder) / path;
  const auto tree = SourceTree();
  return tree ? tree->parent_path() / "shared" / "data" / path : path;
}

}  // namespace

ScenarioSource FindScenario(const std::string& path_or_name) {
  const auto folders = FoldersOf("scenarios");
  if (const auto found = FindByName(path_or_name, folders)) return {*found, ""};
  const std::size_t slash = path_or_name.rfind('/');
  if (slash != std::string::npos && slash + 1 < path_or_name.size()) {
    if (const auto found = FindByName(path_or_name.substr(0, slash), folders)) {
      return {*found, path_or_name.substr(slash + 1)};
    }
  }
  std::string searched;
  for (const auto& folder : folders) searched += (searched.empty() ? "" : ", ") + folder.string();
  throw dem::DataError(path_or_name, "is neither a scenario file nor the name of one in " + searched);
}

std::filesystem::path FindLander(const std::string& path_or_name) {
  const auto folders = FoldersOf("landers");
  if (const auto found = FindByName(path_or_name, folders)) return *found;
  throw dem::DataError(path_or_name,
                       "is neither a lander file nor a ready lander; there are: " + NamesIn(folders));
}

std::filesystem::path FindCraterMapping(const std::string& path_or_name) {
  const auto folders = FoldersOf("mappings");
  if (const auto found = FindByName(path_or_name, folders)) return *found;
  throw dem::DataError(path_or_name,
                       "is neither a mapping file nor a ready mapping; there are: " + NamesIn(folders));
}

std::filesystem::path FindCraterNetwork(const std::string& path_or_name) {
  const auto folders = FoldersOf("networks");
  if (const auto found = FindByName(path_or_name, folders, ".onnx")) return *found;
  throw dem::DataError(path_or_name,
                       "is neither a network nor a ready one; there are: " + NamesIn(folders, ".onnx"));
}

std::filesystem::path FindData(const std::filesystem::path& path) {
  const std::filesystem::path found = DataPath(path);
  if (!std::filesystem::exists(found)) {
    throw dem::DataError(found, "is missing: set PERILUNE_DATA to the folder of the real lunar data");
  }
  return found;
}

bool HasData(const std::filesystem::path& path) { return std::filesystem::exists(DataPath(path)); }

}  // namespace perilune::datasets
