# SPDX-License-Identifier: BSD-3-Clause
# sluice_program(NAME SOURCES files... [LINK targets...]): an executable that uses Sluice.
#
# What <sluice/sluice.hpp> brings is compiled once for all programs of a build folder, so a changed line costs only what
# it says itself. The programs must be compiled with the same options.
function(sluice_program name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE sluice::sluice ${arg_LINK})
  if(NOT TARGET sluice_program_headers)
    sluice_precompile(sluice_program_headers LINK sluice::sluice HEADERS <sluice/sluice.hpp>)
  endif()
  sluice_use_precompiled(${name} sluice_program_headers)
endfunction()

# sluice_precompile(NAME LINK targets... HEADERS headers...): headers for sluice_use_precompiled(TARGET NAME).
function(sluice_precompile name)
  cmake_parse_arguments(arg "" "" "LINK;HEADERS" ${ARGN})
  set(source ${PROJECT_BINARY_DIR}/${name}.cpp)
  file(GENERATE OUTPUT ${source} CONTENT "// Nothing but the headers.\n")
  add_library(${name} OBJECT ${source})
  target_link_libraries(${name} PRIVATE ${arg_LINK})
  target_precompile_headers(${name} PRIVATE ${arg_HEADERS})
  sluice_options_of_programs(${name})
endfunction()

function(sluice_use_precompiled target name)
  target_precompile_headers(${target} REUSE_FROM ${name})
  sluice_options_of_programs(${target})
endfunction()

# The same for a precompiled header and for all that use it.
function(sluice_options_of_programs target)
  target_compile_options(${target} PRIVATE ${SLUICE_PROGRAM_OPTIONS})
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    target_compile_options(${target} PRIVATE -fpch-preprocess) # without it ccache keeps nothing that uses one
  endif()
endfunction()
