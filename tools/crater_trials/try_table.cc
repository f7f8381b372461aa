#include "tools/crater_trials/try_table.h"

#include <cstddef>

#include "datasets/formats/csv_table.h"

namespace perilune::tools {

const char* VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kNone:
      return "none";
    case Verdict::kRight:
      return "right";
    case Verdict::kWrong:
      break;
  }
  return "wrong";
}

Verdict VerdictOf(bool identified, int matches, int right_matches) {
  if (!identified) return Verdict::kNone;
  return 2 * right_matches > matches ? Verdict::kRight : Verdict::kWrong;
}

std::vector<Try> ReadTries(const std::filesystem::path& path) {
  constexpr std::size_t kTrueDetections = 4, kVerdict = 5;
  const datasets::CsvTable table(path, kTryHeader);
  std::vector<Try> tries;
  for (const datasets::CsvRow& row : table.rows()) {
    Try one{static_cast<int>(row.Integer(kTrueDetections))};
    const std::string& name = row.Text(kVerdict);
    bool known = false;
    for (const Verdict verdict : {Verdict::kNone, Verdict::kRight, Verdict::kWrong}) {
      if (name != VerdictName(verdict)) continue;
      one.verdict = verdict;
      known = true;
    }
    if (!known) row.Refuse(kVerdict, "must be none, right or wrong");
    tries.push_back(one);
  }
  return tries;
}

}  // namespace perilune::tools
