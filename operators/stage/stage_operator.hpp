// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <sluice/actors/base/batch_grid.hpp>
#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/base/ids.hpp>
#include <sluice/actors/base/time.hpp>
#include <sluice/actors/batch/batch.hpp>
#include <sluice/actors/protocol/messages.hpp>
#include <sluice/operators/stage/sink.hpp>
#include <sluice/operators/stage/stage_effects.hpp>
#include <sluice/state/keyed/kept_state.hpp>

namespace sluice {

/// The running part of one operator on one partition. It learns which batch it works on through `open`; several batches
/// may be open at a time, each gets `close` or `skip` once, in order of time. It never blocks, sends, or looks at a
/// clock.
class stage_operator {
public:
  virtual ~stage_operator() = default;

  /// Where operators of the same stage push their results, or null if nothing is fused before this operator.
  virtual any_sink* input() { return nullptr; }

  /// Records from another stage (or from an input), for the batch that is open. An operator without such an edge is
  /// never called.
  /// `port`: which of the operator's parents they come from.
  virtual error receive(parent_index port, partition_id from, const batch& records);

  /// What comes next belongs to batch `t`.
  virtual void open(batch_time t);

  /// Batch `t` has no more records: emit what was kept for it. It is the open one.
  virtual void close(batch_time t, stage_effects& effects);

  /// Batch `t`, the open one, is over, and what came for it (nothing, or what must not be used: `arrived` says why) is
  /// to be forgotten. Also called after `close` has thrown.
  virtual void skip(batch_time t, presence arrived, stage_effects& effects);

  /// What this operator's stream has at `t`, where its parents had `arrived`: not `failed`, after which all that
  /// follows has failed. Asked after `close` or `skip`.
  virtual presence result(batch_time t, presence arrived) const;

  /// About how many bytes it holds for open batches in memory of its own: what is neither in batches, which are counted
  /// elsewhere, nor kept for longer than a batch. Asked after each message; cheap.
  virtual std::uint64_t bytes_held() const;

  /// How many keys have a state here now. Asked a few times a second, between batches; cheap.
  virtual std::uint64_t keys_kept() const;

  /// Committed state, piece by piece, before the first batch: the base, the partial snapshot, then deltas, oldest
  /// first.
  virtual error restore(const state_piece& piece);
};

/// What an operator needs to know of its place when it is made.
struct operator_context {
  std::string name;                               ///< the operator's name: keyed state belongs to it
  partition_id partition;                         ///< this copy
  std::uint32_t partitions = 1;                   ///< copies of this stage
  std::span<any_sink* const> consumers;           ///< sinks of what consumes the operator's main stream
  std::span<any_sink* const> side_consumers = {}; ///< of its second stream, if it has one
  std::span<const std::uint32_t> senders = {};    ///< by parent that is in another stage: how many partitions it has
  const batch_grid* grid = nullptr;               ///< outlives the operator
  const bool* keeps_state = nullptr;              ///< whether changes of state go anywhere; null: they do. Outlives it
  std::ostream* standard_output = nullptr;
  std::optional<duration> base_interval = {};  ///< see dstream::checkpoint
  std::string label = {};                      ///< kind and name, for messages
  std::string title = {};                      ///< of what an output prints; empty where no other output prints
  std::optional<batch_time> reruns_until = {}; ///< batches up to this one may have run before a crash

  /// The keyed state of this copy.
  kept_state kept() const { return {{name, partition}, keeps_state, grid, base_interval}; }
};

/// What the sending half of an edge needs to know.
struct sender_context {
  edge_id edge;
  partition_id from;
  std::uint32_t targets = 1;        ///< partitions of the receiving stage
  stage_effects* effects = nullptr; ///< parcels go here; outlives the sender
  parent_index port;                ///< which of the receiving operator's parents this edge starts at
  std::string label = {};           ///< kind and name of the receiving operator, for messages
};

/// Makes the running parts of one operator; shared by all partitions, each of which gets a copy of the user's
/// functions.
struct operator_factory {
  /// The part in the operator's own stage.
  std::function<std::unique_ptr<stage_operator>(const operator_context&)> make;

  /// The part at the end of a parent's stage; empty if no edge between stages leads to this operator.
  std::function<std::unique_ptr<stage_operator>(const sender_context&)> make_sender;
};

} // namespace sluice
