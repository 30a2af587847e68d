# SPDX-License-Identifier: BSD-3-Clause
# The libraries of others that ours link, by the names of their CMake targets: how pkg-config and the linker know them,
# and which Debian packages a program needs for them.
#
# Ours are static, so they fit those versions alone whose binary interface is the one they were compiled for. Boost's
# headers have types of theirs in our headers.
set(SLUICE_FOREIGN CAF::io CAF::core Boost::headers Threads::Threads spdlog::spdlog nlohmann_json::nlohmann_json
  CapnProto::capnp PkgConfig::LMDB PkgConfig::ISAL PkgConfig::XXHASH PkgConfig::PROMETHEUS SQLite::SQLite3)

set(SLUICE_FLAGS_CAF::io -lcaf_io)
set(SLUICE_FLAGS_CAF::core -lcaf_core)
set(SLUICE_FLAGS_Threads::Threads -pthread)
set(SLUICE_MODULE_spdlog::spdlog spdlog)
set(SLUICE_MODULE_CapnProto::capnp capnp)
set(SLUICE_MODULE_PkgConfig::LMDB lmdb)
set(SLUICE_MODULE_PkgConfig::ISAL libisal)
set(SLUICE_MODULE_PkgConfig::XXHASH libxxhash)
set(SLUICE_MODULE_PkgConfig::PROMETHEUS prometheus-cpp-core)
set(SLUICE_MODULE_SQLite::SQLite3 sqlite3)

set(SLUICE_PACKAGE_CAF::core "libcaf-dev (>= 0.17.6), libcaf-dev (<< 0.17.7~)")
set(SLUICE_PACKAGE_Boost::headers "libboost1.81-dev")
set(SLUICE_PACKAGE_spdlog::spdlog "libspdlog-dev (>= 1:1.10), libspdlog-dev (<< 1:1.11~)")
set(SLUICE_PACKAGE_nlohmann_json::nlohmann_json "nlohmann-json3-dev (>= 3.11)")
set(SLUICE_PACKAGE_CapnProto::capnp "libcapnp-dev (>= 0.9.2), libcapnp-dev (<< 0.9.3~)")
set(SLUICE_PACKAGE_PkgConfig::LMDB "liblmdb-dev (>= 0.9.24)")
set(SLUICE_PACKAGE_PkgConfig::ISAL "libisal-dev (>= 2.30)")
set(SLUICE_PACKAGE_PkgConfig::XXHASH "libxxhash-dev (>= 0.8.1)")
set(SLUICE_PACKAGE_PkgConfig::PROMETHEUS "prometheus-cpp-dev (>= 1.0), prometheus-cpp-dev (<< 1.1~)")
set(SLUICE_PACKAGE_SQLite::SQLite3 "libsqlite3-dev (>= 3.40)")

# Puts into OUT those that libraries link, each once, in the order of SLUICE_FOREIGN.
function(sluice_foreign out)
  set(linked "")
  foreach(library ${ARGN})
    get_target_property(link ${library} SLUICE_LINK)
    list(APPEND linked ${link})
  endforeach()
  set(result ${SLUICE_FOREIGN})
  foreach(target ${SLUICE_FOREIGN})
    if(NOT target IN_LIST linked)
      list(REMOVE_ITEM result ${target})
    endif()
  endforeach()
  list(REMOVE_ITEM linked ${SLUICE_FOREIGN})
  if(linked)
    message(FATAL_ERROR "SluiceForeign.cmake does not say what ${linked} is to pkg-config and to Debian")
  endif()
  set(${out} ${result} PARENT_SCOPE)
endfunction()
