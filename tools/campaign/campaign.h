#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tools/campaign/aggregate.h"
#include "tools/campaign/shard.h"

namespace perilune::tools {

struct CampaignResult {
  std::vector<Shard> shards;           ///< by seed
  std::optional<Aggregate> aggregate;  ///< of the finished ones; absent when all failed
};

enum class SeedStage { kStarted, kSkipped, kFinished, kFailed };

/// Where a campaign stands, told when a seed starts and when it ends; kSkipped: it was finished before.
struct CampaignProgress {
  std::uint64_t seed = 0;
  SeedStage stage = SeedStage::kStarted;
  int done = 0;
  int total = 0;
  double seconds_left = 0;  ///< from the seeds that ran; 0 when none did
};

/// Runs the seeds that are not finished, `jobs` at a time, begun in order, then pools all into
/// aggregate.json, table.md and stanford.svg. A failed seed does not stop the others. Interrupted (thrown)
/// between or within seeds, it leaves finished shards and nothing else.
CampaignResult RunCampaign(const CampaignOptions& options,
                           const std::function<void(const CampaignProgress&)>& report_progress);

}  // namespace perilune::tools
