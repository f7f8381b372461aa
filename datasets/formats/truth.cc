#include "datasets/formats/truth.h"

#include <cmath>

#include "datasets/formats/csv_table.h"
#include "datasets/formats/yaml_map.h"
#include "dem/io/atomic_file.h"
#include "dem/io/data_error.h"

namespace perilune::datasets {
namespace {

constexpr char kStatesFile[] = "state_groundtruth_estimate0/data.csv";
constexpr char kSiteDem[] = "truth/site_dem.tif";
constexpr char kStatesHeader[] =
    "#timestamp [ns],p_RS_R_x [m],p_RS_R_y [m],p_RS_R_z [m],q_RS_w [],q_RS_x [],q_RS_y [],q_RS_z [],"
    "v_RS_R_x [m s^-1],v_RS_R_y [m s^-1],v_RS_R_z [m s^-1],"
    "b_w_RS_S_x [rad s^-1],b_w_RS_S_y [rad s^-1],b_w_RS_S_z [rad s^-1],"
    "b_a_RS_S_x [m s^-2],b_a_RS_S_y [m s^-2],b_a_RS_S_z [m s^-2]";

Eigen::Vector3d VectorAt(const CsvRow& row, std::size_t column) {
  return {row.Number(column), row.Number(column + 1), row.Number(column + 2)};
}

std::vector<TruthState> ReadStateTable(const std::filesystem::path& path) {
  const CsvTable table(path, kStatesHeader);
  std::vector<TruthState> states;
  states.reserve(table.rows().size());
  for (const CsvRow& row : table.rows()) {
    TruthState state;
    state.t_ns = row.Integer(0);
    if (!states.empty() && state.t_ns <= states.back().t_ns) {
      row.Refuse(0, "time " + row.Text(0) + " does not increase");
    }
    state.site_from_body.translation() = VectorAt(row, 1);
    const Eigen::Quaterniond q(row.Number(4), row.Number(5), row.Number(6), row.Number(7));
    if (std::abs(q.norm() - 1) > 1e-3) row.Refuse(4, "is no unit quaternion");
    state.site_from_body.linear() = q.normalized().toRotationMatrix();
    state.velocity_in_site_mps = VectorAt(row, 8);
    state.gyro_bias_radps = VectorAt(row, 11);
    state.accel_bias_mps2 = VectorAt(row, 14);
    states.push_back(state);
  }
  return states;
}

std::string TextOf(const Eigen::Vector3d& v) {
  return "[" + ShortestText(v.x()) + ", " + ShortestText(v.y()) + ", " + ShortestText(v.z()) + "]";
}

}  // namespace

std::optional<Eigen::Vector3d> MapTieInSite_m(const Truth& truth, const std::string& map) {
  const auto found = truth.map_tie_in_site_m.find(map);
  if (found == truth.map_tie_in_site_m.end()) return std::nullopt;
  return found->second;
}

Truth ReadTruth(const std::filesystem::path& sequence_root) {
  Truth truth;
  const YamlMap yaml = ReadYamlFile(sequence_root / "truth" / "truth.yaml");
  const std::int64_t seed = yaml.Integer("seed");
  if (seed < 0) yaml.Fail("seed", "must not be negative");
  truth.seed = static_cast<std::uint64_t>(seed);
  const YamlMap ties = yaml.Map("map_tie_in_site_m");
  for (const std::string& map : ties.Keys()) {
    truth.map_tie_in_site_m[map] = Eigen::Vector3d(ties.Numbers(map, 3).data());
  }
  yaml.RefuseUnknownKeys();
  truth.states = ReadStateTable(sequence_root / kStatesFile);
  truth.site_dem = sequence_root / kSiteDem;
  return truth;
}

void WriteTruth(const std::filesystem::path& sequence_root, const Truth& truth) {
  std::string yaml = "seed: " + std::to_string(truth.seed) + "\nmap_tie_in_site_m:\n";
  for (const auto& [map, tie] : truth.map_tie_in_site_m) yaml += "  " + map + ": " + TextOf(tie) + "\n";
  std::filesystem::create_directories(sequence_root / "truth");
  dem::WriteFileAtomically(sequence_root / "truth" / "truth.yaml", yaml);

  CsvWriter csv(kStatesHeader);
  for (const TruthState& state : truth.states) {
    const Eigen::Quaterniond q(state.site_from_body.linear());
    csv.Add(state.t_ns);
    for (const double p : state.site_from_body.translation()) csv.Add(p);
    csv.Add(q.w()).Add(q.x()).Add(q.y()).Add(q.z());
    for (const double v : state.velocity_in_site_mps) csv.Add(v);
    for (const double b : state.gyro_bias_radps) csv.Add(b);
    for (const double b : state.accel_bias_mps2) csv.Add(b);
    csv.EndRow();
  }
  std::filesystem::create_directories((sequence_root / kStatesFile).parent_path());
  dem::WriteFileAtomically(sequence_root / kStatesFile, csv.bytes());
}

}  // namespace perilune::datasets
