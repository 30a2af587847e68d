// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sluice/actors/base/log.hpp>
#include <sluice/actors/os/side_thread.hpp>
#include <sluice/runtime/driver/coordinator_actor.hpp>
#include <sluice/runtime/driver/run_controls.hpp>
#include <sluice/runtime/node/node_actor.hpp>
#include <sluice/runtime/program/streaming_context.hpp>
#include <sluice/state/checkpoint/checkpoint_log.hpp>
#include <sluice/state/log/block_log.hpp>
#include <sluice/state/log/checkpoint_source.hpp>
#include <sluice/state/store/memory_store.hpp>

#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "simulation.hpp"

namespace sluice::testkit {

/// A checkpoint on a disk made of memory. It survives the death of a driver.
class simulated_disk {
public:
  /// The checkpoint as a process finds it that starts now.
  std::shared_ptr<checkpoint_log> open();

  /// The write-ahead log, likewise.
  std::shared_ptr<block_log> open_blocks();

private:
  memory_store log_;
  memory_store snapshots_;
  memory_store blocks_;
};

/// A driver and some workers in one thread, under virtual time. The actors are those of real processes; only the
/// scheduler, the network, the clock and the disk are replaced.
class cluster {
public:
  using compose_streams = std::function<void(streaming_context&)>;
  using compose_program = std::function<composition()>;

  /// @param workers the number of workers; with none, the driver does everything.
  /// @param seed the order of events that may happen in any order; see `simulation`.
  explicit cluster(std::size_t workers, std::uint64_t seed = 0);
  ~cluster();

  /// The program that the workers compose, if it differs from the driver's; and the build that they claim to be.
  struct disagreement {
    compose_streams compose;
    std::uint64_t build = 1;
  };

  /// Starts a program in a new driver. Batches of `interval`; `how` without nodes, which are this cluster's.
  void start(duration interval, const compose_streams& compose, runtime_options how = {},
             std::shared_ptr<checkpoint_log> checkpoint = nullptr, std::optional<disagreement> workers = {});

  /// As the first, but only the first `steps` steps of it happen, one message each. The rest happens as soon as another
  /// function below lets it. False if the start was over before.
  bool start_partly(std::uint64_t steps, duration interval, const compose_streams& compose, runtime_options how = {},
                    std::shared_ptr<checkpoint_log> checkpoint = nullptr);

  /// The same for a program that was composed without a context; workers compose the same.
  void start(const compose_program& compose, runtime_options how = {},
             std::shared_ptr<checkpoint_log> checkpoint = nullptr);

  /// The same for a driver that has composed its program already, and tells listeners of its own.
  void start(composition program, const compose_program& compose_on_workers, std::shared_ptr<listener_list> listeners,
             runtime_options how = {}, std::shared_ptr<checkpoint_log> checkpoint = nullptr);

  /// Lets time pass, and everything happen that is due in that time.
  void advance(duration d) {
    const log_capture captured{log_};
    simulation_.advance(d);
  }

  /// The time of day.
  batch_time now() const {
    return batch_time{std::chrono::duration_cast<duration>(simulation_.now().time_since_epoch()).count()};
  }

  /// From now on the listener hears of events, in this run and later ones.
  void add_streaming_listener(std::shared_ptr<streaming_listener> x) { listeners_->add(std::move(x)); }

  /// The threads of the inputs of drivers that start from now on; by default, those of actors.
  void use_input_threads(std::shared_ptr<side_threads> x) { input_threads_ = std::move(x); }

  /// Drivers that start from now on have the write-ahead log of this disk; it outlives them.
  void use_log(simulated_disk& on) { log_disk_ = &on; }

  /// Drivers that start from now on keep what this opens, and take neither a checkpoint from `start` nor the log of
  /// `use_log`. A program with a restart_policy opens it again for each further epoch.
  void keep_in(checkpoint_source where) { kept_in_ = std::move(where); }

  /// Whether the program has failed and may go on in the same process. Only with `keep_in` and a restart_policy; how
  /// often, and after which pause, is for the test to say.
  bool can_restart() const { return stopped_ && !reason_.empty() && has_begun_ && next_; }

  /// Lets the epoch that has failed come to its end, and no more happen: the next one may start. Throws
  /// std::runtime_error if parts of it do not end. Requires can_restart().
  void end_epoch();

  /// Starts the next epoch in the same actor system, as driver_process does. Throws std::runtime_error if the
  /// checkpoint cannot be opened again; then it may be called once more. Requires can_restart(), after `end_epoch`.
  void restart();

  /// See simulation::halt_when. A driver that is killed then has died between two messages.
  void halt_when(std::function<bool()> halted) { simulation_.halt_when(std::move(halted)); }
  bool is_halted() const { return simulation_.is_halted(); }

  /// The messages that have been handled so far, with what the network has done.
  std::uint64_t steps() const { return simulation_.steps(); }

  /// As somebody does through the page of a running program: pauses an input, lets it go on, or sets its max_rate. It
  /// stays over restarts, and for drivers that start later.
  void limit_input(stream_id input, const asked_limit& x);

  void stop(stop_mode mode);
  bool is_running() const { return started_ && !stopped_; }
  bool is_stopped() const { return stopped_; }

  /// Why it stopped; empty if it was asked to.
  const std::string& reason() const { return reason_; }

  /// Kills the driver, or a worker, as kill -9 does.
  void kill_driver();
  void kill_worker(std::size_t index) {
    const log_capture captured{log_};
    simulation_.kill(*workers_[index].node);
  }

  /// Pulls the cable between the driver and a worker, and puts it back: what they send each other waits.
  void cut_off(std::size_t index) { simulation_.cut(*driver_, *workers_[index].node); }
  void reconnect(std::size_t index) { simulation_.heal(*driver_, *workers_[index].node); }

  /// The text that the program printed.
  std::string printed() const { return output_->str(); }

  /// The lines that driver and workers logged.
  const std::string& logged() const { return log_; }

  /// How many messages actors of this name ("sluice.operator") have handled so far, and how many bytes have crossed
  /// the network.
  std::uint64_t handled(std::string_view actor_name) const { return simulation_.handled(actor_name); }
  std::uint64_t network_bytes() const { return simulation_.network_bytes(); }

  /// How many actors live in all processes that do, workers' own aside.
  std::size_t living_actors() const;

  /// A number for everything that happened: equal for equal runs.
  std::uint64_t trace() const { return simulation_.trace(); }

private:
  struct worker {
    simulated_node* node;
    std::shared_ptr<job_registry> jobs;
    node_actor actor;
  };

  void start_workers(const compose_program& compose, std::uint64_t build);
  void spawn_driver(composition program, std::shared_ptr<listener_list> listeners, runtime_options how,
                    std::shared_ptr<checkpoint_log> checkpoint);
  void spawn_coordinator(launch_options what);
  void start_driver(composition program, std::shared_ptr<listener_list> listeners, runtime_options how,
                    std::shared_ptr<checkpoint_log> checkpoint);

  std::shared_ptr<side_threads> input_threads_;
  simulated_disk* log_disk_ = nullptr;
  checkpoint_source kept_in_;
  std::optional<launch_options> next_; ///< the epoch that follows a failure, if one may
  std::shared_ptr<listener_list> listeners_ = std::make_shared<listener_list>();
  std::shared_ptr<std::ostringstream> output_ = std::make_shared<std::ostringstream>();
  std::string log_;
  std::optional<log_capture> last_words_; ///< of the simulation while it is destroyed
  simulation simulation_;
  std::size_t worker_count_;
  std::vector<worker> workers_;
  simulated_node* driver_ = nullptr;
  coordinator_actor coordinator_;
  std::shared_ptr<run_controls> controls_ = std::make_shared<run_controls>();
  std::uint64_t lives_ = 0;
  bool started_ = false;
  bool has_begun_ = false; ///< in this process, in this epoch or an earlier one
  bool stopped_ = false;
  std::string reason_;
};

} // namespace sluice::testkit
