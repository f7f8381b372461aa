#include "tools/campaign/shard.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <system_error>

#include "datasets/formats/dem_hash.h"
#include "datasets/formats/fnv1a.h"
#include "dem/ephemeris/time_scales.h"
#include "dem/io/atomic_file.h"
#include "dem/io/data_error.h"
#include "dem/synthesis/random.h"
#include "tools/campaign/process.h"
#include "tools/evaluation/errors_csv.h"
#include "tools/evaluation/metrics.h"

namespace perilune::tools {
namespace fs = std::filesystem;
namespace {

constexpr int kLongestSpread_h = 400;        // a lunar day has 709
constexpr std::uint64_t kEpochStream = 300;  // of the random numbers: beside those of datasets::RandomUse

std::string ShardName(const CampaignOptions& options, std::uint64_t seed) {
  return options.Name() + "-" + std::to_string(seed);
}

/// Removed at the end of the scope; after a successful rename there is nothing left to remove.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(fs::path path) : path_(std::move(path)) {
    fs::remove_all(path_);
    fs::create_directories(path_);
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// What a shard was made of, as shard.json says it.
nlohmann::ordered_json Description(const CampaignOptions& options, std::uint64_t seed) {
  nlohmann::ordered_json description = {{"scenario", options.Name()},
                                        {"seed", seed},
                                        {"settings", SettingsOf(options, seed)},
                                        {"fingerprint", options.fingerprint}};
  for (const fs::path& file : options.match_residuals) {
    description["match_residuals"].push_back(file.string());
  }
  return description;
}

/// Without the fingerprint: the experiment that a user asked for.
nlohmann::ordered_json Experiment(nlohmann::ordered_json description) {
  description.erase("fingerprint");
  return description;
}

std::vector<std::vector<std::string>> Steps(const CampaignOptions& options, std::uint64_t seed,
                                            const fs::path& folder) {
  const std::string sequence = (folder / "sequence").string();
  const std::string run = (folder / "run").string();
  std::vector<std::string> simulate = {"simulate", options.scenario, "--seed", std::to_string(seed),
                                       "-o",       sequence};
  for (const std::string& setting : SettingsOf(options, seed))
    simulate.insert(simulate.end(), {"--set", setting});
  for (const fs::path& file : options.match_residuals)
    simulate.insert(simulate.end(), {"--match-residuals", file.string()});
  std::vector<std::string> evaluate = {"evaluate", run, "--truth", sequence};
  if (options.write_match_residuals)
    evaluate.insert(evaluate.end(), {"--match-residuals", run + "/match_residuals.csv"});
  return {simulate, {"navigate", sequence, "-o", run}, evaluate};
}

std::string RepeatCommand(const CampaignOptions& options, std::uint64_t seed) {
  std::string line;
  for (const auto& step : Steps(options, seed, fs::path("out") / ShardName(options, seed))) {
    line += (line.empty() ? "" : " && ") + ShellLine("perilune", step);
  }
  return line;
}

std::string LastLine(const fs::path& path) {
  std::ifstream file(path);
  std::string line, last;
  while (std::getline(file, line)) {
    if (!line.empty()) last = line;
  }
  return last.substr(last.rfind('\r') + 1);
}

// What pooling and tables do not need: images, maps, truth rasters, journals, hazard rasters.
void RemoveBulk(const fs::path& folder) {
  fs::remove_all(folder / "sequence");
  fs::remove_all(folder / "run" / "frames");
  fs::remove_all(folder / "run" / "hazards");
}

}  // namespace

void CampaignOptions::Validate() const {
  if (scenario.empty()) throw std::invalid_argument("scenario: is empty");
  if (count < 1) throw std::invalid_argument("count: must be at least 1: " + std::to_string(count));
  if (jobs < 1) throw std::invalid_argument("jobs: must be at least 1: " + std::to_string(jobs));
  if (!(epoch_spread_h >= 0) || epoch_spread_h > kLongestSpread_h) {
    throw std::invalid_argument("epoch spread: must be 0 to " + std::to_string(kLongestSpread_h) +
                                " hours: " + std::to_string(epoch_spread_h));
  }
  if (epoch_spread_h > 0) dem::ParseUtc(epoch_utc);
  if (out.empty()) throw std::invalid_argument("out: is empty");
}

std::vector<std::string> SettingsOf(const CampaignOptions& options, std::uint64_t seed) {
  std::vector<std::string> settings = options.settings;
  if (options.epoch_spread_h > 0) {
    const double later_h = options.epoch_spread_h * (2 * dem::RandomUniform(seed, kEpochStream, 0) - 1);
    const auto later_ns = static_cast<std::int64_t>(later_h * 3.6e12);
    settings.push_back("epoch_utc=" + dem::FormatUtc(dem::ParseUtc(options.epoch_utc) + later_ns));
  }
  return settings;
}

std::string CampaignOptions::Name() const {
  // demo, folder/demo.yaml, demo/CASE, folder/demo.yaml/CASE
  const fs::path path(scenario);
  if (path.extension() == ".yaml" || !path.has_parent_path()) return path.stem().string();
  return path.parent_path().stem().string() + "-" + path.filename().string();
}

std::string FingerprintOf(const std::vector<fs::path>& files) {
  datasets::Fnv1a hash;
  for (const fs::path& path : files) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw dem::DataError(path, "cannot be opened");
    char buffer[1 << 16];
    while (file.read(buffer, sizeof buffer), file.gcount() > 0) {
      hash.Add(std::string_view(buffer, static_cast<std::size_t>(file.gcount())));
    }
  }
  return datasets::HashText(hash.value());
}

fs::path ShardFolder(const CampaignOptions& options, std::uint64_t seed) {
  return options.out / "shards" / ShardName(options, seed);
}

bool IsFinished(const CampaignOptions& options, std::uint64_t seed) {
  const fs::path folder = ShardFolder(options, seed);
  if (!fs::exists(folder)) return false;
  try {
    ReadMetrics(folder / "run" / "metrics.json");
    ReadErrors(folder / "run" / "errors.csv");
  } catch (const dem::DataError&) {
    return false;
  }
  std::ifstream file(folder / "shard.json");
  const auto description = nlohmann::ordered_json::parse(file, nullptr, false);
  if (!description.is_object()) return false;
  if (Experiment(description) != Experiment(Description(options, seed))) {
    throw dem::DataError(folder, "was made with other settings (see shard.json); use another output folder");
  }
  return description == Description(options, seed);
}

Shard RunShard(const CampaignOptions& options, std::uint64_t seed) {
  Shard shard{seed, ShardStatus::kFailed, ShardFolder(options, seed), "", ""};
  const fs::path failed_log = shard.folder.string() + ".failed.log";
  fs::remove(failed_log);
  const TemporaryFolder work(shard.folder.parent_path() / ("." + ShardName(options, seed) + ".tmp"));
  const fs::path log = work.path() / "log.txt";
  for (const auto& step : Steps(options, seed, work.path())) {
    if (RunProcess(options.program, step, log) != 0) {
      shard.failure = step.front() + ": " + LastLine(log);
      shard.repeat_command = RepeatCommand(options, seed);
      fs::rename(log, failed_log);
      return shard;
    }
  }
  if (!options.keep) RemoveBulk(work.path());
  fs::remove(log);
  dem::WriteFileAtomically(work.path() / "shard.json", Description(options, seed).dump(2) + "\n");
  fs::remove_all(shard.folder);  // an unfinished or damaged predecessor
  fs::rename(work.path(), shard.folder);
  shard.status = ShardStatus::kFinished;
  return shard;
}

}  // namespace perilune::tools
