# SPDX-License-Identifier: BSD-3-Clause
# Compiler settings that every target of this project shares.
option(SLUICE_SANITIZE "Build with AddressSanitizer, UBSan and the checked standard library" OFF)
option(SLUICE_TSAN "Build with ThreadSanitizer: the libraries, and the suites of code that has threads of its own" OFF)
option(SLUICE_COVERAGE "Build with gcov instrumentation" OFF)
option(SLUICE_NATIVE "Build for this machine's processor (-O3 -march=native)" OFF)

# AUTO: where its client library is found.
set(SLUICE_SQLITE AUTO CACHE STRING "The connector for SQLite files: AUTO, ON or OFF")
set_property(CACHE SLUICE_SQLITE PROPERTY STRINGS AUTO ON OFF)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)

find_program(SLUICE_CCACHE ccache)
if(SLUICE_CCACHE AND PROJECT_IS_TOP_LEVEL)
  # Precompiled headers hold macros and times that do not matter.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${SLUICE_CCACHE})
endif()

# What our libraries need of everyone who compiles against them.
add_library(sluice_options INTERFACE)
target_compile_features(sluice_options INTERFACE cxx_std_20)
target_compile_definitions(sluice_options INTERFACE CAF_ENABLE_TYPE_ID_CHECKS)

if(PROJECT_IS_TOP_LEVEL)
  # The optimiser of g++ 12 takes an empty std::optional for one that is read.
  add_compile_options(-Wall -Wextra -Werror -Wno-missing-field-initializers
                      $<$<NOT:$<CONFIG:Debug>>:-Wno-maybe-uninitialized>)
  if(SLUICE_SANITIZE)
    # AddressSanitizer finds null pointers and objects of another type or size as well. Checking for them twice takes a
    # sixth of the time that compiling takes.
    add_compile_options(-fsanitize=address,undefined -fno-sanitize=null,object-size,vptr
                        -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
    # Programs and the suites of whole programs consist of templates, and these two checks take a third of the time that
    # compiling them takes. The libraries have them, and so have the suites of what reads bytes.
    set(SLUICE_PROGRAM_OPTIONS -fno-sanitize=alignment,pointer-overflow)
    add_link_options(-fsanitize=address,undefined)
    add_compile_definitions(_GLIBCXX_ASSERTIONS)
  endif()
  if(SLUICE_TSAN)
    add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
    add_link_options(-fsanitize=thread)
  endif()
  if(SLUICE_COVERAGE)
    add_compile_options(--coverage)
    add_link_options(--coverage)
  endif()
  if(SLUICE_NATIVE)
    add_compile_options(-O3 -march=native)
  endif()
endif()
