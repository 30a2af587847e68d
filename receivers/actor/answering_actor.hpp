// SPDX-License-Identifier: BSD-3-Clause
#pragma once

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

  struct waiting_sender {
    std::uint64_t record;
    caf::response_promise answer;
  };

  explicit answering_shell(durable_answer_actor::pointer self) : self{self} {}

  caf::result<void> add(std::uint64_t record);
  void durable(std::uint64_t record);
  void fail(const caf::error& why);
  void flush_waiting();

  durable_answer_actor::pointer self;
  std::function<void()> flush;
  std::uint64_t durable_up_to = 0;
  std::uint64_t flushed_up_to = 0;
  std::deque<waiting_sender> waiting; ///< in order
};

/// Answers each sender when its record is in the log. `flush()` hands stored records on. It is called when somebody
/// waits and nothing is on its way to the log: so all who come while the log writes share the next write.
durable_answer_actor::behavior_type answering_behavior(durable_answer_actor::stateful_pointer<answering_shell> self,
                                                       std::function<void()> flush);

} // namespace sluice
