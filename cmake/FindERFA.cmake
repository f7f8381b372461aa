# ERFA ships no CMake config, and on Debian neither more than a header and a library. Defines erfa::erfa.
find_path(ERFA_INCLUDE_DIR erfa.h)
find_library(ERFA_LIBRARY erfa)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(ERFA REQUIRED_VARS ERFA_LIBRARY ERFA_INCLUDE_DIR)
if(ERFA_FOUND AND NOT TARGET erfa::erfa)
  add_library(erfa::erfa UNKNOWN IMPORTED)
  set_target_properties(erfa::erfa PROPERTIES
    IMPORTED_LOCATION ${ERFA_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${ERFA_INCLUDE_DIR})
endif()
mark_as_advanced(ERFA_INCLUDE_DIR ERFA_LIBRARY)
