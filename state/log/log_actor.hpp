// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <sluice/actors/os/errands.hpp>
#include <sluice/actors/protocol/interfaces.hpp>
#include <sluice/state/log/log_writer.hpp>

namespace sluice {

/// The options of a log actor.
struct log_options {
  std::shared_ptr<block_log> log;        ///< the actor's from now on
  epoch life;                            ///< of those who may write
  std::shared_ptr<side_threads> threads; ///< where it writes; null: where the actor is
  progress_actor coordinator;            ///< with which the actor ends
};

/// The state of the log actor: gives what it gets to a log_writer, and answers when that is durable.
class log_shell {
public:
  static inline const char* name = "sluice.log";

  explicit log_shell(log_actor::pointer self) : self_{self} {}

  void open(log_options options);
  caf::result<ready_atom> append(const epoch& life, logged_block block);
  caf::result<ready_atom> keep(const epoch& life, allocation what);
  caf::result<batch> load(const std::string& input, std::uint64_t number);
  void release(const epoch& life, batch_time t);
  void take_answers() { back_->take_answers(); }
  void tick();

private:
  log_writer::callback answering(caf::typed_response_promise<ready_atom> promise);
  void tick_later();

  log_actor::pointer self_;
  epoch life_;
  std::optional<errands> back_; ///< the way from the thread to here
  std::optional<log_writer> writer_;
  bool ticks_ = false; ///< an alarm is set
};

log_actor::behavior_type log_behavior(log_actor::stateful_pointer<log_shell> self, log_options options);

} // namespace sluice
