// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/actor/answering_actor.hpp>

#include <algorithm>
#include <utility>

#include <sluice/receivers/receiver/block_progress.hpp>

namespace sluice {

caf::result<void> answering_shell::add(std::uint64_t record, std::chrono::microseconds wait) {
  if (record <= durable_up_to && wait.count() == 0)
    return caf::unit;
  auto promise = self->make_response_promise();
  waiting.push_back({record, self->clock().now() + wait, promise});
  if (record <= durable_up_to)
    answer(); // or plan to
  else if (flushed_up_to <= durable_up_to)
    flush_waiting();
  return promise;
}

void answering_shell::flush_waiting() {
  if (waiting.empty() || waiting.back().record <= durable_up_to)
    return;
  flushed_up_to = waiting.back().record;
  flush();
}

void answering_shell::durable(std::uint64_t record) {
  durable_up_to = std::max(durable_up_to, record);
  answer();
  if (flushed_up_to <= durable_up_to)
    flush_waiting();
}

void answering_shell::answer() {
  const auto now = self->clock().now();
  const auto is_durable = [this] { return !waiting.empty() && waiting.front().record <= durable_up_to; };
  for (; is_durable() && waiting.front().not_before <= now; waiting.pop_front())
    waiting.front().answer.deliver(caf::unit);
  if (is_durable() && !std::exchange(is_tick_due, true))
    self->delayed_send(self, waiting.front().not_before - now, tick_atom::value);
}

void answering_shell::tick() {
  is_tick_due = false;
  answer();
}

void answering_shell::fail(const caf::error& why) {
  for (auto& each : std::exchange(waiting, {}))
    if (each.record <= durable_up_to)
      each.answer.deliver(caf::unit);
    else
      each.answer.deliver(why);
  flushed_up_to = durable_up_to;
}

durable_answer_actor::behavior_type answering_behavior(durable_answer_actor::stateful_pointer<answering_shell> self,
                                                       std::function<void()> flush) {
  self->state.flush = std::move(flush);
  return {
      [self](add_atom, std::uint64_t record, std::int64_t wait) {
        return self->state.add(record, std::chrono::microseconds{wait});
      },
      [self](durable_atom, std::uint64_t record) { self->state.durable(record); },
      [self](failed_atom, const caf::error& why) { self->state.fail(why); },
      [self](tick_atom) { self->state.tick(); },
      [self](stop_atom) {
        self->state.fail(stopped_while_waiting());
        self->quit();
      },
  };
}

} // namespace sluice
