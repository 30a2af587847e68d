// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/driver/worker_usage_actor.hpp>

#include <chrono>
#include <utility>

#include <sluice/actors/system/ownership.hpp>

namespace sluice {

namespace {

constexpr std::chrono::seconds between_questions{1};
constexpr std::chrono::seconds patience{10};

} // namespace

void worker_usage_shell::open(worker_usage_options options) {
  options_ = std::move(options);
  ask();
}

void worker_usage_shell::ask() {
  unanswered_ = options_.workers.size();
  for (const auto& [address, worker] : options_.workers)
    self_->request(worker, patience, usage_atom::value)
        .then(
            [this, address = address](const node_usage& x) {
              options_.monitor->node_used(address, x);
              answered();
            },
            [this](const caf::error&) { answered(); }); // of a worker that has died the coordinator hears
}

void worker_usage_shell::answered() {
  if (--unanswered_ == 0)
    self_->delayed_send(self_, between_questions, usage_atom::value);
}

worker_usage_actor::behavior_type worker_usage_behavior(worker_usage_actor::stateful_pointer<worker_usage_shell> self,
                                                        worker_usage_options options) {
  belong_to(self, options.coordinator);
  self->state.open(std::move(options));
  return {
      [self](usage_atom) { self->state.ask(); },
  };
}

} // namespace sluice
