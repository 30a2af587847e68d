# SPDX-License-Identifier: BSD-3-Clause
# The position of a queue stream in a checkpoint: what waits. Fields are only ever added. See
# docs/formats/checkpoint.md.
@0xb7d2f49c1e6a8053;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("sluice::wire");

struct QueuePosition {
  sets @0 :List(List(Data));  # oldest first; each the batches of one set, none if it is empty: docs/formats/batch.md
  pulls @1 :UInt64;          # of this stream, over all processes; kept where the program may go back in its process
}
