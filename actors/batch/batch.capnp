# SPDX-License-Identifier: BSD-3-Clause
# The batch: what actors hand each other and what is stored. See docs/formats/batch.md.
@0xd3a1c0a4f2b75e19;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("sluice::wire");

struct Batch {
  schema @0 :UInt64;   # XXH3 of the record type's schema text, e.g. of "(text,i64)"
  count @1 :UInt32;    # records
  columns @2 :List(Column);
}

struct Column {
  kind @0 :UInt16;     # sluice::column_kind
  count @1 :UInt32;    # elements
  data @2 :Data;
}
