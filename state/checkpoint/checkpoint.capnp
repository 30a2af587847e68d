# SPDX-License-Identifier: BSD-3-Clause
# The value of the key "commit": what a checkpoint holds. Fields are only ever added. See docs/formats/checkpoint.md.
@0xb6bb8f98034360f5;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("sluice::wire");

struct Manifest {
  formatVersion @0 :UInt32;

  time @1 :Int64;               # of the last committed batch, in ms since the Unix epoch
  batches @2 :UInt64;           # committed since the checkpoint began
  epochNumber @3 :UInt64;
  description @4 :Text;         # the printed topology
  positions @5 :List(Position);

  nextOperator @6 :UInt32;      # numbers of operators are never used again
  operators @7 :List(Operator);
  states @8 :List(State);
  zeroTime @9 :Int64;           # of the batch grid, in ms since the Unix epoch; 0 if none was written
  interval @10 :Int64;          # between batches, in ms; 0 if none was written
  sums @11 :List(Sum);          # of accumulators

  struct Sum {
    name @0 :Text;
    union {
      integer @1 :Int64;
      real @2 :Float64;
    }
  }

  struct Position {
    source @0 :Text;
    value @1 :Data;
  }

  struct Operator {
    name @0 :Text;
    number @1 :UInt32;          # stands for the name in keys
    partitions @2 :UInt32;
    schema @3 :Text;
  }

  struct State {
    operatorNumber @0 :UInt32;
    partition @1 :UInt32;
    base @2 :Snapshot;          # all of the state
    partial @3 :Snapshot;       # what has changed since the base; later than it
    firstDelta @4 :UInt64;      # the deltas first <= n < next are there, all of them
    nextDelta @5 :UInt64;
  }

  struct Snapshot {
    exists @0 :Bool;
    time @1 :Int64;
    blobs @2 :UInt64;
  }
}
