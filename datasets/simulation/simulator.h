#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "datasets/scenarios/scenario.h"
#include "datasets/simulation/drawn_matches.h"

namespace perilune::datasets {

/// Called before each piece of work: what it is, how many of its kind are done, and of how many. What it
/// throws ends the simulation.
using SimulationProgress = std::function<void(const std::string& work, int done, int total)>;

/// Flies the scenario and writes a whole sequence, with its map and its truth, into `folder` (created when
/// missing): the format of docs/formats.md. The same scenario and seed give the same bytes with any number of
/// threads. Throws std::invalid_argument (scenario), dem::DataError (real DEM), dem::WriteError.
void Simulate(
    const Scenario& scenario, const std::filesystem::path& folder,
    const SimulationProgress& progress = [](const std::string&, int, int) {});

/// The same without pictures, at measurement level: what was matched in them is drawn from `residuals` of
/// rendered runs (drawn_matches.h). Camera faults act as they did in those runs. Throws std::invalid_argument
/// also when the runs' images are at other times.
void SimulateMatches(
    const Scenario& scenario, const ResidualRuns& residuals, const std::filesystem::path& folder,
    const SimulationProgress& progress = [](const std::string&, int, int) {});

}  // namespace perilune::datasets
