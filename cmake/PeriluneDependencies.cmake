# All third-party packages, from Debian 12. `tools/build` installs them when they are missing.
find_package(Threads REQUIRED)
find_package(Eigen3 3.4 REQUIRED NO_MODULE)
find_package(GDAL 3.6 REQUIRED)
find_package(OpenCV 4.6 REQUIRED COMPONENTS core imgproc imgcodecs calib3d)
find_package(Ceres 2.1 REQUIRED)
find_package(TBB REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)

# ERFA ships neither a CMake config nor (on Debian) anything but a header and a library.
find_path(ERFA_INCLUDE_DIR erfa.h REQUIRED)
find_library(ERFA_LIBRARY erfa REQUIRED)
if(NOT TARGET erfa::erfa)
  add_library(erfa::erfa UNKNOWN IMPORTED)
  set_target_properties(erfa::erfa PROPERTIES
    IMPORTED_LOCATION ${ERFA_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${ERFA_INCLUDE_DIR})
endif()
