// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <sluice/operators/dstream.hpp>
#include <sluice/receivers/actor_input_actor.hpp>
#include <sluice/receivers/generator_input.hpp>
#include <sluice/receivers/queue_input.hpp>
#include <sluice/receivers/receiver.hpp>
#include <sluice/receivers/socket_text_input.hpp>
#include <sluice/runtime/driver_process.hpp>
#include <sluice/runtime/explain.hpp>
#include <sluice/runtime/launch.hpp>

namespace sluice {

/// Composes a program, starts it, stops it. Compose first (inputs, operators, at least one output), then start; a
/// context runs once. Several contexts may live in one process. Composition is for one thread; the rest is thread safe.
class streaming_context {
public:
  enum class state { initialized, active, stopped };

  /// Throws usage_error unless the interval is at least 1 ms.
  explicit streaming_context(duration batch_interval, runtime_options how = {});

  /// Stops at once if it still runs.
  ~streaming_context();
  streaming_context(const streaming_context&) = delete;
  streaming_context& operator=(const streaming_context&) = delete;

  /// A context that continues what is in the checkpoint directory, or begins there if it is empty. The program is
  /// composed anew either way: state is found again by the names of its operators.
  static std::unique_ptr<streaming_context> get_or_create(const std::filesystem::path& checkpoint_directory,
                                                          duration batch_interval,
                                                          const std::function<void(streaming_context&)>& compose,
                                                          runtime_options how = {});

  // -- inputs

  /// Lines of text from a TCP server, each up to '\n'; bytes are passed as they are. Reconnects after 2 s.
  dstream<std::string_view> socket_text_stream(const std::string& host, int port, socket_options options = {});

  /// One dataset of the queue a batch, or all that are there; without one, the default dataset, or none.
  template <record T>
  dstream<T> queue_stream(std::shared_ptr<record_queue<T>> queue, queue_options<T> options = {}) {
    return add<T>(queue_input<T>(std::move(queue), std::move(options)));
  }

  /// The records of a receiver of yours: `make` returns a new one. See docs/receivers.md.
  template <class Receiver, class... Args>
  auto receiver_stream(Args... args) {
    return add<typename Receiver::record_type>(
        {.kind = "receiver_stream", .description = "receiver", .make_receiver = [args...] {
           return std::make_shared<Receiver>(args...);
         }});
  }

  /// What a CAF actor of yours stores: `behave(self, store)` returns its behavior and calls `store(record)` in it.
  template <record T, class Behavior>
  dstream<T> actor_stream(Behavior behave, actor_input_options options = {}) {
    return add<T>(actor_input<T>(std::move(behave), std::move(options)));
  }

  /// Lines of made-up words, for demonstrations and measurements.
  dstream<std::string_view> generator_stream(generator_options options = {});

  // -- how it runs

  /// Keeps state and progress in this directory, and continues from there at start. It is made if it does not exist.
  void checkpoint(std::filesystem::path directory);

  /// What `print()` without a number shows of each batch.
  void set_print_limit(std::size_t n) { scope_->print_limit = n; }

  /// The command line's arguments, by name; see `run`. Throws usage_error for a name the program did not declare.
  const std::string& argument(std::string_view name) const;

  duration batch_interval() const { return interval_; }

  // -- life

  /// Starts the program, and returns when it runs. Throws usage_error if it cannot work as composed or was started
  /// before, runtime_failure if the world is not as needed (checkpoint, nodes).
  void start();

  /// Stops the program and waits until it has. Harmless if it has stopped already. Not to be called by a function of
  /// the program itself, which it would wait for: `request_stop` is.
  void stop(stop_mode mode = stop_mode::graceful);

  /// Asks the program to stop, and returns at once.
  void request_stop(stop_mode mode);

  /// Waits until the program has stopped. Throws runtime_failure if something made it stop.
  void await_termination();

  /// The same, for at most `patience`: false if it still runs then.
  bool await_termination_or_timeout(std::chrono::milliseconds patience);

  state get_state() const;

  /// Whether the context continued from a checkpoint; known after start.
  bool is_recovered() const { return recovered_; }

  const topology& graph() const { return scope_->graph; }

  /// The stages that the program composed so far would run as, their partitions, shuffles and state: in words, or as a
  /// picture. Starts nothing. Partitions that the checkpoint or workers would decide are those of this process alone.
  std::string explain(plan_format format = plan_format::text) const;

  /// The program as composed so far.
  composition compose() const { return {scope_->graph, inputs_, interval_}; }

private:
  friend class command_line;

  template <record T>
  dstream<T> add(input from) {
    const auto id = stream_id{static_cast<std::uint32_t>(inputs_.size())};
    auto result = detail::add_input<T>(scope_, from.kind, id);
    inputs_.push_back(std::move(from));
    return result;
  }

  void check_startable() const;
  launch_options prepare_launch();
  std::shared_ptr<checkpoint_log> open_checkpoint();

  duration interval_;
  runtime_options how_;
  std::shared_ptr<detail::composition_scope> scope_;
  std::vector<input> inputs_;
  std::filesystem::path checkpoint_directory_;
  std::vector<std::pair<std::string, std::string>> arguments_;
  std::vector<std::string> command_line_; ///< from which a worker composes the same program
  bool recovered_ = false;
  mutable std::mutex mutex_;
  state state_ = state::initialized;
  std::unique_ptr<driver_process> process_;
};

} // namespace sluice
