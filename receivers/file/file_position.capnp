# SPDX-License-Identifier: BSD-3-Clause
# The position of a file stream in a checkpoint. Fields are only ever added. See docs/formats/checkpoint.md.
@0xe1a5c07d3b9f4826;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("sluice::wire");

# What one pull took, so that it can be taken again.
struct FileRecipe {
  parts @0 :List(Part);

  # A part of a file: its bytes from `begin` to `end`.
  struct Part {
    path @0 :Text;
    version @1 :FilePosition.Version;  # when it was read
    begin @2 :UInt64;
    end @3 :UInt64;
    tail @4 :UInt32;   # CRC32C of the last bytes before `end`, at most 4096
    room @5 :UInt64;   # as file_part has it: with the same limits the same blocks come out
    bytes @6 :UInt64;
  }
}

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
