# SPDX-License-Identifier: BSD-3-Clause
# What `cmake --install` copies: every library with its headers, and a package that find_package(Sluice) finds.
include(CMakePackageConfigHelpers)

set(package_folder lib/cmake/Sluice)

get_property(libraries GLOBAL PROPERTY sluice_libraries)
install(TARGETS sluice_options EXPORT SluiceTargets)
set_target_properties(sluice_options PROPERTIES EXPORT_NAME options)
foreach(library ${libraries})
  get_target_property(folder ${library} SLUICE_FOLDER)
  install(TARGETS ${library} EXPORT SluiceTargets ARCHIVE DESTINATION lib INCLUDES DESTINATION include)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/${folder}/ DESTINATION include/sluice/${folder}
    FILES_MATCHING PATTERN *.hpp)
endforeach()
# Builds what is installed, and nothing else.
add_custom_target(installed)
add_dependencies(installed ${libraries})
install(FILES ${PROJECT_SOURCE_DIR}/runtime/sluice.hpp DESTINATION include/sluice)

install(EXPORT SluiceTargets NAMESPACE sluice:: DESTINATION ${package_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/SluiceConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/SluiceConfigVersion.cmake
  ${PROJECT_SOURCE_DIR}/cmake/FindCAF.cmake
  ${PROJECT_SOURCE_DIR}/cmake/SluiceConfig.cmake
  ${PROJECT_SOURCE_DIR}/cmake/SluiceDependencies.cmake
  ${PROJECT_SOURCE_DIR}/cmake/SluiceProgram.cmake
  DESTINATION ${package_folder})
