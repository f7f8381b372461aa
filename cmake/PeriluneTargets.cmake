# perilune_room(<name> PUBLIC <targets...> PRIVATE <targets...>): one library target a room.
# Sources are globbed (CONFIGURE_DEPENDS): a room is its folder, and a list would only repeat it.
function(perilune_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual)
  # In a unity source the names of other files' anonymous namespaces are no source's own: which meet there changes with every
  # file that is added. Builds without unity (dev, and .ci/run's "each source alone") see what a source hides of its own.
  if(NOT CMAKE_UNITY_BUILD)
    target_compile_options(${target} PRIVATE -Wshadow)
  elseif(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    target_compile_options(${target} PRIVATE -Wshadow=local)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # "literal" + std::string warns falsely (GCC bug 105651), and so do std::optional's members (80635).
    target_compile_options(${target} PRIVATE -Wno-restrict -Wno-maybe-uninitialized)
  endif()
  if(PERILUNE_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()

# perilune_headers(<set> [FAST] [POSITION_INDEPENDENT] [LINK <targets...>] [READ <headers...>]): the headers that most sources
# read, and the named ones besides, parsed once for all targets that call perilune_precompile(<target> <set>). Their code options
# and the macros of what they link must be the set's. None where warnings are errors and in the presets asan-ubsan and tidy:
# there, sources prove that they include what they use.
function(perilune_headers set)
  cmake_parse_arguments(HEADERS "FAST;POSITION_INDEPENDENT" "" "LINK;READ" ${ARGN})
  if(PERILUNE_WERROR)
    return()
  endif()
  set(source ${PROJECT_BINARY_DIR}/headers_${set}.cc)
  file(CONFIGURE OUTPUT ${source} CONTENT "// Holds the precompiled headers '@set@'.\n")
  add_library(perilune_headers_${set} OBJECT EXCLUDE_FROM_ALL ${source})
  target_link_libraries(perilune_headers_${set} PRIVATE Eigen3::Eigen opencv_imgproc ${HEADERS_LINK})
  target_precompile_headers(perilune_headers_${set} PRIVATE <algorithm> <array> <cmath> <cstdint> <filesystem> <fstream>
    <functional> <limits> <map> <memory> <optional> <sstream> <stdexcept> <string> <vector> <Eigen/Dense>
    <nlohmann/json.hpp> <opencv2/imgproc.hpp> ${HEADERS_READ})
  set_target_properties(perilune_headers_${set} PROPERTIES POSITION_INDEPENDENT_CODE ${HEADERS_POSITION_INDEPENDENT})
  if(HEADERS_FAST)
    perilune_compile_fast(perilune_headers_${set})
  endif()
  perilune_warnings(perilune_headers_${set})  # -Wpedantic changes what is predefined
  perilune_precompile_options(perilune_headers_${set})
endfunction()

function(perilune_precompile_options target)
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    # The first for ccache. In a precompiled <string> GCC 12 no longer sees a system header, and warns inside it (bug 105329).
    target_compile_options(${target} PRIVATE -fpch-preprocess -Wno-stringop-overflow -Wno-array-bounds)
  endif()
endfunction()

function(perilune_precompile target set)
  if(TARGET perilune_headers_${set})
    target_precompile_headers(${target} REUSE_FROM perilune_headers_${set})
    perilune_precompile_options(${target})
  endif()
endfunction()

# For sources that compute little and instantiate much (the command line, tests): a release build compiles them faster.
function(perilune_compile_fast target)
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
endfunction()

function(perilune_room name)
  cmake_parse_arguments(ROOM "" "" "PUBLIC;PRIVATE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  add_library(perilune_${name} STATIC ${sources})
  add_library(perilune::${name} ALIAS perilune_${name})
  set_target_properties(perilune_${name} PROPERTIES EXPORT_NAME ${name} POSITION_INDEPENDENT_CODE ON)
  target_include_directories(perilune_${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/perilune>)
  target_link_libraries(perilune_${name} PUBLIC ${ROOM_PUBLIC} PRIVATE ${ROOM_PRIVATE})
  perilune_warnings(perilune_${name})
  perilune_precompile(perilune_${name} library)
  if(PERILUNE_FUZZ AND name MATCHES "^(dem|datasets)$") # what reads files leads the fuzzer
    target_compile_options(perilune_${name} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
endfunction()

# perilune_simd_kernels(<stem>): flags for <stem>_sse2.cc, <stem>_avx2.cc and <stem>_avx512.cc. Without contraction and
# with the same lanes everywhere, all three give the same bits.
function(perilune_simd_kernels stem)
  set(common -ffp-contract=off -fno-math-errno -fno-trapping-math $<$<CONFIG:Release>:-O3>)
  if(PERILUNE_FUZZ) # they read no files; the checks of pointers would make six times as much work of compiling them
    list(APPEND common -fno-sanitize=alignment,null,object-size,pointer-overflow,vptr -fno-sanitize=fuzzer-no-link)
  endif()
  set(sse2 -msse2)
  set(avx2 -mavx2)
  set(avx512 -mavx512f -mavx512dq -mavx512bw -mavx512vl -mprefer-vector-width=512)
  foreach(level sse2 avx2 avx512)
    set_source_files_properties(${stem}_${level}.cc PROPERTIES COMPILE_OPTIONS "${common};${${level}}"
      SKIP_PRECOMPILE_HEADERS ON) # they hold Eigen: its inline functions must not be compiled for these
  endforeach()
endfunction()
