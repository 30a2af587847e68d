// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sluice/actors/base/time.hpp>
#include <sluice/actors/base/wall_clock.hpp>
#include <sluice/actors/scheduler/scheduler_kind.hpp>
#include <sluice/actors/system/node_timeout.hpp>
#include <sluice/receivers/rate/rate_estimator.hpp>
#include <sluice/runtime/driver/ui_options.hpp>
#include <sluice/runtime/node/node_address.hpp>
#include <sluice/state/checkpoint/kept_versions.hpp>

namespace sluice {

/// The settings of a run, for any program.
struct runtime_options {
  std::size_t threads = 0; ///< worker threads of this process; 0: one per core
  std::optional<std::uint32_t>
      partitions; ///< default copies of a stage; none: as the checkpoint has it, else one per worker thread
  std::vector<node_address> nodes; ///< workers; none: everything runs in this process
  /// Bytes that records may take in each process, from their admission to the commit of their batch, over all inputs
  /// and with all that operators make of them (docs/receivers.md lists what is counted).
  std::uint64_t byte_budget = std::uint64_t{256} << 20;
  std::size_t max_batches_in_flight = 4;
  std::uint32_t checkpoint_interval = 1; ///< batches that share one fsync
  /// Whether what inputs receive is on disk, in the checkpoint directory, before outputs see it, and comes again after
  /// a crash. Inputs may differ: see `input`.
  bool write_ahead_log = false;
  sluice::kept_versions kept_versions; ///< the commits before the last one that `recover_at` can go back to
  /// Go on from the last commit not after this batch; none: from the last one. The commits after it are discarded with
  /// the first new one, so give it for one start only.
  std::optional<batch_time> recover_at;
  /// A program that goes on from a checkpoint first runs the batches of the time it was down, as fast as it can; false:
  /// it leaves them out.
  bool replay_downtime = false;
  /// Of the checkpoint that do not fit the program, by name. Also inputs that the program has no more: what they left
  /// in the write-ahead log is dropped.
  std::vector<std::string> drop_states;
  std::vector<std::pair<std::string, std::string>> rename_states; ///< of the checkpoint: old and new name
  duration block_interval{200};
  duration graceful_stop_timeout{0};            ///< 0: ten batch intervals, at least ten seconds
  duration wait_for_nodes{30'000};              ///< how long to wait for workers that do not listen yet
  duration node_timeout = default_node_timeout; ///< after which a frozen node is given up
  /// The clock of the batches; null: the machine's. With a faster one, recorded data is replayed in less time than it
  /// took.
  std::shared_ptr<const wall_clock> clock;
  scheduler_kind scheduler = scheduler_kind::own; ///< of this process
  /// Records per second that each input may give, at most; 0: no limit. An input's own `max_rate` counts if it is less.
  double max_rate = 0;
  /// After each batch, estimates how many records per second each input should give, and limits it to that.
  bool backpressure = false;
  double initial_rate = 0;             ///< with backpressure, the limit before the first estimate; 0: none
  rate_estimator_maker estimator = {}; ///< with backpressure; null: `pid_estimator`
  /// Serves a web page about the program, with REST and metrics, for as long as its context lives: see
  /// docs/monitoring.md. None: it does not, and nothing is measured; `sluice::run` has one by default. If no port is
  /// free, a warning says so, and the program runs without a page. `start` throws usage_error for an address or a token
  /// file that cannot be used.
  std::optional<ui_options> ui;
};

/// The value of `how.threads` on this machine; at least 1.
std::uint32_t thread_count(const runtime_options& how);

/// The value of `how.graceful_stop_timeout` with batches of this interval.
duration graceful_stop_timeout(const runtime_options& how, duration interval);

} // namespace sluice
