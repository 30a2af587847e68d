# SPDX-License-Identifier: BSD-3-Clause
# As a script, `cmake -D FOLDER=… -D OUTPUT=… -P SluiceEmbed.cmake` writes page_files.cpp: the text files of a folder as
# C++. Included, it brings sluice_embed(TARGET FOLDER): puts them into a library, made again when one of them changes.
if(CMAKE_SCRIPT_MODE_FILE)
  file(GLOB_RECURSE files RELATIVE ${FOLDER} ${FOLDER}/*)
  list(SORT files)
  set(type_html "text/html; charset=utf-8")
  set(type_js "text/javascript; charset=utf-8")
  set(type_css "text/css; charset=utf-8")
  set(type_svg "image/svg+xml")
  set(type_json "application/json")
  set(result "#include <sluice/runtime/web/page_files.hpp>\n\nnamespace sluice::detail {\n\nnamespace {\n\n")
  string(APPEND result "constexpr page_file all[] = {\n")
  foreach(file IN LISTS files)
    cmake_path(GET file EXTENSION LAST_ONLY kind)
    string(SUBSTRING ${kind} 1 -1 kind)
    file(READ ${FOLDER}/${file} content)
    string(APPEND result "{\"/${file}\", \"${type_${kind}}\", R\"sluice_page(${content})sluice_page\"},\n")
  endforeach()
  string(APPEND result "};\n\n} // namespace\n\nstd::span<const page_file> page_files() { return all; }\n\n")
  string(APPEND result "} // namespace sluice::detail\n")
  file(WRITE ${OUTPUT} "${result}")
  return()
endif()

set(SLUICE_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})

function(sluice_embed target folder)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${target}_page_files.cpp)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS ${folder}/*)
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -D FOLDER=${folder} -D OUTPUT=${output} -P ${SLUICE_EMBED_SCRIPT}
    DEPENDS ${files} ${SLUICE_EMBED_SCRIPT} VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()
