#include "datasets/formats/run.h"

#include <cmath>
#include <cstdlib>
#include <limits>
#include <utility>

#include "datasets/formats/csv_table.h"
#include "datasets/formats/fix_status.h"
#include "datasets/formats/trajectory_file.h"
#include "dem/io/atomic_file.h"

namespace perilune::datasets {
namespace {

/// The upper triangle's columns: ",<name>00,<name>01,…" of an N × N covariance.
std::string TriangleColumns(const std::string& name, const std::string& axes) {
  std::string columns;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    for (std::size_t j = i; j < axes.size(); ++j) columns += "," + name + "_" + axes[i] + axes[j];
  }
  return columns;
}

}  // namespace

const std::string& FixesHeader() {
  static const std::string header =
      "#t_ns,status,map,map_level,map_pixel_m,ground_sample_m,x_m,y_m,z_m,qw,qx,qy,qz" +
      TriangleColumns("cov_rel", "012345") + TriangleColumns("cov_abs", "012345") +
      ",attempted,matches,inliers,residual_rms_px,holdout_rms_px,reason";
  return header;
}

const std::string& StatesHeader() {
  static const std::string header =
      "#t_ns,x_m,y_m,z_m,qw,qx,qy,qz,vx_mps,vy_mps,vz_mps,bgx,bgy,bgz,bax,bay,baz,range_bias_m,"
      "tie_x_m,tie_y_m,tie_z_m,map" +
      TriangleColumns("pabs", "xyz") + TriangleColumns("prel", "xyz") + TriangleColumns("pvel", "xyz") +
      ",hpl_m,vpl_m";
  return header;
}

const std::string& EventsHeader() {
  static const std::string header = "#t_ns,kind,source,accepted,nis,dof,threshold,text";
  return header;
}

namespace {

void AddVector(CsvWriter& csv, const Eigen::Vector3d& v) { csv.Add(v.x()).Add(v.y()).Add(v.z()); }

void AddPose(CsvWriter& csv, const Eigen::Isometry3d& pose) {
  AddVector(csv, pose.translation());
  const Eigen::Quaterniond q(pose.linear());
  csv.Add(q.w()).Add(q.x()).Add(q.y()).Add(q.z());
}

template <typename Matrix>
void AddTriangle(CsvWriter& csv, const Matrix& m) {
  for (int i = 0; i < m.rows(); ++i) {
    for (int j = i; j < m.cols(); ++j) csv.Add(m(i, j));
  }
}

/// Empty where a number is not known.
void AddOptional(CsvWriter& csv, double number) {
  if (std::isfinite(number)) {
    csv.Add(number);
  } else {
    csv.AddEmpty();
  }
}

/// Fields of a row taken in turn.
class Cursor {
 public:
  explicit Cursor(const CsvRow& row) : row_(row) {}

  bool Empty() const { return row_.Empty(next_); }
  void Skip(std::size_t fields) { next_ += fields; }
  double Number() { return row_.Number(next_++); }
  std::optional<double> Optional() {
    if (!Empty()) return Number();
    Skip(1);
    return std::nullopt;
  }
  double NumberOr(double absent) { return Empty() ? (Skip(1), absent) : Number(); }
  std::int64_t Integer() { return row_.Integer(next_++); }
  int Int() {
    const std::int64_t value = Integer();
    if (value < std::numeric_limits<int>::min() || value > std::numeric_limits<int>::max()) {
      row_.Refuse(next_ - 1, "is out of range");
    }
    return static_cast<int>(value);
  }
  const std::string& Text() { return row_.Text(next_++); }

  Eigen::Vector3d Vector() {
    Eigen::Vector3d v;
    for (int i = 0; i < 3; ++i) v[i] = Number();
    return v;
  }

  Eigen::Isometry3d Pose() {
    Eigen::Isometry3d pose = Eigen::Isometry3d::Identity();
    pose.translation() = Vector();
    const std::size_t first = next_;
    Eigen::Quaterniond q;
    q.w() = Number();
    q.vec() = Vector();
    if (std::abs(q.norm() - 1) > 1e-6) row_.Refuse(first, "the quaternion's length is not 1");
    pose.linear() = q.normalized().toRotationMatrix();
    return pose;
  }

  template <int N>
  Eigen::Matrix<double, N, N> Triangle() {
    Eigen::Matrix<double, N, N> m;
    for (int i = 0; i < N; ++i) {
      for (int j = i; j < N; ++j) m(i, j) = m(j, i) = Number();
    }
    return m;
  }

  nav::FixStatus Status() {
    const std::string& text = Text();
    const std::optional<nav::FixStatus> status = FixStatusFromName(text);
    if (!status) row_.Refuse(next_ - 1, "'" + text + "' is no status of a fix");
    return *status;
  }

  bool Flag() {
    const std::string& text = Text();
    if (text != "0" && text != "1") row_.Refuse(next_ - 1, "'" + text + "' is neither 0 nor 1");
    return text == "1";
  }

  /// A time tag later than `previous`, or equal where `repeats` are allowed.
  std::int64_t Time(const std::int64_t* previous, bool repeats = false) {
    const std::int64_t t_ns = Integer();
    if (previous != nullptr && (t_ns < *previous || (t_ns == *previous && !repeats))) {
      row_.Refuse(next_ - 1, "time does not increase");
    }
    return t_ns;
  }

 private:
  const CsvRow& row_;
  std::size_t next_ = 0;
};

template <typename Row>
std::string Table(const std::string& header, const std::vector<Row>& rows) {
  std::string bytes = header + "\n";
  for (const Row& row : rows) bytes += EncodeRow(row);
  return bytes;
}

}  // namespace

std::string EncodeRow(const FixRow& row) {
  CsvWriter csv;
  const nav::Fix& fix = row.fix;
  csv.Add(fix.t_ns).Add(FixStatusName(fix.status)).Add(row.map).Add(fix.map_level);
  csv.Add(fix.map_pixel_m).Add(fix.ground_sample_m);
  if (fix.HasPose()) {
    AddPose(csv, fix.site_from_cam);
    AddTriangle(csv, fix.covariance_map_relative);
  } else {
    csv.AddEmpty(7 + 21);
  }
  if (fix.HasPose() && fix.covariance_absolute) {
    AddTriangle(csv, *fix.covariance_absolute);
  } else {
    csv.AddEmpty(21);
  }
  csv.Add(fix.attempted).Add(row.matches).Add(fix.inliers);
  AddOptional(csv, fix.residual_rms_px);
  AddOptional(csv, fix.holdout_rms_px);
  csv.Add(fix.reason).EndRow();
  return csv.bytes();
}

void WriteFixes(const std::filesystem::path& path, const std::vector<FixRow>& rows) {
  dem::WriteFileAtomically(path, Table(FixesHeader(), rows));
}

std::vector<FixRow> ReadFixes(const std::filesystem::path& path) {
  constexpr double kAbsent = std::numeric_limits<double>::quiet_NaN();
  const CsvTable table(path, FixesHeader());
  std::vector<FixRow> rows;
  for (const CsvRow& line : table.rows()) {
    Cursor cursor(line);
    FixRow row;
    row.fix.t_ns = cursor.Time(rows.empty() ? nullptr : &rows.back().fix.t_ns);
    row.fix.status = cursor.Status();
    row.map = cursor.Text();
    row.fix.map_level = cursor.Int();
    row.fix.map_pixel_m = cursor.Number();
    row.fix.ground_sample_m = cursor.Number();
    if (row.fix.HasPose()) {
      row.fix.site_from_cam = cursor.Pose();
      row.fix.covariance_map_relative = cursor.Triangle<6>();
    } else {
      cursor.Skip(7 + 21);
    }
    if (row.fix.HasPose() && !cursor.Empty()) {
      row.fix.covariance_absolute = cursor.Triangle<6>();
    } else {
      cursor.Skip(21);
    }
    row.fix.attempted = cursor.Int();
    row.matches = cursor.Int();
    row.fix.inliers = cursor.Int();
    row.fix.residual_rms_px = cursor.NumberOr(kAbsent);
    row.fix.holdout_rms_px = cursor.NumberOr(kAbsent);
    row.fix.reason = cursor.Text();
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string EncodeRow(const StateRow& row) {
  CsvWriter csv;
  csv.Add(row.state.t_ns);
  AddPose(csv, row.state.site_from_body);
  AddVector(csv, row.state.velocity_of_body_in_site_mps);
  AddVector(csv, row.state.gyro_bias_radps);
  AddVector(csv, row.state.accel_bias_mps2);
  csv.Add(row.state.range_bias_m);
  AddVector(csv, row.state.map_tie_m);
  csv.Add(row.map);
  AddTriangle(csv, row.absolute_position_covariance_m2);
  AddTriangle(csv, row.map_relative_position_covariance_m2);
  AddTriangle(csv, row.velocity_covariance_m2ps2);
  constexpr double kAbsent = std::numeric_limits<double>::quiet_NaN();
  AddOptional(csv, row.horizontal_protection_m.value_or(kAbsent));
  AddOptional(csv, row.vertical_protection_m.value_or(kAbsent));
  csv.EndRow();
  return csv.bytes();
}

void WriteStates(const std::filesystem::path& path, const std::vector<StateRow>& rows) {
  dem::WriteFileAtomically(path, Table(StatesHeader(), rows));
}

std::vector<StateRow> ReadStates(const std::filesystem::path& path) {
  const CsvTable table(path, StatesHeader());
  std::vector<StateRow> rows;
  for (const CsvRow& line : table.rows()) {
    Cursor cursor(line);
    StateRow row;
    row.state.t_ns = cursor.Time(rows.empty() ? nullptr : &rows.back().state.t_ns);
    row.state.site_from_body = cursor.Pose();
    row.state.velocity_of_body_in_site_mps = cursor.Vector();
    row.state.gyro_bias_radps = cursor.Vector();
    row.state.accel_bias_mps2 = cursor.Vector();
    row.state.range_bias_m = cursor.Number();
    row.state.map_tie_m = cursor.Vector();
    row.map = cursor.Text();
    row.absolute_position_covariance_m2 = cursor.Triangle<3>();
    row.map_relative_position_covariance_m2 = cursor.Triangle<3>();
    row.velocity_covariance_m2ps2 = cursor.Triangle<3>();
    row.horizontal_protection_m = cursor.Optional();
    row.vertical_protection_m = cursor.Optional();
    row.state.covariance.block<3, 3>(nav::kPosition, nav::kPosition) = row.absolute_position_covariance_m2;
    row.state.covariance.block<3, 3>(nav::kVelocity, nav::kVelocity) = row.velocity_covariance_m2ps2;
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string EncodeRow(const EventRow& row) {
  CsvWriter csv;
  csv.Add(row.t_ns).Add(row.kind).Add(row.source).Add(row.accepted ? 1 : 0);
  csv.Add(row.nis).Add(row.dof).Add(row.threshold).Add(row.text).EndRow();
  return csv.bytes();
}

void WriteEvents(const std::filesystem::path& path, const std::vector<EventRow>& rows) {
  dem::WriteFileAtomically(path, Table(EventsHeader(), rows));
}

std::vector<EventRow> ReadEvents(const std::filesystem::path& path) {
  const CsvTable table(path, EventsHeader());
  std::vector<EventRow> rows;
  for (const CsvRow& line : table.rows()) {
    Cursor cursor(line);
    EventRow row;
    row.t_ns = cursor.Time(rows.empty() ? nullptr : &rows.back().t_ns, true);
    row.kind = cursor.Text();
    row.source = cursor.Text();
    row.accepted = cursor.Flag();
    row.nis = cursor.Number();
    row.dof = cursor.Int();
    row.threshold = cursor.Number();
    row.text = cursor.Text();
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string EncodeTumLine(const StateRow& row) {
  return EncodeTumLine(TrajectoryPose{row.state.t_ns, row.state.site_from_body, std::nullopt});
}

void WriteTum(const std::filesystem::path& path, const std::vector<StateRow>& rows) {
  TrajectoryPoses trajectory;
  trajectory.reserve(rows.size());
  for (const StateRow& row : rows) {
    trajectory.push_back({row.state.t_ns, row.state.site_from_body, std::nullopt});
  }
  WriteTrajectory(path, TrajectoryFormat::kTum, trajectory);
}

}  // namespace perilune::datasets
