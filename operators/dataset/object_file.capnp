# SPDX-License-Identifier: BSD-3-Clause
# The first frame of an object file. Fields are only ever added. See docs/formats/object-file.md.
@0x9c41e5d27a80b3f6;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("sluice::wire");

struct ObjectFile {
  formatVersion @0 :UInt32;
  schema @1 :Text;        # of the record type, e.g. "(text,i64)"
  part @2 :UInt32;        # this file is part number `part` of `parts`, counted from 0
  parts @3 :UInt32;
  batches @4 :UInt64;     # frames that follow, one batch each
  records @5 :UInt64;     # in all of them
}
