// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/error.hpp>

#include <sluice/actors/base/ids.hpp>
#include <sluice/actors/base/wall_clock.hpp>
#include <sluice/actors/system/node_timeout.hpp>
#include <sluice/actors/system/roll_call.hpp>
#include <sluice/runtime/monitor/streaming_listener.hpp>
#include <sluice/runtime/node/node_address.hpp>
#include <sluice/runtime/plan/composition.hpp>

namespace sluice {

class checkpoint_log;
class side_threads;

/// How a program runs, whatever it computes.
struct runtime_options {
  std::size_t threads = 0; ///< worker threads of this process; 0: one a core
  std::optional<std::uint32_t>
      partitions; ///< default copies of a stage; none: as the checkpoint has it, else one a worker thread
  std::vector<node_address> nodes; ///< workers; none: everything runs in this process
  /// Bytes that records may take in each process, from their admission to the commit of their batch, over all inputs
  /// and with what operators make of them (docs/receivers.md says what is counted).
  std::uint64_t byte_budget = std::uint64_t{256} << 20;
  std::size_t max_batches_in_flight = 4;
  std::uint32_t checkpoint_interval = 1; ///< batches that share one fsync
  duration block_interval{200};
  duration graceful_stop_timeout{0};            ///< 0: ten batch intervals, at least ten seconds
  duration wait_for_nodes{30'000};              ///< how long workers may take to listen
  duration node_timeout = default_node_timeout; ///< after which a frozen node is given up
  /// By which batches begin; null: the machine's. With one that runs faster, what was recorded is worked through in
  /// less time than it took.
  std::shared_ptr<const wall_clock> clock;
};

/// What `how.threads` comes to on this machine; at least 1.
std::uint32_t thread_count(const runtime_options& how);

/// What `how.graceful_stop_timeout` comes to with batches of this interval.
duration graceful_stop_timeout(const runtime_options& how, duration interval);

/// Everything a coordinator needs to run one program.
struct launch_options {
  std::shared_ptr<const composition> program;
  runtime_options how;
  std::uint32_t local_threads = 1; ///< what `how.threads` came to
  std::shared_ptr<const wall_clock> clock;
  std::ostream* standard_output = nullptr; ///< outlives the run
  epoch life;
  std::shared_ptr<checkpoint_log> checkpoint;  ///< null: nothing is kept
  std::vector<std::string> arguments;          ///< from which a worker composes the same program
  std::uint64_t build = 0;                     ///< of this executable
  std::shared_ptr<listener_list> listeners;    ///< null: nobody listens
  std::shared_ptr<roll_call> roll;             ///< gets the actors of this process; null: nobody wants to know
  std::shared_ptr<side_threads> input_threads; ///< where sources and receivers run; null: where actors do
  std::function<void()> on_started;            ///< called once, from an actor, when batches begin
  /// Called once, from an actor, as soon as it is known that the run ends and why, before anything is torn down; no
  /// error after a stop that was asked for.
  std::function<void(caf::error)> on_stopped;
};

/// What begins to run, and where, in one line for people.
std::string describe_launch(const launch_options& what, const std::string& checkpoint_directory);

} // namespace sluice
