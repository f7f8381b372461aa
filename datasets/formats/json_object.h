#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace perilune::datasets {

/// An object of a JSON file under its dotted name. Accessors throw dem::DataError naming file and key. Keys
/// that nobody asked for are let be (foreign files) until RefuseUnknownKeys() is called (our own).
class JsonObject {
 public:
  /// The file's root. Throws dem::DataError when it cannot be read or is no JSON object.
  explicit JsonObject(const std::filesystem::path& file);

  bool Has(const std::string& key) const;
  JsonObject Child(const std::string& key) const;
  /// Names of the keys, in order.
  std::vector<std::string> Keys() const;
  bool IsList(const std::string& key) const;
  double Number(const std::string& key) const;
  double NumberOr(const std::string& key, double otherwise) const;
  double PositiveNumber(const std::string& key) const;
  /// A whole number between 1 and 100000.
  int Size(const std::string& key) const;
  std::int64_t Integer(const std::string& key) const;
  /// A text that is not empty.
  std::string Text(const std::string& key) const;
  /// `count` numbers; any number of them when it is 0.
  std::vector<double> Numbers(const std::string& key, std::size_t count) const;
  /// Row `index` of a table, which must have `columns` numbers.
  std::vector<double> Row(const std::string& key, std::size_t index, std::size_t columns) const;

  /// 3 × 3, orthonormal to 1e-6 with determinant +1; made exactly so.
  Eigen::Matrix3d Rotation(const std::string& key) const;

  /// After everything was asked for: what is left of this object's keys is a mistake.
  void RefuseUnknownKeys() const;
  [[noreturn]] void Refuse(const std::string& key, const std::string& problem) const;

 private:
  struct Impl;
  explicit JsonObject(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
  // Shared by copies: they know together what was asked for.
  std::shared_ptr<Impl> impl_;
};

}  // namespace perilune::datasets
