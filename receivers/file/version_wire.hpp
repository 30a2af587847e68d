// SPDX-License-Identifier: BSD-3-Clause
//
// The version of a file in file_position.capnp. For .cpp files only: others need not know Cap'n Proto.
#pragma once

#include <sluice/actors/os/file_system.hpp>

#include "file_position.capnp.h"

namespace sluice::detail {

inline void write(wire::FilePosition::Version::Builder to, const file_version& from) {
  to.setModified(from.modified_ns);
  to.setSize(from.size);
  to.setInode(from.inode);
}

inline file_version read(wire::FilePosition::Version::Reader from) {
  return {from.getModified(), from.getSize(), from.getInode()};
}

} // namespace sluice::detail
