#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace perilune::datasets {

/// `key=value` pairs with dotted keys that replace what a YAML file says.
using YamlOverrides = std::vector<std::pair<std::string, std::string>>;

/// A YAML mapping that is read strictly. Every accessor marks its key as known; RefuseUnknownKeys() on the
/// root then rejects what was never asked for. Accessors throw dem::DataError with the file, the line and the
/// dotted key: missing key, wrong kind, number that is not finite.
class YamlMap {
 public:
  bool Has(const std::string& key) const;
  /// All keys in the order of the file (not marked as known).
  std::vector<std::string> Keys() const;
  double Number(const std::string& key) const;
  std::optional<double> OptionalNumber(const std::string& key) const;
  /// A number that has to be above zero, or at least zero.
  double PositiveNumber(const std::string& key) const;
  double NonNegativeNumber(const std::string& key) const;
  std::int64_t Integer(const std::string& key) const;
  bool Flag(const std::string& key) const;
  std::string Text(const std::string& key) const;
  /// A list of exactly `size` numbers (any number when `size` is 0).
  std::vector<double> Numbers(const std::string& key, std::size_t size) const;
  /// A list of `rows` lists of `columns` numbers, row by row.
  std::vector<double> Table(const std::string& key, std::size_t rows, std::size_t columns) const;
  std::vector<std::string> Texts(const std::string& key) const;
  YamlMap Map(const std::string& key) const;
  std::vector<YamlMap> Maps(const std::string& key) const;

  /// Throws dem::DataError that points at `key`.
  [[noreturn]] void Fail(const std::string& key, const std::string& what) const;
  /// Throws dem::DataError for the first key, here or in a mapping that was opened from here, that nobody
  /// asked for.
  void RefuseUnknownKeys() const;

 private:
  struct Impl;
  friend YamlMap ReadYamlText(const std::string& text, const std::filesystem::path& path,
                              const YamlOverrides& overrides, const std::string& case_name);
  explicit YamlMap(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
  // Shared with the mapping this one was opened from, which checks for unknown keys.
  std::shared_ptr<Impl> impl_;
};

/// Overrides may open mappings that the file lacks; RefuseUnknownKeys finds those that nobody knows. A
/// mapping `cases` at the root names sets of dotted keys with the values that they replace; `case_name`
/// chooses one (empty: the file without any), and the overrides follow it. The result has no key `cases`.
/// Throws dem::DataError: missing, unreadable, bad YAML (with the line), not a mapping, a key given twice, a
/// case that the file does not have (with those that it has).
YamlMap ReadYamlFile(const std::filesystem::path& path, const YamlOverrides& overrides = {},
                     const std::string& case_name = {});
/// The same for a text; `path` names it in messages.
YamlMap ReadYamlText(const std::string& text, const std::filesystem::path& path,
                     const YamlOverrides& overrides = {}, const std::string& case_name = {});

}  // namespace perilune::datasets
