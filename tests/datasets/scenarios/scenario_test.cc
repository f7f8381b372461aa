#include "datasets/scenarios/scenario.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "datasets/scenarios/locate.h"
#include "dem/ephemeris/sub_solar.h"
#include "dem/ephemeris/time_scales.h"
#include "dem/io/data_error.h"
#include "tests/datasets/tiny_scenario.h"
#include "tests/support/temp_folder.h"

namespace perilune::datasets {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string ErrorOf(const std::filesystem::path& path, const YamlOverrides& overrides = {}) {
  try {
    ReadScenario(path, overrides);
  } catch (const dem::DataError& error) {
    return error.what();
  }
  return "no DataError";
}

TEST(Scenario, ShippedScenariosAreFoundByNameAndMeetTheTask) {
  for (const char* name : {"demo", "hadley"}) {
    const Scenario scenario = ReadScenario(FindScenario(name));
    EXPECT_EQ(scenario.name, name);
    EXPECT_GE(scenario.trajectory.uprange_m, 80'000);
    EXPECT_EQ(scenario.trajectory.start_height_m, 15'000);
    EXPECT_EQ(scenario.trajectory.end_height_m, 500);
    EXPECT_EQ(scenario.camera.size_px, 1024);
    EXPECT_LE(scenario.map.levels.at(0).spacing_m, 4);
    EXPECT_LE(scenario.map.levels.at(1).spacing_m, 20);
    EXPECT_LE(scenario.map.levels.at(2).spacing_m, 100);
  }
  EXPECT_THROW(FindScenario("no-such-scenario"), dem::DataError);
}

TEST(Scenario, NamesFileKeyAndLine) {
  const test::TempFolder folder;
  std::string text = test::ReadBytes(test::TinyScenarioPath());
  const auto line =
      std::count(text.begin(), text.begin() + static_cast<long>(text.find("uprange_m")), '\n') + 1;
  text.replace(text.find("uprange_m"), 9, "uprang_m");
  const std::string error = ErrorOf(folder.Write("s.yaml", text));
  // The key that is meant is missing: the message points at its mapping.
  EXPECT_THAT(error, AllOf(HasSubstr("s.yaml"), HasSubstr("'trajectory.uprange_m' is missing")));
  text.insert(text.find("uprang_m"), "uprange_m: 1500\n  ");
  EXPECT_THAT(ErrorOf(folder.Write("s.yaml", text)), AllOf(HasSubstr("line " + std::to_string(line + 1)),
                                                           HasSubstr("unknown key 'trajectory.uprang_m'")));
}

TEST(Scenario, AStartWithoutAPriorNeedsCraters) {
  EXPECT_THAT(ErrorOf(test::TinyScenarioPath(), {{"prior.known", "false"}}), HasSubstr("map.craters_of"));
  EXPECT_THAT(ErrorOf(test::TinyScenarioPath(), {{"map.craters_of", "middle"}}),
              AllOf(HasSubstr("craters_of"), HasSubstr("name of a level")));
  const Scenario lost =
      ReadScenario(test::TinyScenarioPath(), {{"prior.known", "false"}, {"map.craters_of", "far"}});
  EXPECT_FALSE(lost.prior.known);
  EXPECT_EQ(lost.map.craters_of, "far");
}

TEST(Scenario, OverridesReplaceValues) {
  const Scenario scenario = ReadScenario(test::TinyScenarioPath(), {{"seed", "12"}, {"camera.rate_hz", "3"}});
  EXPECT_EQ(scenario.seed, 12u);
  EXPECT_EQ(scenario.camera.rate_hz, 3);
  EXPECT_THAT(ErrorOf(test::TinyScenarioPath(), {{"camera.rate", "3"}}),
              HasSubstr("unknown key 'camera.rate'"));
}

std::filesystem::path WriteTinyWithCases(const test::TempFolder& folder, const std::string& cases) {
  return folder.Write("cased.yaml", test::ReadBytes(test::TinyScenarioPath()) + "cases:\n" + cases);
}

TEST(Scenario, ACaseReplacesValuesAndSettingsFollowIt) {
  const test::TempFolder folder;
  const auto path = WriteTinyWithCases(folder,
                                       "  nominal: {}\n"
                                       "  as_flown:\n"
                                       "    altimeter.max_range_m: 900\n"
                                       "    faults: [{sensor: altimeter, kind: dropout, from_s: 3}]\n");
  const double plain_m = test::TinyScenario().altimeter.max_range_m;
  EXPECT_EQ(ReadScenario(path).altimeter.max_range_m, plain_m);
  EXPECT_EQ(ReadScenario(ScenarioSource{path, "nominal"}).altimeter.max_range_m, plain_m);
  const ScenarioSource as_flown = FindScenario(path.string() + "/as_flown");
  EXPECT_EQ(as_flown.file, path);
  EXPECT_EQ(as_flown.case_name, "as_flown");
  const Scenario scenario = ReadScenario(as_flown);
  EXPECT_EQ(scenario.name, "tiny");
  EXPECT_EQ(scenario.altimeter.max_range_m, 900);
  ASSERT_EQ(scenario.faults.size(), 1u);
  EXPECT_EQ(ReadScenario(as_flown, {{"altimeter.max_range_m", "700"}}).altimeter.max_range_m, 700);
}

TEST(Scenario, NamesWhatIsWrongWithACase) {
  const test::TempFolder folder;
  const auto error = [&](const std::string& cases, const std::string& name) -> std::string {
    try {
      ReadScenario(ScenarioSource{WriteTinyWithCases(folder, cases), name});
    } catch (const dem::DataError& data_error) {
      return data_error.what();
    }
    return "no DataError";
  };
  EXPECT_THAT(error("  nominal: {}\n  as_flown: {}\n", "flown"),
              HasSubstr("has no case 'flown'; there are: nominal, as_flown"));
  EXPECT_THAT(error("  a: {altimeter.rang_m: 3}\n", "a"), HasSubstr("unknown key 'altimeter.rang_m'"));
  EXPECT_THAT(error("  a: {seed.x: 3}\n", "a"), HasSubstr("'seed' is no mapping"));
  EXPECT_THAT(error("  a: 3\n", "a"), HasSubstr("case 'a' must be a mapping"));
  EXPECT_THAT(error("  - a\n", "a"), HasSubstr("'cases' must be a mapping"));
  try {
    ReadScenario(ScenarioSource{test::TinyScenarioPath(), "a"});
    FAIL();
  } catch (const dem::DataError& data_error) {
    EXPECT_THAT(data_error.what(), HasSubstr("has no case 'a'; it has none"));
  }
}

// The landings: every case can be read, and the Sun stands where FACTS has it, within 0.2 degrees.
TEST(Scenario, LandersComeDownUnderTheirSun) {
  struct Landing {
    const char* name;
    double elevation_deg, azimuth_deg;
  };
  for (const Landing& landing :
       {Landing{"hakuto_r_m1", 11.6, 103}, Landing{"resilience", 11.8, 108},
        Landing{"blue_ghost_m1", 3.4, 92}, Landing{"athena", 2.5, 66}, Landing{"odysseus", 10.5, 19},
        Landing{"peregrine", 27, 113}, Landing{"slim", 37, 82}, Landing{"chandrayaan3", 8.6, 62},
        Landing{"change6", 37, 45}, Landing{"blue_moon_mk1", 1.7, 308}, Landing{"ispace_m3", 13.6, 6},
        Landing{"starship_hls", 4.4, 35}}) {
    SCOPED_TRACE(landing.name);
    const Scenario scenario = ReadScenario(FindScenario(landing.name + std::string("/nominal")));
    EXPECT_EQ(scenario.name, landing.name);
    EXPECT_GE(scenario.trajectory.start_height_m, 15'000);
    const Eigen::Vector3d sun =
        dem::SunAt(dem::ParseUtc(scenario.epoch_utc), scenario.site).direction_to_sun_in_site;
    EXPECT_NEAR(dem::RadToDeg(std::asin(sun.z())), landing.elevation_deg,
                0.3);  // FACTS: ±0.2, some rounded to whole degrees
    const double azimuth_deg = dem::RadToDeg(std::atan2(sun.x(), sun.y()));
    EXPECT_NEAR(std::remainder(azimuth_deg - landing.azimuth_deg, 360.0), 0, 0.7);
  }
  for (const char* name : {"hakuto_r_m1", "resilience", "athena", "odysseus"}) {
    EXPECT_NO_THROW(ReadScenario(FindScenario(name + std::string("/as_flown")))) << name;
  }
  EXPECT_EQ(ReadScenario(FindScenario("terminal")).name, "terminal");
}

TEST(Scenario, RefusesWhatCannotBeSimulated) {
  const auto error = [](const char* key, const char* value) {
    return ErrorOf(test::TinyScenarioPath(), {{key, value}});
  };
  EXPECT_THAT(error("camera.bits", "9"), HasSubstr("camera.bits"));
  EXPECT_THAT(error("camera.rate_hz", "0"), HasSubstr("camera.rate_hz"));
  EXPECT_THAT(error("seed", "-1"), HasSubstr("seed"));
  EXPECT_THAT(error("trajectory.end_height_m", "9000"), HasSubstr("start_height_m"));
  EXPECT_THAT(error("site.latitude_deg", "91"), HasSubstr("latitude_deg"));
  EXPECT_THAT(
      error("ground.levels",
            "[{spacing_m: 4, extent_m: [-9, 9, -9, 9]}, {spacing_m: 2, extent_m: [-99, 99, -99, 99]}]"),
      HasSubstr("ground.levels[0]"));
}

TEST(Scenario, SiteTypesAreNamed) {
  EXPECT_THAT(ErrorOf(test::TinyScenarioPath(), {{"ground.site_type", "sea"}}), HasSubstr("mare, highland"));
  EXPECT_EQ(ReadScenario(test::TinyScenarioPath(), {{"ground.site_type", "polar"}}).ground.site_type,
            "polar");
}

TEST(Scenario, ImagingEffectsAreOffUnlessAskedFor) {
  for (const char* name : {"demo", "hadley"}) {
    const Scenario scenario = ReadScenario(FindScenario(name));
    const vision::ImagingOptions& imaging = scenario.camera.imaging;
    EXPECT_TRUE(imaging.vignetting.Off());
    EXPECT_TRUE(imaging.lens_dust.Off());
    EXPECT_TRUE(imaging.stray_light.Off());
    EXPECT_TRUE(imaging.plume.Off());
    EXPECT_FALSE(imaging.detector.HasOffsets());
    EXPECT_EQ(imaging.detector.prnu, 0);
    EXPECT_EQ(imaging.exposure_control.response_per_s, 0);
    EXPECT_FALSE(scenario.camera.motion);
    EXPECT_EQ(scenario.camera.model, vision::kBrownConrady);
    EXPECT_EQ(scenario.ground.reflectance, vision::Reflectance::kHapke);
  }
}

TEST(Scenario, ReadsEveryImagingEffect) {
  const Scenario scenario = ReadScenario(
      test::TinyScenarioPath(),
      {{"camera.exposure_s", "0.004"},
       {"camera.camera_seed", "9"},
       {"camera.black_level", "0.03"},
       {"camera.vignetting", "{cos_power: 4, k2: -0.1, k4: 0.01, k6: -0.001}"},
       {"camera.lens_dust", "{count: 12, smallest_radius_px: 3, largest_radius_px: 9, deepest: 0.2}"},
       {"camera.stray_light", "{veiling_glare: 0.02, sun_glow: 0.3, ghost: 0.01, ghost_blur_px: 5}"},
       {"camera.plume", "{start_height_m: 30, optical_depth_at_ground: 1.5, radiance_factor: 0.08}"},
       {"camera.detector",
        "{dark_current_eps: 100, prnu: 0.01, dsnu_e: 2, row_offset_e: 3, column_offset_e: 4, "
        "hot_pixel_share: "
        "1e-4, hot_pixel_rate_eps: 5000}"},
       {"camera.exposure_control",
        "{response_per_s: 700, shortest_s: 2e-5, longest_s: 0.02, highest_gain: 8}"},
       {"camera.motion", "{sub_exposures: 4, line_time_s: 2e-5, band_rows: 8}"},
       {"camera.model", "kannala_brandt"},
       {"camera.distortion", "[0.01, -0.002, 0.001, -0.0005]"},
       {"ground.reflectance", "hapke_highland"}});
  const vision::ImagingOptions& o = scenario.camera.imaging;
  EXPECT_EQ(o.exposure_s, 0.004);
  EXPECT_EQ(o.camera_seed, 9u);
  EXPECT_EQ(o.black_level, 0.03);
  EXPECT_EQ(o.vignetting.cos_power, 4);
  EXPECT_EQ(o.vignetting.k2, -0.1);
  EXPECT_EQ(o.vignetting.k4, 0.01);
  EXPECT_EQ(o.vignetting.k6, -0.001);
  EXPECT_EQ(o.lens_dust.count, 12);
  EXPECT_EQ(o.lens_dust.smallest_radius_px, 3);
  EXPECT_EQ(o.lens_dust.largest_radius_px, 9);
  EXPECT_EQ(o.lens_dust.deepest, 0.2);
  EXPECT_EQ(o.stray_light.veiling_glare, 0.02);
  EXPECT_EQ(o.stray_light.sun_glow, 0.3);
  EXPECT_EQ(o.stray_light.ghost, 0.01);
  EXPECT_EQ(o.stray_light.ghost_blur_px, 5);
  EXPECT_EQ(o.plume.start_height_m, 30);
  EXPECT_EQ(o.plume.optical_depth_at_ground, 1.5);
  EXPECT_EQ(o.plume.radiance_factor, 0.08);
  EXPECT_EQ(o.detector.dark_current_eps, 100);
  EXPECT_EQ(o.detector.prnu, 0.01);
  EXPECT_EQ(o.detector.dsnu_e, 2);
  EXPECT_EQ(o.detector.row_offset_e, 3);
  EXPECT_EQ(o.detector.column_offset_e, 4);
  EXPECT_EQ(o.detector.hot_pixel_share, 1e-4);
  EXPECT_EQ(o.detector.hot_pixel_rate_eps, 5000);
  EXPECT_EQ(o.exposure_control.response_per_s, 700);
  EXPECT_EQ(o.exposure_control.shortest_s, 2e-5);
  EXPECT_EQ(o.exposure_control.longest_s, 0.02);
  EXPECT_EQ(o.exposure_control.highest_gain, 8);
  ASSERT_TRUE(scenario.camera.motion);
  EXPECT_EQ(scenario.camera.motion->exposure_s, 0.004);
  EXPECT_EQ(scenario.camera.motion->sub_exposures, 4);
  EXPECT_EQ(scenario.camera.motion->line_time_s, 2e-5);
  EXPECT_EQ(scenario.camera.motion->band_rows, 8);
  const vision::Camera lens = scenario.camera.Camera();
  EXPECT_TRUE(lens.IsFisheye());
  EXPECT_NEAR(lens.fx_px, 96 / dem::DegToRad(60), 1e-12);
  EXPECT_EQ(lens.distortion, (std::array<double, 5>{0.01, -0.002, 0.001, -0.0005, 0}));
  EXPECT_EQ(scenario.ground.reflectance, vision::Reflectance::kHapkeHighland);
}

TEST(Scenario, RefusesUnknownOrBadImagingKeys) {
  const auto error = [](const char* key, const char* value) {
    return ErrorOf(test::TinyScenarioPath(), {{key, value}});
  };
  EXPECT_THAT(error("camera.vignetting", "{cos_powr: 4}"),
              HasSubstr("unknown key 'camera.vignetting.cos_powr'"));
  EXPECT_THAT(error("camera.lens_dust", "{counts: 4}"), HasSubstr("unknown key 'camera.lens_dust.counts'"));
  EXPECT_THAT(error("camera.stray_light", "{x: 4}"), HasSubstr("unknown key 'camera.stray_light.x'"));
  EXPECT_THAT(error("camera.plume", "{x: 4}"), HasSubstr("unknown key 'camera.plume.x'"));
  EXPECT_THAT(error("camera.detector", "{x: 4}"), HasSubstr("unknown key 'camera.detector.x'"));
  EXPECT_THAT(error("camera.exposure_control", "{x: 4}"),
              HasSubstr("unknown key 'camera.exposure_control.x'"));
  EXPECT_THAT(error("camera.motion", "{x: 4}"), HasSubstr("unknown key 'camera.motion.x'"));
  EXPECT_THAT(error("camera.vignetting", "{cos_power: -4}"), HasSubstr("vignetting.cos_power is -4"));
  EXPECT_THAT(error("camera.motion", "{sub_exposures: 0}"), HasSubstr("motion.sub_exposures is 0"));
  EXPECT_THAT(error("camera.detector", "{prnu: lots}"), HasSubstr("camera.detector.prnu"));
  EXPECT_THAT(error("camera.model", "omni"), HasSubstr("camera.model"));
  EXPECT_THAT(error("camera.distortion", "[1, 2]"), HasSubstr("camera.distortion"));
  EXPECT_THAT(error("ground.reflectance", "shiny"), HasSubstr("ground.reflectance"));
}

TEST(Scenario, RenderingIsPlainUnlessAskedFor) {
  for (const char* name : {"demo", "hadley"}) {
    const vision::RenderOptions options = ReadScenario(FindScenario(name)).TruthRendering();
    EXPECT_FALSE(options.anti_alias);
    EXPECT_FALSE(options.secondary_light);
    EXPECT_FALSE(options.earthshine);
    EXPECT_EQ(options.sun_samples, 1);
    EXPECT_EQ(options.reflectance, vision::Reflectance::kHapke);
  }
}

TEST(Scenario, ReadsRendering) {
  const vision::RenderOptions options =
      ReadScenario(test::TinyScenarioPath(),
                   {{"rendering",
                     "{anti_alias: true, max_samples_across: 3, sun_samples: 8, secondary_light: {rays: 32, "
                     "step_px: 2}, earthshine: true}"},
                    {"epoch_utc", "2024-04-08T18:21:00"}})
          .TruthRendering();
  EXPECT_TRUE(options.anti_alias);
  EXPECT_EQ(options.max_samples_across, 3);
  EXPECT_EQ(options.sun_samples, 8);
  ASSERT_TRUE(options.secondary_light);
  EXPECT_EQ(options.secondary_light->rays, 32);
  EXPECT_EQ(options.secondary_light->step_px, 2);
  // New Moon: the Earth is full, and high over 14.5° N, 33° E.
  ASSERT_TRUE(options.earthshine);
  EXPECT_GT(options.earthshine->share_of_sun, 5e-5);
  EXPECT_GT(options.earthshine->direction_to_earth_in_site.z(), std::cos(dem::DegToRad(36.4 + 11)));
  const auto light = ReadScenario(test::TinyScenarioPath(), {{"rendering.secondary_light", "{}"}})
                         .TruthRendering()
                         .secondary_light;
  ASSERT_TRUE(light);
  EXPECT_EQ(light->rays, vision::SecondaryLightOptions().rays);
}

TEST(Scenario, RefusesUnknownOrBadRenderingKeys) {
  const auto error = [](const char* key, const char* value) {
    return ErrorOf(test::TinyScenarioPath(), {{key, value}});
  };
  EXPECT_THAT(error("rendering", "{antialias: true}"), HasSubstr("unknown key 'rendering.antialias'"));
  EXPECT_THAT(error("rendering.secondary_light", "{x: 4}"),
              HasSubstr("unknown key 'rendering.secondary_light.x'"));
  EXPECT_THAT(error("rendering.secondary_light.rays", "0"), HasSubstr("rendering.secondary_light.rays"));
  EXPECT_THAT(error("rendering.secondary_light.rays", "100000"), HasSubstr("secondary_light.rays is 100000"));
  EXPECT_THAT(error("rendering.max_samples_across", "99"), HasSubstr("max_samples_across is 99"));
  EXPECT_THAT(error("rendering.sun_samples", "-1"), HasSubstr("rendering.sun_samples"));
  EXPECT_THAT(error("rendering.earthshine", "7"), HasSubstr("rendering.earthshine"));
}

}  // namespace
}  // namespace perilune::datasets
