// SPDX-License-Identifier: BSD-3-Clause
//
// A running program at one moment, as a value: what the web page, REST, metrics and the reasons are made of.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sluice/actors/base/ids.hpp>
#include <sluice/actors/base/time.hpp>
#include <sluice/actors/protocol/node_usage.hpp>
#include <sluice/operators/stage/topology.hpp>
#include <sluice/runtime/monitor/activity_board.hpp>
#include <sluice/runtime/monitor/batch_history.hpp>
#include <sluice/runtime/monitor/listener_info.hpp>
#include <sluice/runtime/monitor/processor_watch.hpp>

namespace sluice {

enum class run_state : std::uint8_t { starting, running, restarting, stopping, stopped, failed };

/// Why the program is as fast as it is, in a sentence.
struct run_reason {
  enum class level : std::uint8_t { ok, notice, warning };

  level how = level::ok;
  std::string cause = "starting";    ///< one word for programs: "slow_function", "skewed_key", …
  std::optional<node_index> at = {}; ///< the operator
  std::string sentence = "The program is starting.";
  std::chrono::microseconds since{}; ///< time of day
};

struct input_picture {
  stream_id id;
  std::string name;
  std::string kind;
  bool is_receiver = false;
  bool is_active = false; ///< of a receiver: it receives
  bool is_paused = false;
  std::optional<double> max_rate; ///< records per second, that somebody has set while it runs; 0: none
  std::string location = "driver";
  std::uint64_t records = 0;     ///< since the start of the program
  double records_per_second = 0; ///< lately
  double waits_for_credit = 0;   ///< of a receiver, lately: the share of the time in which the memory budget held it up
  std::string last_error;        ///< empty: there was none
  std::optional<std::chrono::microseconds> last_error_time;
};

struct operator_picture {
  node_index id;
  std::string name;
  std::string kind;
  std::optional<stage_id> stage; ///< none: it is never computed
  std::vector<stream_ref> parents;
  edge_kind inbound = edge_kind::fused;
  bool is_input = false;
  bool is_output = false;
  std::string record_schema;
  std::string state_schema; ///< empty: it keeps none
  operator_load load;
  std::vector<operator_load> partitions;
  std::uint64_t dead_letters = 0; ///< since the start of the program
  state_growth growth = {};
};

struct stage_picture {
  stage_id id;
  bool on_driver = false;
  std::vector<node_index> operators;
  std::vector<std::string> nodes; ///< by partition: "driver", or the worker's address
  std::vector<stage_load> partitions = {};
};

/// What the write-ahead log holds of batches that have been cut.
struct log_picture {
  std::size_t batches = 0;
  std::uint64_t bytes = 0;
  std::chrono::microseconds released{}; ///< when it let go of a batch last, or began to hold one
};

/// The failures that the program has survived lately.
struct restart_picture {
  std::size_t count = 0; ///< within the last minute
  std::string last = {}; ///< why it was restarted last
};

/// How long the commits have taken lately.
struct commit_picture {
  std::uint64_t count = 0; ///< since the start of the program
  std::chrono::microseconds mean{};
  std::chrono::microseconds longest{};
};

/// What the process of a worker uses, lately.
struct worker_picture {
  node_usage usage;
  std::optional<double> cpu_share;  ///< of one core; none at first
  std::chrono::microseconds told{}; ///< when it has said so, of day
};

struct run_picture {
  run_state state = run_state::starting;
  std::string failure; ///< of a program that has failed, or is about to go on after a failure
  std::chrono::microseconds started{};
  std::chrono::microseconds now{};
  duration interval{1000};
  std::uint64_t epoch = 0;
  std::uint64_t restarts = 0;
  std::uint32_t restarts_left = 0;
  std::size_t outputs = 0;
  batch_history::sums totals;
  std::vector<input_picture> inputs;
  std::vector<batch_info> active;                                ///< oldest first
  std::vector<std::shared_ptr<const batch_info>> completed = {}; ///< oldest first
  std::vector<stage_picture> stages;
  std::vector<operator_picture> operators;            ///< by number
  std::map<std::string, worker_picture> workers = {}; ///< by address; those that have said something
  commit_picture commits;
  log_picture log;
  restart_picture lately_restarted;
  double listening_share = 0;              ///< of the time, lately: what listeners took of the coordinator's
  std::chrono::microseconds clock_ahead{}; ///< how far the run's clock is ahead of the wall clock; below 0: behind
  std::optional<processor_use> processor;  ///< none: not known
  run_reason reason;
};

} // namespace sluice
