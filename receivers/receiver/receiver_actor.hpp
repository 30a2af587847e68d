// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <sluice/actors/os/errands.hpp>
#include <sluice/actors/protocol/interfaces.hpp>
#include <sluice/receivers/receiver/receiver_life.hpp>

namespace sluice {

struct receiver_options {
  stream_id stream; ///< which input this receiver feeds
  /// A block is cut this long after the last one at the latest.
  duration block_interval = std::chrono::milliseconds{200};
  std::size_t block_bytes = default_block_bytes;
  /// Gets every error that is reported; without one they are warnings in the log.
  std::function<void(std::string_view)> report = {};
  /// Where `on_start` and `on_stop` run; null: where the actor does.
  std::shared_ptr<side_thread> thread = {};
  /// How long a stop waits for `on_stop`.
  duration patience = std::chrono::milliseconds{500};
  rate_limits rate = {};                        ///< how many records it may store per second
  std::shared_ptr<const wall_clock> clock = {}; ///< of the rate; null: the machine's
  std::string name = {};                        ///< of the input, for the log; "input stream N" if empty
  bool is_logged = false;                       ///< blocks go to a log, and the generator says when they are there
};

/// Throws usage_error for an invalid interval or block size. Call it where the program is composed: an actor with such
/// options ends at once.
void check(const receiver_options& options);

/// State of the actor that hosts a receiver.
struct receiver_shell {
  static inline const char* name = "receiver";

  explicit receiver_shell(receiver_actor::pointer self) : self{self} {}

  void host(std::shared_ptr<receiver_base> hosted, receiver_options opts);
  void start(const block_sink_actor& to, std::uint64_t credit);
  void tick();
  void flush(batch_time t);
  void stop(caf::error why);
  void watch_stop(duration limit);
  void look_whether_stopped();
  void finish();
  void commit(std::uint64_t blocks);
  void leave_if_done();
  void lose_sink();

  /// To the batch generator, while there is one.
  template <class... Ts>
  void tell_sink(Ts&&... xs) {
    if (sink)
      self->send(sink, std::forward<Ts>(xs)...);
  }

  receiver_actor::pointer self;
  block_sink_actor sink;
  duration block_interval{};
  duration patience{};
  std::string name_for_log;
  bool is_stopping = false;
  bool is_finished = false; ///< `stopped` has been sent
  std::optional<errands> away;
  std::optional<receiver_life> life;
};

/// Hosts a receiver. Blocks go to the batch generator that started it, in the order they were cut; they never overtake
/// `flushed` and `stopped`, nor the other way round. `stopped` also answers any open flush. It ends by itself when that
/// batch generator has gone, and after `stopped`, once everything that its receiver has marked is committed.
receiver_actor::behavior_type receiver_behavior(receiver_actor::stateful_pointer<receiver_shell> self,
                                                std::shared_ptr<receiver_base> hosted, receiver_options options);

} // namespace sluice
