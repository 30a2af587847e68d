# SPDX-License-Identifier: BSD-3-Clause
# Installs the copyright, the changelogs and the lintian overrides of a PACKAGE of this VERSION and MAINTAINER; ROOT is
# the source tree. CMake runs it when it installs the package's component.
set(share $ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/share)
set(papers ${share}/doc/${PACKAGE})
set(here ${ROOT}/cmake/packages)

set(permissions OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)

function(write_plain file target)
  configure_file(${file} ${target} COPYONLY FILE_PERMISSIONS ${permissions})
endfunction()

function(write_compressed file target)
  execute_process(COMMAND gzip -9nc ${file} OUTPUT_FILE ${target} COMMAND_ERROR_IS_FATAL ANY)
  file(CHMOD ${target} PERMISSIONS ${permissions})
endfunction()

file(MAKE_DIRECTORY ${papers})
write_plain(${here}/copyright ${papers}/copyright)
write_compressed(${ROOT}/CHANGELOG.md ${papers}/changelog.gz)

# Of the day that SOURCE_DATE_EPOCH says, where it is set: so the same source makes the same package.
string(TIMESTAMP DATE "%a, %d %b %Y %H:%M:%S +0000" UTC)
set(changelog ${papers}/changelog.Debian)
configure_file(${here}/changelog.in ${changelog} @ONLY)
write_compressed(${changelog} ${changelog}.gz)
file(REMOVE ${changelog})

if(EXISTS ${here}/${PACKAGE}.lintian-overrides)
  file(MAKE_DIRECTORY ${share}/lintian/overrides)
  write_plain(${here}/${PACKAGE}.lintian-overrides ${share}/lintian/overrides/${PACKAGE})
endif()
