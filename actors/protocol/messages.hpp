// SPDX-License-Identifier: BSD-3-Clause
//
// The messages that need a name. They travel between nodes of the same build only (see `hello`), hold no floating
// point (CAF 0.17 garbles it), and carry the epoch wherever an old one could do harm.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <sluice/actors/base/accumulated_sum.hpp>
#include <sluice/actors/base/ids.hpp>
#include <sluice/actors/base/input_error.hpp>
#include <sluice/actors/base/time.hpp>
#include <sluice/actors/batch/batch.hpp>

namespace sluice {

/// The head of every message along an edge: its epoch, its edge, its upstream partition, and its batch.
struct edge_mark {
  epoch life;
  edge_id edge;
  partition_id from;
  batch_time time;

  template <class Inspector>
  friend auto inspect(Inspector& f, edge_mark& x) {
    return f(x.life, x.edge, x.from, x.time);
  }
};

/// The presence of a dataset in a stream at a batch time.
enum class presence : std::uint8_t {
  some,   ///< records, or an empty dataset
  none,   ///< no dataset: the time is no multiple of the stream's slide, or its source gave none
  failed, ///< a dataset that must not be used: a user's function threw, and the batch is to be skipped
};

/// Ends a batch along an edge.
struct end_mark {
  edge_mark of;
  presence had = presence::some;

  template <class Inspector>
  friend auto inspect(Inspector& f, end_mark& x) {
    return f(x.of, x.had);
  }
};

/// What one input gave to a batch, so that the batch can run again with the same content. Blocks of an input are
/// numbered over all its batches, and the number says to which partition a block goes.
struct input_share {
  std::uint64_t first_block = 0;
  std::uint64_t end_block = 0;      ///< the block after the last
  bool is_logged = false;           ///< its blocks are in the log under these numbers
  presence had = presence::some;    ///< what the stream had
  std::vector<std::string> recipes; ///< for a source that gives the same again, see block_source::recipe: in order
  std::string position;             ///< where a source goes on after this batch; empty if it cannot

  friend bool operator==(const input_share&, const input_share&) = default;

  template <class Inspector>
  friend auto inspect(Inspector& f, input_share& x) {
    return f(x.first_block, x.end_block, x.is_logged, x.had, x.recipes, x.position);
  }
};

/// What all inputs gave to a batch, by their names. Inputs that gave nothing may be left out.
struct allocation {
  batch_time time;
  std::map<std::string, input_share> inputs;

  friend bool operator==(const allocation&, const allocation&) = default;

  template <class Inspector>
  friend auto inspect(Inspector& f, allocation& x) {
    return f(x.time, x.inputs);
  }
};

/// The content that a batch generator gave to batch `time`.
struct cut_report {
  epoch life;
  stream_id stream;
  batch_time time;
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  input_share share;
  std::string description;              ///< of what its source took, for people; bounded
  std::vector<input_error> errors = {}; ///< what its source has left out; bounded

  template <class Inspector>
  friend auto inspect(Inspector& f, cut_report& x) {
    return f(x.life, x.stream, x.time, x.records, x.bytes, x.share, x.description, x.errors);
  }
};

enum class receiver_event : std::uint8_t {
  started, ///< it begins to receive
  error,   ///< the message says what went wrong
  stopped, ///< it receives no more, at least for now; a message says which error has ended it for good
};

/// An event of a receiver, for listeners.
struct receiver_report {
  epoch life;
  stream_id stream;
  receiver_event what = receiver_event::started;
  std::string message;

  template <class Inspector>
  friend auto inspect(Inspector& f, receiver_report& x) {
    return f(x.life, x.stream, x.what, x.message);
  }
};

enum class output_event : std::uint8_t {
  started,
  completed,
  failed,
  left_out, ///< an operator that it depends on has failed
};

/// An event of an output, for listeners.
struct output_report {
  epoch life;
  output_number output;
  batch_time time;
  output_event what = output_event::started;
  std::int64_t at_us = 0; ///< time of day where it runs, in microseconds since the Unix epoch
  std::string failure;    ///< why it failed

  template <class Inspector>
  friend auto inspect(Inspector& f, output_report& x) {
    return f(x.life, x.output, x.time, x.what, x.at_us, x.failure);
  }
};

/// An operator failed in a batch, and the program goes on, or has had another failure before.
struct failure_report {
  epoch life;
  batch_time time;
  std::string what; ///< one line

  template <class Inspector>
  friend auto inspect(Inspector& f, failure_report& x) {
    return f(x.life, x.time, x.what);
  }
};

/// The positions of sources after a batch, by the name of the input: bytes that only the source understands.
using source_positions = std::map<std::string, std::string>;

/// What the coordinator asks a store to make durable: everything up to batch `time`.
struct commit_request {
  batch_time time;
  batch_time previous; ///< the batch before it, which has been asked for or is committed; 0: it is the first of all
  bool sync = true;    ///< false: it may share the fsync of a later one
  source_positions positions;
  accumulated_sums sums; ///< of the program's accumulators; those that it does not have stay as they are

  template <class Inspector>
  friend auto inspect(Inspector& f, commit_request& x) {
    return f(x.time, x.previous, x.sync, x.positions, x.sums);
  }
};

/// Names the keyed state of one operator on one partition. State belongs to the operator's name, never to its code.
struct state_id {
  std::string operator_name;
  partition_id partition;

  friend auto operator<=>(const state_id&, const state_id&) = default;
  friend std::string to_string(const state_id& id) {
    return "'" + id.operator_name + "' partition " + to_string(id.partition);
  }

  template <class Inspector>
  friend auto inspect(Inspector& f, state_id& x) {
    return f(x.operator_name, x.partition);
  }
};

/// The forms in which a keyed state is written at the end of a batch, from the least to the most.
enum class change_kind : std::uint8_t {
  delta,   ///< what this batch has changed
  partial, ///< all that has changed since the base: replaces the deltas up to its time, and the partial one before
  base,    ///< all of the state: replaces everything up to its time
};

/// Whether an earlier piece of a state is not needed once `later` has been written.
inline bool is_replaced(change_kind written, change_kind later) {
  return later == change_kind::base || (later == change_kind::partial && written != change_kind::base);
}

/// The changes of one keyed state in one batch, or a snapshot, which holds more.
struct state_update {
  state_id id;
  batch_time time;
  change_kind kind = change_kind::delta;
  std::vector<batch> content;
  batch_time outdated; ///< what batches up to this one have changed is not needed any more

  template <class Inspector>
  friend auto inspect(Inspector& f, state_update& x) {
    return f(x.id, x.time, x.kind, x.content, x.outdated);
  }
};

/// A piece of a keyed state on its way back to its operator; `next` asks for the following piece, 0 is the end.
struct state_piece {
  batch_time time; ///< of the batch that changed it, or of the snapshot
  change_kind kind = change_kind::delta;
  batch content; ///< without bytes where the state holds nothing
  std::uint64_t next = 0;
  std::uint64_t following = 0; ///< pieces of the same kind that come after it

  template <class Inspector>
  friend auto inspect(Inspector& f, state_piece& x) {
    return f(x.time, x.kind, x.content, x.next, x.following);
  }
};

/// The driver introduces itself to a worker: both must run the same build and compose the same topology.
struct hello {
  std::uint32_t protocol = 0;
  std::uint64_t build = 0;
  std::uint64_t fingerprint = 0; ///< of the topology with these arguments
  std::vector<std::string> arguments;
  epoch life;

  template <class Inspector>
  friend auto inspect(Inspector& f, hello& x) {
    return f(x.protocol, x.build, x.fingerprint, x.arguments, x.life);
  }
};

/// The worker's answer when it is willing.
struct welcome {
  std::uint32_t cores = 0;
  std::uint64_t job = 0; ///< names the composed topology on that worker, for `remote_spawn`

  template <class Inspector>
  friend auto inspect(Inspector& f, welcome& x) {
    return f(x.cores, x.job);
  }
};

} // namespace sluice
