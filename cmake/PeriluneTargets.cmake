# perilune_room(<name> PUBLIC <targets...> PRIVATE <targets...> PRECOMPILE <headers...>): one library target a room.
# Sources are globbed (CONFIGURE_DEPENDS): a room is its folder, and a list would only repeat it.
function(perilune_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
    -Wold-style-cast -Woverloaded-virtual)
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # "literal" + std::string warns falsely (GCC bug 105651).
    target_compile_options(${target} PRIVATE -Wno-restrict)
  endif()
  if(PERILUNE_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()

# The headers that most sources of a target read, and the named ones besides, parsed once a target and not once a source. Not where
# warnings are errors: there, and in the presets asan-ubsan and tidy, sources prove that they include what they use.
function(perilune_precompile target)
  if(PERILUNE_WERROR)
    return()
  endif()
  target_precompile_headers(${target} PRIVATE <algorithm> <array> <cmath> <cstdint> <filesystem> <functional> <limits> <map>
    <memory> <optional> <stdexcept> <string> <vector> <Eigen/Dense> ${ARGN})
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    # The first for ccache. In a precompiled <string> GCC 12 no longer sees a system header, and warns inside it (bug 105329).
    target_compile_options(${target} PRIVATE -fpch-preprocess -Wno-stringop-overflow -Wno-array-bounds)
  endif()
endfunction()

# For sources that compute little and instantiate much (the command line, tests): a release build compiles them faster.
function(perilune_compile_fast target)
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
endfunction()

function(perilune_room name)
  cmake_parse_arguments(ROOM "" "" "PUBLIC;PRIVATE;PRECOMPILE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  add_library(perilune_${name} STATIC ${sources})
  add_library(perilune::${name} ALIAS perilune_${name})
  set_target_properties(perilune_${name} PROPERTIES EXPORT_NAME ${name} POSITION_INDEPENDENT_CODE ON)
  target_include_directories(perilune_${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/perilune>)
  target_link_libraries(perilune_${name} PUBLIC ${ROOM_PUBLIC} PRIVATE ${ROOM_PRIVATE})
  perilune_warnings(perilune_${name})
  perilune_precompile(perilune_${name} ${ROOM_PRECOMPILE})
endfunction()

# perilune_simd_kernels(<stem>): flags for <stem>_sse2.cc, <stem>_avx2.cc and <stem>_avx512.cc. Without contraction and
# with the same lanes everywhere, all three give the same bits.
function(perilune_simd_kernels stem)
  set(common -ffp-contract=off -fno-math-errno -fno-trapping-math)
  set(sse2 -msse2)
  set(avx2 -mavx2)
  set(avx512 -mavx512f -mavx512dq -mavx512bw -mavx512vl -mprefer-vector-width=512)
  foreach(level sse2 avx2 avx512)
    set_source_files_properties(${stem}_${level}.cc PROPERTIES COMPILE_OPTIONS "${common};${${level}}"
      SKIP_PRECOMPILE_HEADERS ON) # they hold Eigen: its inline functions must not be compiled for these
  endforeach()
endfunction()
