# All third-party packages, from Debian 12. `tools/build` installs them when they are missing.
# The installed package finds the same ones: keep cmake/periluneConfig.cmake.in in step.
find_package(Threads REQUIRED)
find_package(Eigen3 3.4 REQUIRED NO_MODULE)
find_package(GDAL 3.6 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(OpenCV 4.6 REQUIRED COMPONENTS core imgproc imgcodecs calib3d dnn features2d video)
find_package(Ceres 2.1 REQUIRED)
# Header-only, used in sources alone: nothing to link, nothing that the installed package needs.
find_path(NANOFLANN_INCLUDE_DIR nanoflann.hpp REQUIRED)
find_package(TBB REQUIRED)
find_package(ERFA REQUIRED)
# What MCAP files are compressed with: we write zstd, others also lz4.
find_package(ZSTD REQUIRED)
find_package(LZ4 REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
# Only the program uses this one.
find_package(CLI11 REQUIRED)
