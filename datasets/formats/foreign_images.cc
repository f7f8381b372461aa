#include "datasets/formats/foreign_images.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <string_view>

#include "datasets/formats/foreign_columns.h"
#include "dem/io/data_error.h"

namespace perilune::datasets {
namespace fs = std::filesystem;
namespace {

constexpr std::array<std::string_view, 6> kPictureSuffixes = {".png", ".tif",  ".tiff",
                                                              ".jpg", ".jpeg", ".pgm"};

bool IsPicture(const fs::path& path) {
  std::string suffix = path.extension().string();
  std::transform(suffix.begin(), suffix.end(), suffix.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return std::find(kPictureSuffixes.begin(), kPictureSuffixes.end(), suffix) != kPictureSuffixes.end();
}

/// Names of the pictures in a folder, sorted.
std::vector<std::string> PicturesIn(const fs::path& folder) {
  std::vector<std::string> names;
  if (!fs::is_directory(folder)) return names;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.front() != '.' && IsPicture(entry.path()) && entry.is_regular_file()) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::optional<std::int64_t> TimeInName(const std::string& name) {
  const std::string stem = fs::path(name).stem().string();
  std::int64_t t_ns = 0;
  const auto [end, error] = std::from_chars(stem.data(), stem.data() + stem.size(), t_ns);
  if (error != std::errc() || end != stem.data() + stem.size()) return std::nullopt;
  return t_ns;
}

std::vector<ImageName> TimesFromNames(const fs::path& folder, std::vector<std::string> names) {
  std::vector<ImageName> images;
  for (std::string& name : names) {
    const std::optional<std::int64_t> t_ns = TimeInName(name);
    if (!t_ns) {
      throw dem::DataError(folder / name,
                           "has no time: name images by nanoseconds, or give --times FILE with the columns "
                           "'timestamp [ns]' (or t_s, time_utc) and 'filename'");
    }
    images.push_back({*t_ns, std::move(name)});
  }
  std::sort(images.begin(), images.end(),
            [](const ImageName& a, const ImageName& b) { return a.t_ns < b.t_ns; });
  const auto twice = std::adjacent_find(images.begin(), images.end(),
                                        [](const auto& a, const auto& b) { return a.t_ns == b.t_ns; });
  if (twice != images.end()) {
    throw dem::DataError(folder / twice->file, "has the same time as " + std::next(twice)->file);
  }
  return images;
}

std::vector<ImageName> TimesFromFile(const fs::path& path, const std::vector<std::string>& names,
                                     const ForeignCsv& csv) {
  const std::optional<std::size_t> file = csv.Find({"filename", "file", "image", "name"});
  SampleStream<ImageName> rows = StreamRows<ImageName>(
      csv.stream(),
      [&csv, file, &names, next = std::size_t{0}](const CsvRow& row) mutable {
        if (file && row.Empty(*file)) row.Refuse(*file, "is empty");
        if (!file && next >= names.size()) {
          row.Refuse(csv.time_column(), "one time more than the " + std::to_string(names.size()) + " images");
        }
        return ImageName{csv.Time_ns(row), file ? row.Text(*file) : names[next++]};
      },
      csv.time_column());
  std::vector<ImageName> images;
  while (std::optional<ImageName> image = rows.Take()) images.push_back(std::move(*image));
  if (images.empty()) throw dem::DataError(path, "lists no image: a sequence needs one");
  if (!file && images.size() != names.size()) {
    throw dem::DataError(path, std::to_string(images.size()) + " times for " + std::to_string(names.size()) +
                                   " images: add a column 'filename'");
  }
  images.shrink_to_fit();
  return images;
}

}  // namespace

std::optional<fs::path> FirstExisting(const fs::path& root, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (fs::exists(root / name)) return root / name;
  }
  return std::nullopt;
}

ForeignImages ListForeignImages(const fs::path& root, const std::optional<fs::path>& times) {
  ForeignImages result;
  std::vector<std::string> names;
  for (const char* place : {"cam0/data", "images", "."}) {
    result.folder = (root / place).lexically_normal();
    names = PicturesIn(result.folder);
    if (!names.empty()) break;
  }
  if (names.empty()) {
    throw dem::DataError(root, "has no picture (PNG, TIFF, JPEG, PGM) in cam0/data, images or itself");
  }
  const std::optional<fs::path> file = times ? times : FirstExisting(root, {"cam0/data.csv", "times.csv"});
  if (!file) {
    result.images = TimesFromNames(result.folder, std::move(names));
    result.source = "their names, nanoseconds";
    return result;
  }
  const ForeignCsv csv(*file, {"timestamp [ns]", "filename"});
  result.images = TimesFromFile(*file, names, csv);
  result.times_are_tai = csv.time_unit() == TimeUnit::kUtc;
  constexpr std::array<const char*, 3> kUnits = {"nanoseconds", "seconds", "UTC"};
  result.source = file->filename().string() + ", " + kUnits[static_cast<std::size_t>(csv.time_unit())] +
                  (csv.Find({"filename", "file", "image", "name"}) ? "" : ", in the order of names");
  return result;
}

}  // namespace perilune::datasets
