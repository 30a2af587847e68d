# SPDX-License-Identifier: BSD-3-Clause
# sluice_library(FOLDER SOURCES files... DEPS folders... LINK targets... PRIVATE_LINK targets...)
#
# One folder is one library. Its headers are reached as <sluice/FOLDER/file.hpp> through an include root that holds
# this folder alone, so that including a folder which is not among DEPS (directly or through them) does not compile.
function(sluice_library folder)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPS;LINK;PRIVATE_LINK" ${ARGN})
  set(include_root ${PROJECT_BINARY_DIR}/include/${folder})
  file(MAKE_DIRECTORY ${include_root}/sluice)
  file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${include_root}/sluice/${folder} SYMBOLIC)

  add_library(sluice_${folder} STATIC ${arg_SOURCES})
  add_library(sluice::${folder} ALIAS sluice_${folder})
  target_include_directories(sluice_${folder} PUBLIC $<BUILD_INTERFACE:${include_root}>)
  list(TRANSFORM arg_DEPS PREPEND sluice::)
  target_link_libraries(sluice_${folder} PUBLIC sluice_options ${arg_DEPS} ${arg_LINK} PRIVATE ${arg_PRIVATE_LINK})
endfunction()
