// crater_detections: the detector against labelled NAC images, and against renders of synthetic ground.
// tools/validation/craters.sh makes the tables and curves of docs/craters.md with it.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>

#include "datasets/formats/image_file.h"
#include "dem/frames/moon.h"
#include "dem/io/atomic_file.h"
#include "dem/synthesis/random.h"
#include "tools/crater_detections/detection_score.h"
#include "tools/crater_detections/relief_labels.h"
#include "tools/crater_detections/rendered_scene.h"
#include "tools/report/standalone_svg.h"
#include "vision/craters/crater_network.h"

namespace perilune::tools {
namespace {

constexpr double kLeastScore = 0.05;  // of the curves; the detector's default is told apart

struct NacArguments {
  std::string folder, svg, network, evidence;
  double margin_px = 0;
};

/// The products in the order of their names, the two near-consecutive pairs each as one, taken in turn: the
/// first, third … are tuned on. Stated before anything was measured.
constexpr std::array<const char*, 6> kTunedOn = {"M115143943",  "M1183658592", "M1231933714",
                                                 "M1275410097", "M161142858",  "M161149639"};

bool IsTunedOn(const std::string& name) {
  return std::any_of(kTunedOn.begin(), kTunedOn.end(),
                     [&](const char* product) { return name.rfind(product, 0) == 0; });
}

/// Boxes `ID,X,Y,W,H,…`. Those of 9–12 px are neither right nor wrong; smaller ones are no labels.
std::vector<TrueCrater> ReadBoxes(const std::filesystem::path& path) {
  constexpr double kLeast_px = 9, kCounts_px = 12;
  std::ifstream stream(path);
  std::vector<TrueCrater> boxes;
  for (std::string line; std::getline(stream, line);) {
    double x = 0, y = 0, w = 0, h = 0;
    if (std::sscanf(line.c_str(), "%*[^,],%lf,%lf,%lf,%lf", &x, &y, &w, &h) != 4) continue;
    const double diameter_px = 0.5 * (w + h);
    if (diameter_px < kLeast_px) continue;
    boxes.push_back({x + 0.5 * w - 0.5, y + 0.5 * h - 0.5, diameter_px, diameter_px >= kCounts_px});
  }
  return boxes;
}

void PrintPoint(const std::string& name, const OperatingPoint& point) {
  std::printf("| %s | %.2f | %.3f | %.3f | %.3f |\n", name.c_str(), point.score, point.precision,
              point.recall, point.F1());
}

PlotLine CurveOf(const std::string& label, const std::string& css_class,
                 const std::vector<OperatingPoint>& curve) {
  PlotLine line{label, css_class, {}, {}};
  for (const OperatingPoint& point : curve) {
    line.x.push_back(point.recall);
    line.y.push_back(point.precision);
  }
  return line;
}

/// The detector that is judged: with a network, or without where its path is empty.
vision::DetectCratersOptions JudgedDetector(const std::string& network) {
  vision::DetectCratersOptions options;
  options.min_score = kLeastScore;
  if (!network.empty()) options.network = std::make_shared<vision::CraterNetwork>(network);
  return options;
}

/// For tools/train/crater_score.py: what each detection's score was made of, and whether it was right.
std::string EvidenceCsv(const std::vector<JudgedImage>& images) {
  std::ostringstream csv;
  for (const JudgedImage& image : images) {
    for (const JudgedDetection& detection : image.detections) {
      for (const double evidence : detection.evidence) csv << evidence << ',';
      csv << detection.right << '\n';
    }
  }
  return csv.str();
}

void RunNac(const NacArguments& arguments) {
  std::vector<std::filesystem::path> pictures;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(arguments.folder) / "images")) {
    pictures.push_back(entry.path());
  }
  std::sort(pictures.begin(), pictures.end());
  const vision::DetectCratersOptions options = JudgedDetector(arguments.network);
  std::vector<JudgedImage> tuned, reported;
  for (const std::filesystem::path& picture : pictures) {
    const auto labels = std::filesystem::path(arguments.folder) / "labels" / picture.stem().concat(".txt");
    const auto found = vision::DetectCraters(datasets::ReadGreyImage(picture), options);
    (IsTunedOn(picture.filename().string()) ? tuned : reported)
        .push_back(Judge(found, ReadBoxes(labels), arguments.margin_px, 12));
    std::cerr << picture.filename().string() << ": Sun " << dem::RadToDeg(found.sun_direction_rad) << " deg, "
              << found.craters.size() << " detections\n";
  }
  if (!arguments.evidence.empty()) dem::WriteFileAtomically(arguments.evidence, EvidenceCsv(tuned));
  const auto tuned_curve = PrecisionRecall(tuned), reported_curve = PrecisionRecall(reported);
  std::printf("| images | score from | precision | recall | F1 |\n|---|---|---|---|---|\n");
  PrintPoint("tuned on, best F1", BestF1(tuned_curve));
  PrintPoint("tuned on, default", AtScore(tuned_curve, vision::DetectCratersOptions().min_score));
  PrintPoint("reported, default", AtScore(reported_curve, vision::DetectCratersOptions().min_score));
  PrintPoint("reported, best F1 (for the record)", BestF1(reported_curve));
  if (arguments.svg.empty()) return;
  StandaloneSvg picture;
  Plot& plot = picture.panels.emplace_back();
  plot.title = "NAC images, boxes of 12 px and more";
  plot.x = {"recall", AxisScale::kLinear, 1, true};
  plot.y = {"precision", AxisScale::kLinear, 1, true};
  plot.lines = {CurveOf("tuned on", "tuned", tuned_curve), CurveOf("reported", "reported", reported_curve)};
  plot.height_px = 320;
  picture.colours = ".tuned{stroke:#2b8a3e}.reported{stroke:#1864ab}";
  dem::WriteFileAtomically(arguments.svg, ToText(picture));
}

struct RenderArguments {
  int count = 6;
  std::uint64_t seed = 9001;
  std::string network;
};

double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// A row of one Sun's elevation over all scenes.
void PrintElevation(double elevation_deg, const std::vector<JudgedImage>& images) {
  const double least_score = vision::DetectCratersOptions().min_score;
  const auto curve = PrecisionRecall(images);
  std::vector<double> centres, diameters;
  int there = 0;
  for (const JudgedImage& image : images) {
    there += image.true_craters;
    for (const JudgedDetection& detection : image.detections) {
      if (!detection.right || detection.score < least_score) continue;
      centres.push_back(detection.centre_error_diameters);
      diameters.push_back(std::abs(detection.diameter_error));
    }
  }
  OperatingPoint precise;
  for (const OperatingPoint& point : curve) {
    if (point.precision >= 0.9) precise = point;
  }
  const OperatingPoint at_default = AtScore(curve, least_score);
  std::printf("| %.0f | %d | %.3f | %.3f | %.3f | %.2f | %.3f | %.1f %% |\n", elevation_deg, there,
              at_default.precision, at_default.recall, precise.recall, precise.score, Median(centres),
              100 * Median(diameters));
  std::fflush(stdout);
}

void RunRenders(const RenderArguments& arguments) {
  constexpr std::array kElevations_deg = {5.0, 10.0, 20.0, 40.0, 60.0};
  std::array<std::vector<JudgedImage>, kElevations_deg.size()> judged;
  vision::DetectCratersOptions options = JudgedDetector(arguments.network);
  for (int i = 0; i < arguments.count; ++i) {
    const std::uint64_t seed = arguments.seed + static_cast<std::uint64_t>(i);
    const RenderedScene scene({seed % 2 == 0 ? "mare" : "highland", seed, 10});
    const double azimuth_rad = 2 * dem::kPi * dem::RandomUniform(seed, 502, 0);
    for (std::size_t e = 0; e < kElevations_deg.size(); ++e) {
      options.sun_direction_rad = azimuth_rad - dem::kPi / 2;  // north is up, east right
      const cv::Mat picture = scene.Picture(dem::DegToRad(kElevations_deg[e]), azimuth_rad);
      judged[e].push_back(
          Judge(vision::DetectCraters(picture, options), scene.Truth(picture), 0, RenderedScene::kLeast_px));
    }
    std::cerr << "scene " << seed << '\n';
  }
  std::printf(
      "| Sun's elevation, deg | craters | precision | recall | recall at precision 0.9 | its score | centre "
      "error / D, p50 | "
      "diameter error, p50 |\n|---|---|---|---|---|---|---|---|\n");
  for (std::size_t e = 0; e < kElevations_deg.size(); ++e) PrintElevation(kElevations_deg[e], judged[e]);
}

int Main(int argc, char** argv) {
  CLI::App app{"The crater detector against what is there"};
  app.require_subcommand(1);
  NacArguments nac;
  CLI::App* nac_command = app.add_subcommand("nac", "labelled NAC images: tuned on six, reported on six");
  nac_command->add_option("FOLDER", nac.folder, "with images/ and labels/")->required();
  nac_command
      ->add_option("--margin-px", nac.margin_px, "that the boxes leave around rims, both sides together")
      ->capture_default_str();
  nac_command->add_option("--network", nac.network, "ONNX file; without, the classical detector");
  nac_command->add_option("--evidence", nac.evidence, "CSV of the tuning images' detections to write");
  nac_command->add_option("--svg", nac.svg, "precision against recall");
  RenderArguments renders;
  CLI::App* render_command = app.add_subcommand("renders", "synthetic ground by the Sun's elevation");
  render_command->add_option("-n", renders.count, "scenes")->capture_default_str();
  render_command->add_option("--network", renders.network, "ONNX file; without, the classical detector");
  render_command->add_option("--seed", renders.seed, "of the first")->capture_default_str();
  ReliefArguments relief;
  CLI::App* relief_command = app.add_subcommand("relief", "catalogues made from DEMs against LU1319381");
  relief_command->add_option("DATA", relief.data, "the data folder, with dem/ and craters/")->required();
  relief_command->add_option("REGIONS", relief.regions, "copernicus, aristarchus …")->required();
  relief_command->add_option("--overlays", relief.overlays, "folder for a picture of each region");
  CLI11_PARSE(app, argc, argv);
  try {
    if (nac_command->parsed()) RunNac(nac);
    if (relief_command->parsed()) RunRelief(relief);
    if (render_command->parsed()) RunRenders(renders);
  } catch (const std::exception& error) {
    std::cerr << "crater_detections: " << error.what() << '\n';
    return 2;
  }
  return 0;
}

}  // namespace
}  // namespace perilune::tools

int main(int argc, char** argv) { return perilune::tools::Main(argc, argv); }
