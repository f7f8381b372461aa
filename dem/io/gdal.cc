#include "dem/io/gdal.h"

#include <cpl_conv.h>
#include <cpl_error.h>
#include <gdal_priv.h>

#include <algorithm>
#include <mutex>

namespace perilune::dem {
namespace {

constexpr GIntBig kBlockCacheBytes = 128 << 20;

void CPL_STDCALL Collect(CPLErr severity, CPLErrorNum /*number*/, const char* message) {
  if (severity != CE_Failure && severity != CE_Fatal) return;
  static_cast<GdalErrors*>(CPLGetErrorHandlerUserData())->Add(message);
}

}  // namespace

void InitialiseGdal() {
  static std::once_flag once;
  std::call_once(once, [] {
    GDALAllRegister();
    CPLSetErrorHandler(CPLQuietErrorHandler);
    // GDAL would take 5 % of the machine's memory: reading by windows is to have a bound that is stated.
    if (CPLGetConfigOption("GDAL_CACHEMAX", nullptr) == nullptr) {
      GDALSetCacheMax64(std::min(GDALGetCacheMax64(), kBlockCacheBytes));
    }
  });
}

GdalErrors::GdalErrors() {
  InitialiseGdal();
  CPLErrorReset();
  CPLPushErrorHandlerEx(Collect, this);
}

GdalErrors::~GdalErrors() { CPLPopErrorHandler(); }

void GdalErrors::Add(const char* message) {
  if (!first_.empty()) return;
  first_ = message;
  std::replace(first_.begin(), first_.end(), '\n', ' ');
  if (first_.empty()) first_ = "unnamed GDAL error";
}

}  // namespace perilune::dem
