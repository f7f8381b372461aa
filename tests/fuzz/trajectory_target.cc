#include <cstdlib>

#include "datasets/formats/trajectory_file.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/fuzz_target.h"

// The first character is the format; KITTI's times are the poses' own lines, which fails but for one column.
PERILUNE_FUZZ_TARGET(trajectory) {
  using perilune::datasets::TrajectoryFormat;
  constexpr TrajectoryFormat kFormats[] = {TrajectoryFormat::kTum, TrajectoryFormat::kEuroc,
                                           TrajectoryFormat::kKitti};
  const TrajectoryFormat format = kFormats[perilune::test::TakeChoice(bytes, 3)];
  const perilune::test::MemoryFile file(bytes);
  perilune::test::AllowDataError([&] {
    const auto trajectory = perilune::datasets::ReadTrajectory(file.path(), format, file.path());
    // What was read is one: its times increase and its rotations are rotations.
    for (std::size_t i = 0; i < trajectory.size(); ++i) {
      const Eigen::Matrix3d r = trajectory[i].reference_from_body.linear();
      if (!((r * r.transpose() - Eigen::Matrix3d::Identity()).norm() < 1e-9)) std::abort();
      if (i > 0 && trajectory[i].t_ns <= trajectory[i - 1].t_ns) std::abort();
    }
  });
  perilune::test::AllowDataError([&] { perilune::datasets::DetectTrajectoryFormat(file.path()); });
}
