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

/// Where a campaign stands, told after each seed.
struct CampaignProgress {
  int done = 0;
  int total = 0;
  const Shard* shard = nullptr;
  bool skipped = false;     ///< was finished before
  double seconds_left = 0;  ///< from the seeds that ran; 0 when none did
};

/// Runs the seeds that are not finished, in order, then pools all into aggregate.json and table.md. A failed
/// seed does not stop the others. Interrupted (thrown) between or within seeds, it leaves finished shards and
/// nothing else.
CampaignResult RunCampaign(const CampaignOptions& options,
                           const std::function<void(const CampaignProgress&)>& report_progress);

}  // namespace perilune::tools
