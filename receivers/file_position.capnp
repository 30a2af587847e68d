# SPDX-License-Identifier: BSD-3-Clause
# The position of a file stream in a checkpoint. Fields are only ever added. See docs/formats/checkpoint.md.
@0xe1a5c07d3b9f4826;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("sluice::wire");

struct FilePosition {
  directory @0 :Text;     # as it was given, with wildcards
  done @1 :Int64;         # batches up to this one have taken their files, in ms since the Unix epoch; 0 if none has
  oldest @2 :Int64;       # files modified then or before are never taken
  taken @3 :List(Taken);  # what may not be taken again yet

  struct Taken {
    path @0 :Text;
    time @1 :Int64;       # of the batch that took it
  }
}
