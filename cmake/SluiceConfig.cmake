# SPDX-License-Identifier: BSD-3-Clause
# find_package(Sluice) defines sluice::sluice, for programs, and sluice::testkit, for their tests,
# sluice::sqlite, if it was built with that connector, and
# sluice_program(NAME SOURCES files...), which makes a program that compiles fast.
list(PREPEND CMAKE_MODULE_PATH ${CMAKE_CURRENT_LIST_DIR})
include(${CMAKE_CURRENT_LIST_DIR}/SluiceDependencies.cmake)
list(POP_FRONT CMAKE_MODULE_PATH)
if(NOT TARGET CapnProto::capnp)
  # Its own package file does not work in a project without the language C.
  pkg_check_modules(CAPNP REQUIRED IMPORTED_TARGET capnp)
  add_library(CapnProto::capnp INTERFACE IMPORTED)
  target_link_libraries(CapnProto::capnp INTERFACE PkgConfig::CAPNP)
endif()
find_package(SQLite3 QUIET) # for the connector, where it is installed
include(${CMAKE_CURRENT_LIST_DIR}/SluiceTargets.cmake)
if(NOT TARGET sluice::sluice)
  add_library(sluice::sluice ALIAS sluice::runtime::program)
endif()
if(TARGET sluice::connectors::sqlite AND NOT TARGET sluice::sqlite)
  add_library(sluice::sqlite ALIAS sluice::connectors::sqlite)
endif()
include(${CMAKE_CURRENT_LIST_DIR}/SluiceProgram.cmake)
