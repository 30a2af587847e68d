# SPDX-License-Identifier: BSD-3-Clause
# Strips what a package installs as Debian's dh_strip does: programs of their symbols, static libraries of what only a
# debugger reads.
set(prefix $ENV{DESTDIR}${CMAKE_INSTALL_PREFIX})
set(notes --remove-section=.comment --remove-section=.note)
file(GLOB programs ${prefix}/bin/*)
if(programs)
  execute_process(COMMAND strip ${notes} ${programs} COMMAND_ERROR_IS_FATAL ANY)
endif()
file(GLOB_RECURSE archives ${prefix}/lib/*.a)
if(archives)
  execute_process(COMMAND strip --strip-debug --enable-deterministic-archives ${notes} ${archives}
    COMMAND_ERROR_IS_FATAL ANY)
endif()
