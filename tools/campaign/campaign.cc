#include "tools/campaign/campaign.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "dem/io/atomic_file.h"
#include "tools/campaign/stanford_plot.h"
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

/// Seeds are handed out in order to workers; what they tell and where they put it is guarded.
class ShardQueue {
 public:
  ShardQueue(const CampaignOptions& options,
             const std::function<void(const CampaignProgress&)>& report_progress)
      : options_(options),
        report_progress_(report_progress),
        shards_(static_cast<std::size_t>(options.count)) {}

  /// Works until the queue is empty or a worker failed.
  void Work() {
    try {
      while (const std::optional<int> index = Take()) Do(*index);
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!error_) error_ = std::current_exception();
    }
  }

  /// After all workers ended: by seed. Throws what stopped one.
  std::vector<Shard> Result() {
    if (error_) std::rethrow_exception(error_);
    return std::move(shards_);
  }

 private:
  std::optional<int> Take() {
    CheckInterrupted();
    const std::lock_guard lock(mutex_);
    if (error_ || next_ >= options_.count) return std::nullopt;
    return next_++;
  }

  void Do(int index) {
    const std::uint64_t seed = options_.first_seed + static_cast<std::uint64_t>(index);
    if (IsFinished(options_, seed)) {
      Put(index, {seed, ShardStatus::kFinished, ShardFolder(options_, seed), "", ""}, SeedStage::kSkipped, 0);
      return;
    }
    Report(seed, SeedStage::kStarted);
    const auto start = std::chrono::steady_clock::now();
    Shard shard = RunShard(options_, seed);
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    const bool finished = shard.status == ShardStatus::kFinished;
    Put(index, std::move(shard), finished ? SeedStage::kFinished : SeedStage::kFailed, elapsed.count());
  }

  void Put(int index, Shard shard, SeedStage stage, double seconds) {
    const std::uint64_t seed = shard.seed;
    {
      const std::lock_guard lock(mutex_);
      shards_[static_cast<std::size_t>(index)] = std::move(shard);
      ++done_;
      if (stage != SeedStage::kSkipped) ++ran_;
      seconds_run_ += seconds;
    }
    Report(seed, stage);
  }

  void Report(std::uint64_t seed, SeedStage stage) {
    const std::lock_guard lock(mutex_);
    const double each_s = ran_ > 0 ? seconds_run_ / ran_ : 0;
    report_progress_({seed, stage, done_, options_.count, each_s * (options_.count - done_) / options_.jobs});
  }

  const CampaignOptions& options_;
  const std::function<void(const CampaignProgress&)>& report_progress_;
  std::mutex mutex_;
  std::vector<Shard> shards_;
  std::exception_ptr error_;
  int next_ = 0, done_ = 0, ran_ = 0;
  double seconds_run_ = 0;
};

std::vector<Shard> RunShards(const CampaignOptions& options,
                             const std::function<void(const CampaignProgress&)>& report_progress) {
  ShardQueue queue(options, report_progress);
  std::vector<std::thread> others;
  for (int i = 1; i < std::min(options.jobs, options.count); ++i)
    others.emplace_back([&queue] { queue.Work(); });
  queue.Work();
  for (std::thread& worker : others) worker.join();
  return queue.Result();
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
  const std::string stanford = StanfordSvg(options.Name(), runs);
  if (!stanford.empty()) dem::WriteFileAtomically(options.out / "stanford.svg", stanford);
  return result;
}

}  // namespace perilune::tools
