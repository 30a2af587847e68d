# SPDX-License-Identifier: BSD-3-Clause
# What the write-ahead log stores beside its blocks. Fields are only ever added. See docs/formats/blocks.md.
@0xd6a1c3f0b5e94827;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("sluice::wire");

struct BlockTable {             # the value of the key "inputs"
  formatVersion @0 :UInt32;
  allocated @1 :Int64 = -1;     # time of the last allocation, in ms since the Unix epoch; -1 if there was none
  released @2 :Int64 = -1;      # up to this batch what they got is gone
  inputs @3 :List(Input);       # an input's place in the list is its number in keys and allocations

  struct Input {
    name @0 :Text;
    first @1 :UInt64;           # blocks first <= n < next are there, all of them
    allocated @2 :UInt64;       # those before this one belong to batches
    next @3 :UInt64;
  }
}

struct Allocation {
  shares @0 :List(Share);

  struct Share {
    input @0 :UInt32;
    firstBlock @1 :UInt64;
    endBlock @2 :UInt64;
    isLogged @3 :Bool;
    had @4 :Had;                # what the stream had at that time
    recipes @5 :List(Data);     # for a source that gives the same blocks again
    position @6 :Data;          # where a source goes on after the batch; empty if it cannot
  }

  enum Had {
    some @0;
    none @1;
  }
}
