#include "datasets/formats/yaml_map.h"

#include <yaml-cpp/yaml.h>

#include <charconv>
#include <cmath>
#include <fstream>
#include <set>
#include <sstream>

#include "dem/io/data_error.h"

namespace perilune::datasets {
namespace {

std::string AtLine(const YAML::Mark& mark) {
  return mark.is_null() ? "--set: " : "line " + std::to_string(mark.line + 1) + ": ";
}

/// Walks a whole document once, before anybody else does.
class DocumentCheck {
 public:
  explicit DocumentCheck(const std::filesystem::path& path) : path_(path) {}

  // yaml-cpp keeps keys that are given twice and answers with the first: refuse them, everywhere. An alias
  // (*a) may stand inside of its own anchor (&a), or make a few lines a billion nodes: hence the limits.
  void RefuseRepeatedKeys(const YAML::Node& node, int depth = 0) {
    if (depth > kMaxDepth || ++nodes_ > kMaxNodes) {
      throw dem::DataError(path_, AtLine(node.Mark()) + "nested too deeply, or too often by aliases");
    }
    if (node.IsSequence()) {
      for (const auto& item : node) RefuseRepeatedKeys(item, depth + 1);
    }
    if (!node.IsMap()) return;
    std::set<std::string> seen;
    for (const auto& item : node) {
      if (!item.first.IsScalar()) Refuse(item.first, "a key must be plain text");
      const std::string& key = item.first.Scalar();
      if (!seen.insert(key).second) Refuse(item.first, "key '" + key + "' is given twice");
      RefuseRepeatedKeys(item.second, depth + 1);
    }
  }

 private:
  static constexpr int kMaxDepth = 64;
  static constexpr int kMaxNodes = 100'000;

  [[noreturn]] void Refuse(const YAML::Node& node, const std::string& what) const {
    throw dem::DataError(path_, AtLine(node.Mark()) + what);
  }

  const std::filesystem::path& path_;
  int nodes_ = 0;
};

/// `origin` names where the override comes from: "--set camera.bits".
void ApplyOverride(const std::filesystem::path& path, const YAML::Node& root, const std::string& origin,
                   const std::string& dotted_key, const YAML::Node& value) {
  YAML::Node node = root;
  std::istringstream parts(dotted_key);
  std::string part;
  std::getline(parts, part, '.');
  for (std::string next; std::getline(parts, next, '.'); part = next) {
    if (!node[part].IsDefined()) node[part] = YAML::Node(YAML::NodeType::Map);
    const YAML::Node child = node[part];
    if (!child.IsMap()) {
      throw dem::DataError(path, origin + ": '" + part + "' is no mapping");
    }
    node.reset(child);
  }
  node[part] = value;
}

/// Takes the mapping `cases` off the root and applies the case that was asked for.
void ApplyCase(const std::filesystem::path& path, YAML::Node root, const std::string& case_name) {
  const YAML::Node cases = std::as_const(root)["cases"];
  if (!cases.IsDefined() && case_name.empty()) return;
  std::string known;
  YAML::Node chosen;
  if (cases.IsDefined()) {
    if (!cases.IsMap()) {
      throw dem::DataError(path, AtLine(cases.Mark()) + "key 'cases' must be a mapping of names to cases");
    }
    for (const auto& item : cases) {
      known += (known.empty() ? "" : ", ") + item.first.Scalar();
      if (!item.second.IsMap()) {
        throw dem::DataError(path, AtLine(item.second.Mark()) + "case '" + item.first.Scalar() +
                                       "' must be a mapping of dotted keys to values");
      }
      if (item.first.Scalar() == case_name) chosen.reset(item.second);
    }
    root.remove("cases");
  }
  if (case_name.empty()) return;
  if (!chosen.IsMap()) {
    throw dem::DataError(
        path, "has no case '" + case_name + "'; " + (known.empty() ? "it has none" : "there are: " + known));
  }
  for (const auto& item : chosen) {
    const std::string& key = item.first.Scalar();
    ApplyOverride(path, root, AtLine(item.first.Mark()) + "key '" + key + "' of case '" + case_name + "'",
                  key, item.second);
  }
}

template <typename T>
std::optional<T> Parsed(const std::string& text) {
  const char* begin = text.data();
  const char* end = begin + text.size();
  if (begin != end && *begin == '+') ++begin;
  T value{};
  const auto [stop, error] = std::from_chars(begin, end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

}  // namespace

struct YamlMap::Impl {
  std::filesystem::path path;
  std::string prefix;  // dotted, with the final dot
  YAML::Node node;
  std::set<std::string> asked;
  std::vector<std::shared_ptr<Impl>> opened;

  YAML::Mark MarkOf(const std::string& key) const {
    for (const auto& item : node) {
      if (item.first.Scalar() == key) return item.first.Mark();
    }
    return node.Mark();
  }

  [[noreturn]] void Fail(const std::string& key, const std::string& what) const {
    throw dem::DataError(path, AtLine(MarkOf(key)) + "key '" + prefix + key + "' " + what);
  }

  YAML::Node Required(const std::string& key) {
    asked.insert(key);
    const YAML::Node value = std::as_const(node)[key];
    if (!value.IsDefined()) {
      throw dem::DataError(path, AtLine(node.Mark()) + "key '" + prefix + key + "' is missing");
    }
    return value;
  }

  double NumberFrom(const std::string& key, const YAML::Node& value) const {
    const std::optional<double> number = value.IsScalar() ? Parsed<double>(value.Scalar()) : std::nullopt;
    if (!number || !std::isfinite(*number)) Fail(key, "must be a finite number");
    return *number;
  }

  std::string TextFrom(const std::string& key, const YAML::Node& value) const {
    if (!value.IsScalar() || value.Scalar().empty()) Fail(key, "must be text");
    return value.Scalar();
  }

  std::shared_ptr<Impl> Open(const std::string& key, const std::string& label, const YAML::Node& value) {
    if (!value.IsMap()) Fail(key, "must be a mapping");
    opened.push_back(std::make_shared<Impl>(Impl{path, prefix + label + ".", value, {}, {}}));
    return opened.back();
  }

  void RefuseUnknownKeys() const {
    for (const auto& item : node) {
      const std::string& key = item.first.Scalar();
      if (!asked.count(key)) {
        throw dem::DataError(path, AtLine(item.first.Mark()) + "unknown key '" + prefix + key + "'");
      }
    }
    for (const auto& child : opened) child->RefuseUnknownKeys();
  }
};

bool YamlMap::Has(const std::string& key) const { return std::as_const(impl_->node)[key].IsDefined(); }

std::vector<std::string> YamlMap::Keys() const {
  std::vector<std::string> keys;
  for (const auto& item : impl_->node) keys.push_back(item.first.Scalar());
  return keys;
}

double YamlMap::Number(const std::string& key) const { return impl_->NumberFrom(key, impl_->Required(key)); }

std::optional<double> YamlMap::OptionalNumber(const std::string& key) const {
  if (!Has(key)) return std::nullopt;
  return Number(key);
}

double YamlMap::PositiveNumber(const std::string& key) const {
  const double number = Number(key);
  if (!(number > 0)) Fail(key, "must be above zero");
  return number;
}

double YamlMap::NonNegativeNumber(const std::string& key) const {
  const double number = Number(key);
  if (!(number >= 0)) Fail(key, "must not be negative");
  return number;
}

std::int64_t YamlMap::Integer(const std::string& key) const {
  const YAML::Node value = impl_->Required(key);
  const auto number = value.IsScalar() ? Parsed<std::int64_t>(value.Scalar()) : std::nullopt;
  if (!number) Fail(key, "must be an integer");
  return *number;
}

bool YamlMap::Flag(const std::string& key) const {
  const std::string text = Text(key);
  if (text != "true" && text != "false") Fail(key, "must be true or false");
  return text == "true";
}

std::string YamlMap::Text(const std::string& key) const { return impl_->TextFrom(key, impl_->Required(key)); }

std::vector<double> YamlMap::Numbers(const std::string& key, std::size_t size) const {
  const YAML::Node value = impl_->Required(key);
  if (!value.IsSequence() || (size != 0 && value.size() != size)) {
    Fail(key, "must be a list of " + (size != 0 ? std::to_string(size) + " " : std::string()) + "numbers");
  }
  std::vector<double> numbers;
  for (const auto& item : value) numbers.push_back(impl_->NumberFrom(key, item));
  return numbers;
}

std::vector<double> YamlMap::Table(const std::string& key, std::size_t rows, std::size_t columns) const {
  const YAML::Node value = impl_->Required(key);
  bool fits = value.IsSequence() && value.size() == rows;
  for (std::size_t row = 0; fits && row < rows; ++row) {
    fits = value[row].IsSequence() && value[row].size() == columns;
  }
  if (!fits) {
    Fail(key, "must be " + std::to_string(rows) + " lists of " + std::to_string(columns) + " numbers");
  }
  std::vector<double> numbers;
  for (const auto& row : value) {
    for (const auto& item : row) numbers.push_back(impl_->NumberFrom(key, item));
  }
  return numbers;
}

std::vector<std::string> YamlMap::Texts(const std::string& key) const {
  const YAML::Node value = impl_->Required(key);
  if (!value.IsSequence()) Fail(key, "must be a list");
  std::vector<std::string> texts;
  for (const auto& item : value) texts.push_back(impl_->TextFrom(key, item));
  return texts;
}

YamlMap YamlMap::Map(const std::string& key) const {
  return YamlMap(impl_->Open(key, key, impl_->Required(key)));
}

std::vector<YamlMap> YamlMap::Maps(const std::string& key) const {
  const YAML::Node value = impl_->Required(key);
  if (!value.IsSequence()) Fail(key, "must be a list of mappings");
  std::vector<YamlMap> maps;
  for (std::size_t i = 0; i < value.size(); ++i) {
    maps.push_back(YamlMap(impl_->Open(key, key + "[" + std::to_string(i) + "]", value[i])));
  }
  return maps;
}

void YamlMap::Fail(const std::string& key, const std::string& what) const { impl_->Fail(key, what); }

void YamlMap::RefuseUnknownKeys() const { impl_->RefuseUnknownKeys(); }

YamlMap ReadYamlFile(const std::filesystem::path& path, const YamlOverrides& overrides,
                     const std::string& case_name) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream || std::filesystem::is_directory(path)) throw dem::DataError(path, "cannot be opened");
  std::ostringstream bytes;
  bytes << stream.rdbuf();
  return ReadYamlText(bytes.str(), path, overrides, case_name);
}

YamlMap ReadYamlText(const std::string& text, const std::filesystem::path& path,
                     const YamlOverrides& overrides, const std::string& case_name) {
  YAML::Node root;
  try {
    root = YAML::Load(text);
    if (!root.IsMap()) throw dem::DataError(path, "is not a YAML mapping of keys to values");
    DocumentCheck(path).RefuseRepeatedKeys(root);
    ApplyCase(path, root, case_name);
    for (const auto& [key, value] : overrides)
      ApplyOverride(path, root, "--set " + key, key, YAML::Load(value));
  } catch (const YAML::Exception& error) {
    throw dem::DataError(path, AtLine(error.mark) + "not valid YAML: " + error.msg);
  }
  return YamlMap(std::make_shared<YamlMap::Impl>(YamlMap::Impl{path, "", root, {}, {}}));
}

}  // namespace perilune::datasets
