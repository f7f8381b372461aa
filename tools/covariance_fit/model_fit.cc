#include "tools/covariance_fit/model_fit.h"

#include <ceres/gradient_problem.h>
#include <ceres/gradient_problem_solver.h>
#include <tbb/parallel_for.h>

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <stdexcept>
#include <utility>

#include "dem/frames/moon.h"
#include "dem/linear/symmetric_solve.h"
#include "tools/campaign/bootstrap.h"
#include "tools/evaluation/percentiles.h"

namespace perilune::tools {
namespace {

constexpr double kImpossible = 1e30;
constexpr double kLargestChange = 6;  // of a constant's logarithm

double LogDensity(const DeclaredPose& pose, const nav::MatchErrorModel& model) {
  dem::Vector6d unit = dem::Vector6d::Ones();
  unit.tail<3>().setConstant(1 / pose.pixel_m);
  const dem::Matrix6d covariance = unit.asDiagonal() * pose.Covariance(model) * unit.asDiagonal();
  const dem::Vector6d error = unit.asDiagonal() * pose.error;
  const Eigen::LLT<dem::Matrix6d> root(covariance);
  if (root.info() != Eigen::Success) return -kImpossible;
  const double log_determinant = 2 * root.matrixLLT().diagonal().array().log().sum();
  return -0.5 * (error.dot(root.solve(error)) + log_determinant + 6 * std::log(2 * dem::kPi));
}

nav::MatchErrorModel Moved(const nav::MatchErrorModel& start, const std::vector<ModelConstant>& moved,
                           const double* log_change) {
  nav::MatchErrorModel model = start;
  for (std::size_t i = 0; i < moved.size(); ++i) {
    model.*(moved[i].value) *= std::exp(std::clamp(log_change[i], -kLargestChange, kLargestChange));
  }
  return model;
}

/// −LogLikelihood by the logarithms of the constants' changes; its gradient by central differences.
class Unlikelihood final : public ceres::FirstOrderFunction {
 public:
  Unlikelihood(const std::vector<DeclaredPose>& poses, const nav::MatchErrorModel& start,
               std::vector<ModelConstant> moved)
      : poses_(poses), start_(start), moved_(std::move(moved)) {}

  int NumParameters() const override { return static_cast<int>(moved_.size()); }

  bool Evaluate(const double* const log_change, double* cost, double* gradient) const override {
    *cost = At(log_change);
    if (!std::isfinite(*cost)) return false;
    if (gradient == nullptr) return true;
    std::vector<double> place(log_change, log_change + moved_.size());
    for (std::size_t i = 0; i < moved_.size(); ++i) {
      place[i] = log_change[i] + kStep;
      const double above = At(place.data());
      place[i] = log_change[i] - kStep;
      const double below = At(place.data());
      place[i] = log_change[i];
      gradient[i] = (above - below) / (2 * kStep);
    }
    return true;
  }

 private:
  static constexpr double kStep = 1e-3;

  double At(const double* log_change) const {
    return -LogLikelihood(poses_, Moved(start_, moved_, log_change));
  }

  const std::vector<DeclaredPose>& poses_;
  nav::MatchErrorModel start_;
  std::vector<ModelConstant> moved_;
};

struct Figures {
  std::vector<UnitValue> position, pose;
  int outside = 0;  // position further off than 5 sigma
};

double Median(const std::vector<UnitValue>& values) {
  std::vector<double> all;
  for (const UnitValue& value : values) all.push_back(value.value);
  return Percentile(all, 0.5);
}

std::map<std::string, Figures> FiguresBy(const std::vector<DeclaredPose>& poses,
                                         const nav::MatchErrorModel& model) {
  std::map<std::string, Figures> by_group;
  for (const DeclaredPose& pose : poses) {
    const dem::Matrix6d covariance = pose.Covariance(model);
    const double whole = dem::SquaredMahalanobis(pose.error, covariance);
    const double place = dem::SquaredMahalanobis(pose.error.tail<3>(), covariance.bottomRightCorner<3, 3>());
    for (const std::string& group : {pose.group, std::string("all")}) {
      Figures& figures = by_group[group];
      figures.position.push_back({pose.unit, place});
      figures.pose.push_back({pose.unit, whole});
      figures.outside += place > 25;
    }
  }
  return by_group;
}

std::string Text(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", number);
  return text;
}

std::string MeanText(const std::vector<UnitValue>& values) { return Text(BootstrapOverUnits(values).mean); }

std::string FiguresText(const Figures& of) {
  return MeanText(of.position) + " | " + Text(Median(of.position)) + " | " + MeanText(of.pose) + " | " +
         Text(Median(of.pose)) + " | " + std::to_string(of.outside);
}

}  // namespace

double LogLikelihood(const std::vector<DeclaredPose>& poses, const nav::MatchErrorModel& model) {
  std::vector<double> terms(poses.size());
  tbb::parallel_for(std::size_t{0}, poses.size(),
                    [&](std::size_t i) { terms[i] = LogDensity(poses[i], model); });
  double sum = 0;  // in the order of the poses, whatever ran first
  for (const double term : terms) sum += term;
  return sum;
}

const std::vector<ModelConstant>& FittedConstants() {
  using Model = nav::MatchErrorModel;
  static const std::vector<ModelConstant> constants = {
      {"few_patches", &Model::few_patches},
      {"overlap_power", &Model::overlap_power},
      {"grazing_shift_px", &Model::grazing_shift_px},
      {"grazing_elevation_rad", &Model::grazing_elevation_rad},
      {"high_shift_px", &Model::high_shift_px},
      {"shift_across", &Model::shift_across},
      {"landmark_height_map_px", &Model::landmark_height_map_px},
      {"grazing_landmark_height_map_px", &Model::grazing_landmark_height_map_px},
      {"high_landmark_height_map_px", &Model::high_landmark_height_map_px},
  };
  return constants;
}

nav::MatchErrorModel FitModel(const std::vector<DeclaredPose>& poses, const nav::MatchErrorModel& start,
                              const std::vector<std::string>& held) {
  std::vector<ModelConstant> moved = FittedConstants();
  for (const std::string& name : held) {
    if (std::erase_if(moved, [&](const ModelConstant& constant) { return constant.name == name; }) == 0)
      throw std::invalid_argument("no constant of the model is called '" + name + "'");
  }
  if (moved.empty()) return start;
  const ceres::GradientProblem problem(new Unlikelihood(poses, start, moved));
  ceres::GradientProblemSolver::Options options;
  options.max_num_iterations = 100;
  options.function_tolerance = 1e-7;
  options.logging_type = ceres::SILENT;
  std::vector<double> log_change(moved.size(), 0.0);
  ceres::GradientProblemSolver::Summary summary;
  ceres::Solve(options, problem, log_change.data(), &summary);
  if (!summary.IsSolutionUsable()) throw std::runtime_error("the fit failed: " + summary.message);
  return Moved(start, moved, log_change.data());
}

std::string FitTable(const std::vector<DeclaredPose>& poses, const nav::MatchErrorModel& before,
                     const nav::MatchErrorModel& after) {
  std::string table = "| constant | before | after |\n|---|---|---|\n";
  for (const ModelConstant& constant : FittedConstants()) {
    table += "| " + std::string(constant.name) + " | " + Text(before.*(constant.value)) + " | " +
             Text(after.*(constant.value)) + " |\n";
  }
  const auto number = static_cast<double>(poses.size());
  table += "| log likelihood a pose | " + Text(LogLikelihood(poses, before) / number) + " | " +
           Text(LogLikelihood(poses, after) / number) + " |\n\n";
  table +=
      "| group | poses | units | position NEES (3): mean | p50 (2.37) | pose NEES (6): mean | p50 (5.35) | "
      "position "
      "beyond 5 sigma | after: position | p50 | pose | p50 | beyond "
      "|\n|---|---|---|---|---|---|---|---|---|---|---|---|---|\n";
  const auto old_figures = FiguresBy(poses, before), new_figures = FiguresBy(poses, after);
  for (const auto& [group, figures] : old_figures) {
    table += "| " + group + " | " + std::to_string(figures.position.size()) + " | " +
             std::to_string(BootstrapOverUnits(figures.position).count) + " | " + FiguresText(figures) +
             " | " + FiguresText(new_figures.at(group)) + " |\n";
  }
  return table;
}

}  // namespace perilune::tools
