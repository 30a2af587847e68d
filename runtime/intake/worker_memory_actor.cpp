// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/intake/worker_memory_actor.hpp>

#include <chrono>
#include <utility>

#include <sluice/actors/system/ownership.hpp>

namespace sluice {

namespace {

using namespace std::chrono_literals;

constexpr auto while_busy = 20ms;
constexpr auto while_idle = 100ms; ///< costs no message
constexpr auto patience = 10s;

} // namespace

void worker_memory_shell::open(worker_memory_options options) {
  options_ = std::move(options);
  look();
}

void worker_memory_shell::look() {
  if (options_.gate->is_busy())
    ask();
  else
    self_->delayed_send(self_, while_idle, memory_atom::value);
}

void worker_memory_shell::ask() {
  unanswered_ = options_.workers.size();
  for (std::size_t i = 0; i < options_.workers.size(); ++i)
    self_->request(options_.workers[i], patience, memory_atom::value, options_.budget)
        .then(
            [this, i](std::uint64_t in_flight, std::uint64_t peak) {
              options_.gate->note_worker(i, in_flight, peak);
              answered();
            },
            [this](const caf::error&) { answered(); }); // of a worker that has died the coordinator hears
}

void worker_memory_shell::answered() {
  if (--unanswered_ == 0)
    self_->delayed_send(self_, while_busy, memory_atom::value);
}

worker_memory_actor::behavior_type
worker_memory_behavior(worker_memory_actor::stateful_pointer<worker_memory_shell> self, worker_memory_options options) {
  belong_to(self, options.coordinator);
  self->state.open(std::move(options));
  return {
      [self](memory_atom) { self->state.look(); },
  };
}

} // namespace sluice
