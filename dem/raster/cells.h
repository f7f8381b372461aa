#pragma once

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <utility>
#include <vector>

namespace perilune::dem {

/// Contiguous cells: in memory of their own, or in a mapped file (terrain_file.h). Copies are always in
/// memory; moving keeps the mapping. Cells of a file that was opened for reading must not be written to.
template <typename T>
class Cells {
 public:
  using value_type = T;
  using size_type = std::size_t;
  using iterator = T*;
  using const_iterator = const T*;

  Cells() = default;
  explicit Cells(std::size_t count, T value = T{}) : Cells(std::vector<T>(count, value)) {}
  Cells(std::initializer_list<T> values) : Cells(std::vector<T>(values)) {}
  // Implicit: where a grid takes a vector, it takes it as its memory.
  Cells(std::vector<T> values) : memory_(std::move(values)), first_(memory_.data()), count_(memory_.size()) {}
  /// Cells that lie elsewhere; `mapping` keeps them there for as long as it lives.
  Cells(T* first, std::size_t count, std::shared_ptr<const void> mapping)
      : mapping_(std::move(mapping)), first_(first), count_(count) {}

  Cells(const Cells& other) : Cells(std::vector<T>(other.begin(), other.end())) {}
  Cells(Cells&& other) noexcept { Swap(other); }
  Cells& operator=(const Cells& other) {
    if (this != &other) *this = Cells(other);
    return *this;
  }
  Cells& operator=(Cells&& other) noexcept {
    Cells taken(std::move(other));
    Swap(taken);
    return *this;
  }
  ~Cells() = default;

  bool IsMapped() const { return mapping_ != nullptr; }
  std::size_t size() const { return count_; }
  bool empty() const { return count_ == 0; }
  T* data() { return first_; }
  const T* data() const { return first_; }
  iterator begin() { return first_; }
  iterator end() { return first_ + count_; }
  const_iterator begin() const { return first_; }
  const_iterator end() const { return first_ + count_; }
  T& operator[](std::size_t i) { return first_[i]; }
  const T& operator[](std::size_t i) const { return first_[i]; }
  T& front() { return *first_; }
  const T& front() const { return *first_; }
  T& back() { return first_[count_ - 1]; }
  const T& back() const { return first_[count_ - 1]; }

  /// The result is in memory.
  void resize(std::size_t count) {
    std::vector<T> values = mapping_ ? std::vector<T>(begin(), end()) : std::move(memory_);
    values.resize(count);
    *this = Cells(std::move(values));
  }
  void assign(std::size_t count, T value) { *this = Cells(std::vector<T>(count, value)); }

  operator std::vector<T>() const { return std::vector<T>(begin(), end()); }

  friend bool operator==(const Cells& a, const Cells& b) {
    if (a.count_ != b.count_) return false;
    for (std::size_t i = 0; i < a.count_; ++i) {
      if (!(a.first_[i] == b.first_[i])) return false;
    }
    return true;
  }

 private:
  void Swap(Cells& other) noexcept {
    memory_.swap(other.memory_);
    mapping_.swap(other.mapping_);
    std::swap(first_, other.first_);
    std::swap(count_, other.count_);
  }

  std::vector<T> memory_;
  std::shared_ptr<const void> mapping_;
  T* first_ = nullptr;
  std::size_t count_ = 0;
};

}  // namespace perilune::dem
