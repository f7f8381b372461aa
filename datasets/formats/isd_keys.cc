#include "datasets/formats/isd_keys.h"

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "dem/io/data_error.h"

namespace perilune::datasets {
namespace {

using nlohmann::json;

json ParseFile(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) throw dem::DataError(path, "no such file");
  if (!std::filesystem::is_regular_file(path)) throw dem::DataError(path, "not a file");
  std::ifstream stream(path);
  if (!stream) throw dem::DataError(path, "cannot be opened for reading");
  try {
    return json::parse(stream);
  } catch (const json::exception& e) {
    throw dem::DataError(path, std::string("not valid JSON: ") + e.what());
  }
}

bool IsFinite(const json& value) { return value.is_number() && std::isfinite(value.get<double>()); }

}  // namespace

struct IsdKeys::Impl {
  std::filesystem::path file;
  json value;
  std::string name;

  Impl(std::filesystem::path file_, json value_, std::string name_)
      : file(std::move(file_)), value(std::move(value_)), name(std::move(name_)) {
    if (!value.is_object())
      throw dem::DataError(file, (name.empty() ? "the file" : name) + " must be an object");
  }

  std::string Name(const std::string& key) const { return name.empty() ? key : name + "." + key; }

  [[noreturn]] void Refuse(const std::string& key, const std::string& problem) const {
    throw dem::DataError(file, Name(key) + " " + problem);
  }

  const json& Get(const std::string& key) const {
    if (!value.contains(key)) Refuse(key, "is missing");
    return value.at(key);
  }

  std::vector<double> ToNumbers(const std::string& key, const json& list, std::size_t count) const {
    if (!list.is_array() || (count != 0 && list.size() != count)) {
      Refuse(key, "must have " + (count != 0 ? std::to_string(count) + " " : std::string()) + "numbers");
    }
    std::vector<double> numbers;
    for (const json& number : list) {
      if (!IsFinite(number)) Refuse(key, "must have numbers, has " + number.dump());
      numbers.push_back(number.get<double>());
    }
    return numbers;
  }
};

IsdKeys::IsdKeys(const std::filesystem::path& file)
    : impl_(std::make_shared<const Impl>(file, ParseFile(file), "")) {}

bool IsdKeys::Has(const std::string& key) const { return impl_->value.contains(key); }

IsdKeys IsdKeys::Child(const std::string& key) const {
  return IsdKeys(std::make_shared<const Impl>(impl_->file, impl_->Get(key), impl_->Name(key)));
}

std::vector<std::string> IsdKeys::Keys() const {
  std::vector<std::string> keys;
  for (const auto& item : impl_->value.items()) keys.push_back(item.key());
  return keys;
}

double IsdKeys::Number(const std::string& key) const {
  const json& value = impl_->Get(key);
  if (!IsFinite(value)) Refuse(key, "must be a number, is " + value.dump());
  return value.get<double>();
}

double IsdKeys::NumberOr(const std::string& key, double otherwise) const {
  return Has(key) ? Number(key) : otherwise;
}

std::string IsdKeys::Text(const std::string& key) const {
  const json& value = impl_->Get(key);
  if (!value.is_string()) Refuse(key, "must be a text");
  return value.get<std::string>();
}

std::vector<double> IsdKeys::Numbers(const std::string& key, std::size_t count) const {
  return impl_->ToNumbers(key, impl_->Get(key), count);
}

std::vector<double> IsdKeys::Row(const std::string& key, std::size_t index, std::size_t columns) const {
  const json& rows = impl_->Get(key);
  if (!rows.is_array() || rows.size() <= index) {
    Refuse(key, "must be a table of at least " + std::to_string(index + 1) + " rows");
  }
  return impl_->ToNumbers(key, rows[index], columns);
}

void IsdKeys::Refuse(const std::string& key, const std::string& problem) const {
  impl_->Refuse(key, problem);
}

}  // namespace perilune::datasets
