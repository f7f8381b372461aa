#pragma once

#include <optional>

#include "datasets/formats/yaml_map.h"
#include "vision/imaging/exposure.h"
#include "vision/imaging/motion.h"

namespace perilune::datasets {

/// The imaging part of a scenario's `camera` section. `psf_sigma_px`, `full_well_e`, `read_noise_e`, `bits`
/// and `exposure_s` are required; every other key is optional and its effect off without it: `exposure_gain
/// auto_target black_level camera_seed` and the mappings `vignetting lens_dust stray_light plume detector
/// exposure_control`, whose keys are the fields of the structs of those names. Throws dem::DataError.
vision::ImagingOptions ReadImaging(const YamlMap& camera);

/// `motion`: `sub_exposures line_time_s band_rows`, each optional; the exposure is the camera's. Nothing
/// without it: images of an instant.
std::optional<vision::MotionOptions> ReadMotion(const YamlMap& camera);

}  // namespace perilune::datasets
