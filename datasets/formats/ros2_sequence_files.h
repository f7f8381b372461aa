#pragma once

namespace perilune::datasets {

/// What a sequence says beside its samples; a log carries these files as they are.
inline constexpr const char* kSequenceYamlFiles[] = {"sequence.yaml", "cam0/sensor.yaml", "imu0/sensor.yaml",
                                                     "altimeter0/sensor.yaml", "star_tracker0/sensor.yaml"};

}  // namespace perilune::datasets
