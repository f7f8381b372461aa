#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace perilune::tools {

/// Every sub-command has a file of its own that registers itself here: options, help with units and defaults,
/// and a callback that returns the process's exit code. Exceptions are caught once, in main().
using Command = std::function<int()>;

void AddInfo(CLI::App& app, Command& selected);
void AddSun(CLI::App& app, Command& selected);
void AddTerrain(CLI::App& app, Command& selected);
void AddRender(CLI::App& app, Command& selected);
void AddSimulate(CLI::App& app, Command& selected);
void AddFix(CLI::App& app, Command& selected);
void AddCompare(CLI::App& app, Command& selected);
void AddStatistics(CLI::App& app, Command& selected);
void AddNavigate(CLI::App& app, Command& selected);
void AddEvaluate(CLI::App& app, Command& selected);
void AddConvert(CLI::App& app, Command& selected);
void AddHazards(CLI::App& app, Command& selected);
void AddReport(CLI::App& app, Command& selected);
void AddCampaign(CLI::App& app, Command& selected);
void AddAccuracy(CLI::App& app, Command& selected);
void AddTrack(CLI::App& app, Command& selected);
void AddCraters(CLI::App& app, Command& selected);

}  // namespace perilune::tools
