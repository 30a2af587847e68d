# SPDX-License-Identifier: BSD-3-Clause
# What `cmake --install` copies: every library with its headers, and packages that find_package(Sluice) and pkg-config
# find. Nothing of it says where it is, so it can be moved as a whole. What belongs to which Debian package is told by
# the components `dev`, `tools` and `doc`.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/Sluice)

get_property(libraries GLOBAL PROPERTY sluice_libraries)
install(TARGETS sluice_options EXPORT SluiceTargets COMPONENT dev)
set_target_properties(sluice_options PROPERTIES EXPORT_NAME options)
foreach(library ${libraries})
  get_target_property(folder ${library} SLUICE_FOLDER)
  install(TARGETS ${library} EXPORT SluiceTargets
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT dev INCLUDES DESTINATION include)
  file(GLOB headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.hpp)
  install(FILES ${headers} DESTINATION include/sluice/${folder} COMPONENT dev)
endforeach()
# Builds what is installed, and nothing else.
add_custom_target(installed)
add_dependencies(installed ${libraries})
install(FILES ${PROJECT_SOURCE_DIR}/runtime/sluice.hpp ${PROJECT_BINARY_DIR}/include/runtime_program/sluice/version.hpp
  DESTINATION include/sluice COMPONENT dev)

install(EXPORT SluiceTargets NAMESPACE sluice:: DESTINATION ${package_folder} COMPONENT dev)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/SluiceConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/SluiceConfigVersion.cmake
  ${PROJECT_SOURCE_DIR}/cmake/FindCAF.cmake
  ${PROJECT_SOURCE_DIR}/cmake/SluiceConfig.cmake
  ${PROJECT_SOURCE_DIR}/cmake/SluiceDependencies.cmake
  ${PROJECT_SOURCE_DIR}/cmake/SluiceProgram.cmake
  DESTINATION ${package_folder} COMPONENT dev)
include(SluicePkgConfig)
