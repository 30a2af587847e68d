// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>

#include <caf/response_promise.hpp>
#include <caf/result.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <sluice/actors/protocol/interfaces.hpp>

namespace sluice {

/// State of the actor that answers those who wait for the log.
struct answering_shell {
  static inline const char* name = "answering";

  using time_point = std::chrono::steady_clock::time_point;

  struct waiting_sender {
    std::uint64_t record;
    time_point not_before;
    caf::response_promise answer;
  };

  explicit answering_shell(durable_answer_actor::pointer self) : self{self} {}

  caf::result<void> add(std::uint64_t record, std::chrono::microseconds wait);
  void durable(std::uint64_t record);
  void tick();
  void answer();
  void fail(const caf::error& why);
  void flush_waiting();

  durable_answer_actor::pointer self;
  std::function<void()> flush;
  std::uint64_t durable_up_to = 0;
  std::uint64_t flushed_up_to = 0;
  bool is_tick_due = false;
  std::deque<waiting_sender> waiting; ///< in order
};

/// Answers each sender when its record is in the log, and when the limit of the rate allows another one: so senders
/// that wait for their answers keep to it. `flush()` hands stored records on. It is called when somebody waits and
/// nothing is on its way to the log: so all who come while the log writes share the next write.
durable_answer_actor::behavior_type answering_behavior(durable_answer_actor::stateful_pointer<answering_shell> self,
                                                       std::function<void()> flush);

} // namespace sluice
