// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/base/expected.hpp>
#include <sluice/actors/base/ids.hpp>
#include <sluice/actors/base/wall_clock.hpp>
#include <sluice/runtime/driver/runtime_options.hpp>
#include <sluice/runtime/monitor/streaming_listener.hpp>
#include <sluice/runtime/plan/composition.hpp>
#include <sluice/state/checkpoint/checkpoint.hpp>
#include <sluice/state/log/checkpoint_source.hpp>
#include <sluice/state/log/log_records.hpp>

namespace sluice {

class block_log;
class checkpoint_log;
class positioned_inputs;
class run_clock;
class run_controls;
class roll_call;
class run_monitor;
class side_threads;

/// Everything a coordinator needs to run one program.
struct launch_options {
  std::shared_ptr<const composition> program;
  runtime_options how;
  std::uint32_t local_threads = 1; ///< the value of `how.threads`
  std::shared_ptr<const wall_clock> clock;
  std::shared_ptr<run_clock> watched_clock; ///< the same, if it is to be watched; null: it is right when it jumps
  std::ostream* standard_output = nullptr;  ///< outlives the run
  epoch life;
  std::optional<checkpoint_summary> checkpoint; ///< as the run finds it; none: nothing is kept
  std::shared_ptr<checkpoint_log> log;          ///< of the checkpoint, on its way to the store, which alone uses it
  std::optional<log_summary> blocks_found;      ///< in the write-ahead log; none: there is no log
  std::shared_ptr<block_log> blocks;            ///< that log, on its way to its actor
  /// Opens both again, for the next epoch, once the actors of the last one have let go of them. Null: no epoch follows
  /// a failure.
  std::function<expected<kept_run>()> reopen;
  std::shared_ptr<positioned_inputs> positioned; ///< gets the logged inputs that have positions; null: nobody asks
  bool follows_failure = false;                  ///< not the first epoch of this run
  std::uint32_t restarts_left = 0;               ///< after this epoch
  std::vector<std::string> arguments;            ///< from which a worker composes the same program
  std::uint64_t build = 0;                       ///< of this executable
  std::shared_ptr<listener_list> listeners;      ///< null: nobody listens
  std::shared_ptr<run_monitor> monitor;          ///< is told what operators and commits do; null: nobody watches
  std::shared_ptr<run_controls> controls;        ///< what people ask of it; null: nobody can
  std::shared_ptr<roll_call> roll;               ///< gets the actors of this process; null: nobody wants to know
  std::shared_ptr<side_threads> input_threads;   ///< where sources, receivers and the log run; null: where actors do
  std::function<void()> on_started;              ///< called once an epoch, from an actor, when batches begin
  /// Called once, from an actor, as soon as it is known that the run ends and why, before anything is torn down; no
  /// error after a stop that was asked for.
  std::function<void(error)> on_stopped;

  /// Sets `checkpoint` and `log`. Null: nothing is kept.
  void keep_in(std::shared_ptr<checkpoint_log> where);

  /// Sets `blocks` and `blocks_found`, after `keep_in`. Null: there is no write-ahead log. Blocks that belong to no
  /// batch are removed from the log if they come from a source that goes back to where it was before them: it gives
  /// them again, or from an input that the program has not and is to drop. Throws runtime_failure if they cannot be.
  void log_in(std::shared_ptr<block_log> where);

  /// Sets all four.
  void keep_in(kept_run where);

  /// Sets `reopen` and `positioned`, after `keep_in` and `log_in`: epochs after a failure go on from what `open`
  /// returns, without the blocks that a source with a position has given in this process to no batch.
  void reopen_with(std::function<expected<kept_run>()> open);

  /// Becomes what the epoch after a failure is launched with; `where` comes from `reopen`. If the log cannot be
  /// written, keeps neither, so that they can be opened once more.
  error follow_failure(kept_run where, std::uint32_t restarts);

  /// The batches that an earlier run has cut and not committed: they run again. In order.
  std::vector<allocation> again() const;
};

/// Whether the records of an input go through the write-ahead log.
bool goes_through_log(const any_input& from, const runtime_options& how);

/// Whether the log belongs to the last commit of the checkpoint: it must not be ahead of it. `where` is named in the
/// error.
error check_same_log(const launch_options& what, const std::string& where);

/// What is found in the log, for people: the batches that run again, what belongs to no batch yet, and what no input of
/// the program takes.
std::vector<std::string> describe_log(const launch_options& what);

/// The program that begins to run, and where, in one line for people.
std::string describe_launch(const launch_options& what, const std::string& checkpoint_directory);

} // namespace sluice
