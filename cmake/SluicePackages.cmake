# SPDX-License-Identifier: BSD-3-Clause
# The Debian packages that `./dev package` makes of what is installed: one of each component.
include(SluiceForeign)

# Who answers for the packages: whoever hands them on names themselves.
set(SLUICE_MAINTAINER "Sluice contributors <contributors@sluice.invalid>" CACHE STRING "Maintainer of Debian packages")

set(CPACK_GENERATOR DEB)
set(CPACK_VERBATIM_VARIABLES TRUE)
set(CPACK_PACKAGE_NAME sluice)
set(CPACK_PACKAGE_CONTACT ${SLUICE_MAINTAINER})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "") # each package has a synopsis of its own
set(CPACK_COMPONENTS_ALL dev tools doc)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SOURCE sluice)
# Less than any revision that Debian itself would give this version.
set(CPACK_DEBIAN_PACKAGE_RELEASE 0sluice1)
set(package_version ${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE})

# sluice_package(COMPONENT NAME SECTION DESCRIPTION): the description's first line is the synopsis.
function(sluice_package component name section description)
  string(TOUPPER ${component} key)
  set(CPACK_DEBIAN_${key}_PACKAGE_NAME ${name} PARENT_SCOPE)
  set(CPACK_DEBIAN_${key}_PACKAGE_SECTION ${section} PARENT_SCOPE)
  set(CPACK_DEBIAN_${key}_DESCRIPTION ${description} PARENT_SCOPE)
  # What Debian wants beside the files themselves; `cmake --install` has no use for it.
  install(CODE "
    set(PACKAGE ${name})
    set(VERSION ${package_version})
    set(MAINTAINER \"${SLUICE_MAINTAINER}\")
    set(ROOT \"${PROJECT_SOURCE_DIR}\")
    include(\"${PROJECT_SOURCE_DIR}/cmake/packages/papers.cmake\")
    include(\"${PROJECT_SOURCE_DIR}/cmake/packages/strip.cmake\")"
    COMPONENT ${component} EXCLUDE_FROM_ALL)
endfunction()

set(about "Sluice is a streaming runtime. A program composes a topology of streams with
operators like those of Spark Streaming, and runs it as actors, in batches of
a fixed interval, on one machine or on several.")

get_property(libraries GLOBAL PROPERTY sluice_libraries)
sluice_foreign(foreign ${libraries})
set(depends pkg-config)
foreach(target ${foreign})
  list(APPEND depends ${SLUICE_PACKAGE_${target}})
endforeach()
list(JOIN depends ", " CPACK_DEBIAN_DEV_PACKAGE_DEPENDS)
set(CPACK_DEBIAN_DEV_PACKAGE_RECOMMENDS "g++ (>= 4:12), cmake (>= 3.25), ninja-build")
set(CPACK_DEBIAN_DEV_PACKAGE_SUGGESTS "sluice-tools, sluice-doc")
sluice_package(dev libsluice-dev libdevel "streaming runtime built from C++ actors (development files)
${about}
.
This package has the headers, the static libraries and the test kit, and what
find_package(Sluice) of CMake and pkg-config need.")

set(CPACK_DEBIAN_TOOLS_PACKAGE_SHLIBDEPS ON)
# Who watches programs from another machine has no use for a compiler.
set(CPACK_DEBIAN_TOOLS_PACKAGE_SUGGESTS "libsluice-dev, sluice-doc, bash-completion")
sluice_package(tools sluice-tools devel "streaming runtime built from C++ actors (command line tool)
${about}
.
This package has the tool \"sluice\". It shows how a running program is and why
it is slow, stops and steers it, looks into its state, and makes projects to
start from.")

set(CPACK_DEBIAN_DOC_PACKAGE_ARCHITECTURE all)
sluice_package(doc sluice-doc doc "streaming runtime built from C++ actors (documentation)
${about}
.
This package has the guide, the API reference and example programs.")
# `./dev docs` makes the site. What it has for a web server, for debuggers of its scripts and for a search in other
# languages is left out.
install(DIRECTORY ${PROJECT_SOURCE_DIR}/build/docs/site/ DESTINATION share/doc/sluice-doc/html
  COMPONENT doc EXCLUDE_FROM_ALL
  PATTERN sitemap.* EXCLUDE PATTERN 404.html EXCLUDE PATTERN *.map EXCLUDE PATTERN lunr EXCLUDE)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/examples/ DESTINATION share/doc/sluice-doc/examples
  COMPONENT doc EXCLUDE_FROM_ALL FILES_MATCHING PATTERN *.cpp)
install(FILES ${PROJECT_SOURCE_DIR}/cmake/packages/sluice-doc.doc-base
  DESTINATION share/doc-base RENAME sluice-doc.sluice COMPONENT doc EXCLUDE_FROM_ALL)

include(CPack)
