#include "tools/campaign/campaign.h"

#include <chrono>

#include "dem/io/atomic_file.h"
#include "tools/perilune/interrupt.h"

namespace perilune::tools {
namespace {

std::vector<RunResult> ReadResults(const std::vector<Shard>& shards) {
  std::vector<RunResult> results;
  for (const Shard& shard : shards) {
    if (shard.status != ShardStatus::kFinished) continue;
    const std::filesystem::path run = shard.folder / "run";
    results.push_back({shard.seed, ReadErrors(run / "errors.csv"), ReadMetrics(run / "metrics.json")});
  }
  return results;
}

std::vector<Shard> RunShards(const CampaignOptions& options,
                             const std::function<void(const CampaignProgress&)>& report_progress) {
  std::vector<Shard> shards;
  double seconds_run = 0;
  int count_run = 0;
  for (int i = 0; i < options.count; ++i) {
    CheckInterrupted();
    const std::uint64_t seed = options.first_seed + static_cast<std::uint64_t>(i);
    const auto report = [&](SeedStage stage, int done) {
      const double each_s = count_run > 0 ? seconds_run / count_run : 0;
      report_progress({seed, stage, done, options.count, each_s * (options.count - done)});
    };
    if (IsFinished(options, seed)) {
      shards.push_back({seed, ShardStatus::kFinished, ShardFolder(options, seed), "", ""});
      report(SeedStage::kSkipped, i + 1);
      continue;
    }
    report(SeedStage::kStarted, i);
    const auto start = std::chrono::steady_clock::now();
    shards.push_back(RunShard(options, seed));
    seconds_run += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    ++count_run;
    const bool finished = shards.back().status == ShardStatus::kFinished;
    report(finished ? SeedStage::kFinished : SeedStage::kFailed, i + 1);
  }
  return shards;
}

}  // namespace

CampaignResult RunCampaign(const CampaignOptions& options,
                           const std::function<void(const CampaignProgress&)>& report_progress) {
  options.Validate();
  std::filesystem::create_directories(options.out / "shards");
  CampaignResult result;
  result.shards = RunShards(options, report_progress);
  const std::vector<RunResult> runs = ReadResults(result.shards);
  if (runs.empty()) return result;
  result.aggregate = AggregateRuns(runs);
  dem::WriteFileAtomically(options.out / "aggregate.json", ToJson(*result.aggregate));
  dem::WriteFileAtomically(options.out / "table.md", ToMarkdown(options.Name(), *result.aggregate));
  return result;
}

}  // namespace perilune::tools
