#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace perilune::datasets {

/// An object of an ISD under its dotted name: foreign files, so unknown keys are let be. Accessors throw
/// dem::DataError naming file and key.
class IsdKeys {
 public:
  /// The file's root. Throws dem::DataError when it cannot be read or is no JSON object.
  explicit IsdKeys(const std::filesystem::path& file);

  bool Has(const std::string& key) const;
  IsdKeys Child(const std::string& key) const;
  /// Names of the keys, in order.
  std::vector<std::string> Keys() const;
  double Number(const std::string& key) const;
  double NumberOr(const std::string& key, double otherwise) const;
  std::string Text(const std::string& key) const;
  /// `count` numbers; any number of them when it is 0.
  std::vector<double> Numbers(const std::string& key, std::size_t count) const;
  /// Row `index` of a table, which must have `columns` numbers.
  std::vector<double> Row(const std::string& key, std::size_t index, std::size_t columns) const;

  [[noreturn]] void Refuse(const std::string& key, const std::string& problem) const;

 private:
  struct Impl;
  explicit IsdKeys(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  // Shared by copies: nothing changes after reading.
  std::shared_ptr<const Impl> impl_;
};

}  // namespace perilune::datasets
