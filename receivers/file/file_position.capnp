# SPDX-License-Identifier: BSD-3-Clause
# The position of a file stream in a checkpoint. Fields are only ever added. See docs/formats/checkpoint.md.
@0xe1a5c07d3b9f4826;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("sluice::wire");

struct FilePosition {
  directory @0 :Text;         # as it was given, with wildcards
  done @1 :Int64;             # the last batch that has looked for files, in ms since the Unix epoch; 0 if none has
  oldest @2 :Int64;           # files modified then or before are never taken
  taken @3 :List(Taken);      # what may not be taken again yet
  waiting @4 :List(Waiting);  # what has been found and not been read, in the order in which it will be
  ahead @5 :Int64;            # how far batch times were ahead of the clock that dates files, in ms

  # What a file was, as far as that can be told without reading it; all 0 if that is not known.
  struct Version {
    modified @0 :Int64;  # in ns since the Unix epoch
    size @1 :UInt64;
    inode @2 :UInt64;
  }

  struct Taken {
    path @0 :Text;
    time @1 :Int64;        # of the batch that has read its end
    version @2 :Version;   # that was read
  }

  struct Waiting {
    path @0 :Text;
    version @1 :Version;
    offset @2 :UInt64;  # bytes of it that have been read
    tail @3 :UInt32;    # CRC32C of the last of these bytes, at most 4096; 0 if offset is 0
  }
}
