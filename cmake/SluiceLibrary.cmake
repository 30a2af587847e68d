# SPDX-License-Identifier: BSD-3-Clause
# sluice_library(FOLDER SOURCES files... SCHEMAS files... DEPS folders... LINK targets... PRIVATE_LINK targets...)
#
# One folder is one library. Its headers are reached as <sluice/FOLDER/file.hpp> through an include root that holds
# this folder alone, so including a folder that is not among DEPS (directly or through them) does not compile. DEPS are
# the only list of arrows between folders: the test `layering` holds the includes against it. Files and schemas are
# named relative to the folder; SCHEMAS are Cap'n Proto files.
function(sluice_library folder)
  cmake_parse_arguments(arg "" "" "SOURCES;SCHEMAS;DEPS;LINK;PRIVATE_LINK" ${ARGN})
  string(REPLACE "/" "_" name ${folder})
  set(source_folder ${PROJECT_SOURCE_DIR}/${folder})
  set(include_root ${PROJECT_BINARY_DIR}/include/${name})
  cmake_path(GET folder PARENT_PATH above)
  file(MAKE_DIRECTORY ${include_root}/sluice/${above})
  file(CREATE_LINK ${source_folder} ${include_root}/sluice/${folder} SYMBOLIC)

  list(TRANSFORM arg_SOURCES PREPEND ${source_folder}/)
  if(arg_SCHEMAS)
    list(TRANSFORM arg_SCHEMAS PREPEND ${source_folder}/)
    capnp_generate_cpp(schema_sources schema_headers ${arg_SCHEMAS})
    list(APPEND arg_SOURCES ${schema_sources})
  endif()

  list(TRANSFORM arg_DEPS REPLACE "/" "::" OUTPUT_VARIABLE links)
  list(TRANSFORM links PREPEND sluice::)
  list(PREPEND links sluice_options)
  list(APPEND links ${arg_LINK})
  if(arg_SOURCES)
    set(visibility PUBLIC)
    add_library(sluice_${name} STATIC ${arg_SOURCES})
    target_link_libraries(sluice_${name} PUBLIC ${links} PRIVATE ${arg_PRIVATE_LINK})
    if(arg_SCHEMAS)
      cmake_path(GET folder FILENAME leaf)
      target_include_directories(sluice_${name} PRIVATE ${CMAKE_CURRENT_BINARY_DIR} ${CMAKE_CURRENT_BINARY_DIR}/${leaf})
    endif()
  else()
    set(visibility INTERFACE)
    add_library(sluice_${name} INTERFACE)
    target_link_libraries(sluice_${name} INTERFACE ${links})
  endif()
  target_include_directories(sluice_${name} ${visibility} $<BUILD_INTERFACE:${include_root}>)
  string(REPLACE "/" "::" export_name ${folder})
  add_library(sluice::${export_name} ALIAS sluice_${name})
  set_target_properties(sluice_${name} PROPERTIES EXPORT_NAME ${export_name} SLUICE_FOLDER ${folder}
                        SLUICE_DEPS "${arg_DEPS}" SLUICE_LINK "${arg_LINK};${arg_PRIVATE_LINK}")
  set_property(GLOBAL APPEND PROPERTY sluice_libraries sluice_${name})
  if(SLUICE_TSAN)
    set_target_properties(sluice_${name} PROPERTIES EXCLUDE_FROM_ALL TRUE) # only what the suites with threads link
  endif()
endfunction()

# sluice_room(FOLDER): all libraries under this folder at once, as sluice::FOLDER. Called after the last of them.
function(sluice_room folder)
  get_property(libraries GLOBAL PROPERTY sluice_libraries)
  list(FILTER libraries INCLUDE REGEX "^sluice_${folder}_")
  add_library(sluice_${folder} INTERFACE)
  target_link_libraries(sluice_${folder} INTERFACE ${libraries})
  add_library(sluice::${folder} ALIAS sluice_${folder})
endfunction()
