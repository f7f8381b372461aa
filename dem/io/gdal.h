#pragma once

#include <string>

namespace perilune::dem {

/// The one place that registers GDAL's drivers and silences its writing to stderr; safe to call from any
/// thread.
void InitialiseGdal();

/// Collects what GDAL and PROJ report to this thread while it lives: GDAL 3.6 tells a full disk to nobody but
/// the error handler. Scopes nest.
class GdalErrors {
 public:
  GdalErrors();
  ~GdalErrors();
  GdalErrors(const GdalErrors&) = delete;
  GdalErrors& operator=(const GdalErrors&) = delete;

  bool Any() const { return !first_.empty(); }
  /// The first failure as one line (it names the cause; later ones are its consequences), or `otherwise`.
  std::string Text(const std::string& otherwise) const { return first_.empty() ? otherwise : first_; }
  void Add(const char* message);

 private:
  std::string first_;
};

}  // namespace perilune::dem
