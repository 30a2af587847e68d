// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/driver/wiring.hpp>

#include <cstddef>
#include <memory>
#include <span>

#include <sluice/runtime/driver/supervision.hpp>

namespace sluice {

void wire_program(coordinator_actor::pointer self, const epoch& life, const topology& graph, const execution_plan& plan,
                  const spawned_actors& actors, bool is_watched, const wiring_callbacks& then) {
  const auto links = [&](std::span<const plan_edge> edges) {
    wiring result{life, {}, progress_actor{self}, actors.store, {}, is_watched};
    for (const auto& edge : edges) {
      auto& to = result.routes.emplace_back();
      to.edge = edge.id;
      for (std::uint32_t p = 0; p < edge.targets; ++p)
        to.targets.push_back(actors.operators.at({edge.to_stage, partition_id{p}}));
    }
    return result;
  };
  const auto pending = std::make_shared<std::size_t>(actors.operators.size() + actors.generators.size());
  const auto ready = [pending, done = then.done](ready_atom) {
    if (--*pending == 0)
      done();
  };
  // Without a limit, as a large state takes its time to load. Each piece of it is a step of its own, and whoever stops
  // answering has died, which is noticed.
  for (const auto& [place, actor] : actors.operators)
    self->request(actor, caf::infinite, deploy_atom::value, links(plan.stage(place.first).outbound))
        .then(ready, on_failed_request("", "an operator did not start", then.failed));
  for (const auto& edge : plan.inputs) {
    auto to = links({&edge, 1});
    to.log = actors.log;
    self->request(actors.generators.at(*graph.node(edge.to).input), caf::infinite, deploy_atom::value, std::move(to))
        .then(ready, on_failed_request("", "an input did not start", then.failed));
  }
}

} // namespace sluice
