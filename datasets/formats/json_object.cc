#include "datasets/formats/json_object.h"

#include <Eigen/Geometry>
#include <Eigen/LU>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

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

struct JsonObject::Impl {
  std::filesystem::path file;
  json value;
  std::string name;
  std::set<std::string> known;

  Impl(std::filesystem::path file_, json value_, std::string name_)
      : file(std::move(file_)), value(std::move(value_)), name(std::move(name_)) {
    if (!value.is_object())
      throw dem::DataError(file, (name.empty() ? "the file" : name) + " must be an object");
  }

  std::string Name(const std::string& key) const { return name.empty() ? key : name + "." + key; }

  [[noreturn]] void Refuse(const std::string& key, const std::string& problem) const {
    throw dem::DataError(file, Name(key) + " " + problem);
  }

  bool Has(const std::string& key) {
    known.insert(key);
    return value.contains(key);
  }

  const json& Get(const std::string& key) {
    if (!Has(key)) Refuse(key, "is missing");
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

JsonObject::JsonObject(const std::filesystem::path& file)
    : impl_(std::make_shared<Impl>(file, ParseFile(file), "")) {}

bool JsonObject::Has(const std::string& key) const { return impl_->Has(key); }

JsonObject JsonObject::Child(const std::string& key) const {
  return JsonObject(std::make_shared<Impl>(impl_->file, impl_->Get(key), impl_->Name(key)));
}

std::vector<std::string> JsonObject::Keys() const {
  std::vector<std::string> keys;
  for (const auto& item : impl_->value.items()) keys.push_back(item.key());
  return keys;
}

bool JsonObject::IsList(const std::string& key) const { return impl_->Get(key).is_array(); }

double JsonObject::Number(const std::string& key) const {
  const json& value = impl_->Get(key);
  if (!IsFinite(value)) Refuse(key, "must be a number, is " + value.dump());
  return value.get<double>();
}

double JsonObject::NumberOr(const std::string& key, double otherwise) const {
  return Has(key) ? Number(key) : otherwise;
}

double JsonObject::PositiveNumber(const std::string& key) const {
  const double number = Number(key);
  if (!(number > 0)) Refuse(key, "must be positive, is " + impl_->Get(key).dump());
  return number;
}

int JsonObject::Size(const std::string& key) const {
  const double size = Number(key);
  if (!(size >= 1 && size <= 100'000) || size != std::floor(size)) {
    Refuse(key, "must be a whole number between 1 and 100000, is " + impl_->Get(key).dump());
  }
  return static_cast<int>(size);
}

std::int64_t JsonObject::Integer(const std::string& key) const {
  const json& value = impl_->Get(key);
  if (!value.is_number_integer()) Refuse(key, "must be an integer, is " + value.dump());
  return value.get<std::int64_t>();
}

std::string JsonObject::Text(const std::string& key) const {
  const json& value = impl_->Get(key);
  if (!value.is_string() || value.get<std::string>().empty()) {
    Refuse(key, "must be a text that is not empty");
  }
  return value.get<std::string>();
}

std::vector<double> JsonObject::Numbers(const std::string& key, std::size_t count) const {
  return impl_->ToNumbers(key, impl_->Get(key), count);
}

std::vector<double> JsonObject::Row(const std::string& key, std::size_t index, std::size_t columns) const {
  const json& rows = impl_->Get(key);
  if (!rows.is_array() || rows.size() <= index) {
    Refuse(key, "must be a table of at least " + std::to_string(index + 1) + " rows");
  }
  return impl_->ToNumbers(key, rows[index], columns);
}

Eigen::Matrix3d JsonObject::Rotation(const std::string& key) const {
  const json& rows = impl_->Get(key);
  if (!rows.is_array() || rows.size() != 3) Refuse(key, "must have 3 rows of 3 numbers");
  Eigen::Matrix3d matrix;
  for (int row = 0; row < 3; ++row) {
    const std::vector<double> numbers = impl_->ToNumbers(key, rows[static_cast<std::size_t>(row)], 3);
    matrix.row(row) = Eigen::RowVector3d::Map(numbers.data());
  }
  const Eigen::Matrix3d excess = matrix * matrix.transpose() - Eigen::Matrix3d::Identity();
  if (excess.cwiseAbs().maxCoeff() > 1e-6 || matrix.determinant() < 0) {
    Refuse(key, "is no rotation (orthonormal to 1e-6, determinant +1)");
  }
  return Eigen::Quaterniond(matrix).normalized().toRotationMatrix();
}

void JsonObject::RefuseUnknownKeys() const {
  for (const auto& item : impl_->value.items()) {
    if (!impl_->known.contains(item.key())) Refuse(item.key(), "is unknown");
  }
}

void JsonObject::Refuse(const std::string& key, const std::string& problem) const {
  impl_->Refuse(key, problem);
}

}  // namespace perilune::datasets
