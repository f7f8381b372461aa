# `cmake --install` gives the program, the rooms as perilune::dem … perilune::datasets with their headers below
# include/perilune, and the scenarios. tests/consumer builds against it.
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/perilune)

install(TARGETS perilune RUNTIME)
install(TARGETS perilune_dem perilune_vision perilune_nav perilune_datasets EXPORT periluneTargets ARCHIVE)
install(EXPORT periluneTargets NAMESPACE perilune:: DESTINATION ${package_dir})

# Headers with GDAL's or Ceres' types are private; tests/house/include_direction.sh proves that no public one needs them.
foreach(room dem vision nav datasets)
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/${room}/*.h)
  foreach(header ${headers})
    file(STRINGS ${header} foreign REGEX "^#include <(gdal|ogr_|cpl_|ceres/)")
    if(NOT foreign)
      cmake_path(GET header PARENT_PATH folder)
      install(FILES ${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/perilune/${folder})
    endif()
  endforeach()
endforeach()
install(DIRECTORY datasets/scenarios datasets/landers datasets/mappings datasets/networks
  DESTINATION ${CMAKE_INSTALL_DATADIR}/perilune FILES_MATCHING PATTERN "*.yaml" PATTERN "*.onnx")
install(FILES LICENSE README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

configure_package_config_file(cmake/periluneConfig.cmake.in ${PROJECT_BINARY_DIR}/periluneConfig.cmake
  INSTALL_DESTINATION ${package_dir})
# Before 1.0 a minor version may change the interface.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/periluneConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/periluneConfig.cmake ${PROJECT_BINARY_DIR}/periluneConfigVersion.cmake
  cmake/FindERFA.cmake cmake/FindLZ4.cmake cmake/FindZSTD.cmake DESTINATION ${package_dir})
