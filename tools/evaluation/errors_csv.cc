#include "tools/evaluation/errors_csv.h"

#include <stdexcept>
#include <string>

#include "datasets/formats/csv_table.h"
#include "dem/io/atomic_file.h"

namespace perilune::tools {
namespace {

constexpr const char* kHeader =
    "#source,t_ns,outcome,map,map_pixel_m,ground_sample_m,rel_e_m,rel_n_m,rel_u_m,rel_se_m,rel_sn_m,rel_su_m,"
    "rel_nees,abs_e_m,abs_n_m,abs_u_m,abs_se_m,abs_sn_m,abs_su_m,abs_nees,false,"
    "hpl_1e1_m,vpl_1e1_m,hpl_1e2_m,vpl_1e2_m";
constexpr std::size_t kFirstRelative = 6;
constexpr std::size_t kFirstAbsolute = 13;
constexpr std::size_t kFirstProtection = 21;

void Add(datasets::CsvWriter& csv, const std::optional<Eigen::Vector3d>& vector) {
  if (!vector) {
    csv.AddEmpty(3);
    return;
  }
  for (int axis = 0; axis < 3; ++axis) csv.Add((*vector)[axis]);
}

void Add(datasets::CsvWriter& csv, const std::optional<ErrorTerm>& term) {
  Add(csv, term ? std::optional(term->error_m) : std::nullopt);
  Add(csv, term ? term->sigma_m : std::nullopt);
  if (term && term->nees) {
    csv.Add(*term->nees);
  } else {
    csv.AddEmpty();
  }
}

void AddRow(datasets::CsvWriter& csv, const char* source, const PositionError& error) {
  csv.Add(source).Add(error.t_ns).Add(ToString(error.outcome)).Add(error.map);
  csv.Add(error.map_pixel_m).Add(error.ground_sample_m);
  Add(csv, error.map_relative);
  Add(csv, error.absolute);
  csv.Add(error.IsFalse() ? 1 : 0);
  if (error.protection) {
    for (const ProtectedPosition& level : *error.protection)
      csv.Add(level.horizontal_m).Add(level.vertical_m);
  } else {
    csv.AddEmpty(2 * kVerifiedRisks.size());
  }
  csv.EndRow();
}

std::optional<ErrorTerm> TermFrom(const datasets::CsvRow& row, std::size_t first) {
  if (row.Empty(first)) return std::nullopt;
  const auto vector = [&](std::size_t at) {
    return Eigen::Vector3d(row.Number(at), row.Number(at + 1), row.Number(at + 2));
  };
  ErrorTerm term;
  term.error_m = vector(first);
  if (!row.Empty(first + 3)) term.sigma_m = vector(first + 3);
  if (!row.Empty(first + 6)) term.nees = row.Number(first + 6);
  return term;
}

PositionError ErrorFrom(const datasets::CsvRow& row) {
  PositionError error;
  error.t_ns = row.Integer(1);
  try {
    error.outcome = OutcomeFromString(row.Text(2));
  } catch (const std::invalid_argument& problem) {
    row.Refuse(2, problem.what());
  }
  error.map = row.Text(3);
  error.map_pixel_m = row.Number(4);
  error.ground_sample_m = row.Number(5);
  error.map_relative = TermFrom(row, kFirstRelative);
  error.absolute = TermFrom(row, kFirstAbsolute);
  if (!row.Empty(kFirstProtection)) {
    error.protection.emplace();
    std::size_t column = kFirstProtection;
    for (ProtectedPosition& level : *error.protection) {
      level.horizontal_m = row.Number(column++);
      level.vertical_m = row.Number(column++);
    }
  }
  return error;
}

}  // namespace

void WriteErrors(const std::filesystem::path& path, const RunErrors& errors) {
  datasets::CsvWriter csv(kHeader);
  for (const PositionError& error : errors.fixes) AddRow(csv, "fix", error);
  for (const PositionError& error : errors.states) AddRow(csv, "state", error);
  dem::WriteFileAtomically(path, csv.bytes());
}

RunErrors ReadErrors(const std::filesystem::path& path) {
  const datasets::CsvTable table(path, kHeader);
  RunErrors errors;
  for (const datasets::CsvRow& row : table.rows()) {
    if (row.Text(0) != "fix" && row.Text(0) != "state") row.Refuse(0, "is fix or state");
    (row.Text(0) == "fix" ? errors.fixes : errors.states).push_back(ErrorFrom(row));
  }
  return errors;
}

}  // namespace perilune::tools
