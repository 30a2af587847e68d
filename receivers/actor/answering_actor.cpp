// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/actor/answering_actor.hpp>

#include <algorithm>
#include <utility>

#include <sluice/receivers/receiver/block_progress.hpp>

namespace sluice {

caf::result<void> answering_shell::add(std::uint64_t record) {
  if (record <= durable_up_to)
    return caf::unit;
  auto answer = self->make_response_promise();
  waiting.push_back({record, answer});
  if (flushed_up_to <= durable_up_to)
    flush_waiting();
  return answer;
}

void answering_shell::flush_waiting() {
  if (waiting.empty())
    return;
  flushed_up_to = waiting.back().record;
  flush();
}

void answering_shell::durable(std::uint64_t record) {
  durable_up_to = std::max(durable_up_to, record);
  for (; !waiting.empty() && waiting.front().record <= durable_up_to; waiting.pop_front())
    waiting.front().answer.deliver(caf::unit);
  if (flushed_up_to <= durable_up_to)
    flush_waiting();
}

void answering_shell::fail(const caf::error& why) {
  for (auto& each : std::exchange(waiting, {}))
    each.answer.deliver(why);
  flushed_up_to = durable_up_to;
}

durable_answer_actor::behavior_type answering_behavior(durable_answer_actor::stateful_pointer<answering_shell> self,
                                                       std::function<void()> flush) {
  self->state.flush = std::move(flush);
  return {
      [self](add_atom, std::uint64_t record) { return self->state.add(record); },
      [self](durable_atom, std::uint64_t record) { self->state.durable(record); },
      [self](failed_atom, const caf::error& why) { self->state.fail(why); },
      [self](stop_atom) {
        self->state.fail(stopped_while_waiting());
        self->quit();
      },
  };
}

} // namespace sluice
