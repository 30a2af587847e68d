// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/system/endpoint.hpp>

#include <algorithm>
#include <chrono>
#include <set>

#include <caf/error.hpp>
#include <caf/io/middleman.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace sluice {

namespace {

using namespace std::chrono_literals;

node_connection_actor::behavior_type connection(node_connection_actor::pointer self, const std::string& host,
                                                std::uint16_t port) {
  return {[self, host, port](caf::connect_atom) -> caf::result<caf::node_id, caf::strong_actor_ptr> {
    auto answer = self->make_response_promise<caf::node_id, caf::strong_actor_ptr>();
    self->request(network_actor(self->home_system()), caf::infinite, caf::connect_atom::value, host, port)
        .then(
            [self, answer](const caf::node_id& id, const caf::strong_actor_ptr& offered,
                           const std::set<std::string>&) mutable {
              answer.deliver(id, offered);
              self->quit();
            },
            [self, answer](caf::error& why) mutable {
              answer.deliver(std::move(why));
              self->quit();
            });
    return answer;
  }};
}

} // namespace

void open_network(caf::actor_system_config& config, duration node_timeout) {
  config.load<caf::io::middleman>();
  // Off by default in CAF: a frozen or cut-off peer would never be noticed.
  config.set("middleman.heartbeat-interval", caf::timespan{std::min<duration>(1s, node_timeout / 4)});
  config.set("middleman.connection-timeout", caf::timespan{node_timeout});
}

caf::io::middleman_actor network_actor(caf::actor_system& system) { return system.middleman().actor_handle(); }

caf::expected<std::uint16_t> publish(caf::actor_system& system, const node_actor& node, const std::string& host,
                                     std::uint16_t port) {
  // The port of a process that was killed is not free for a minute, but for somebody who says that he knows.
  const auto reuse = true;
  return system.middleman().publish(node, port, host.c_str(), reuse);
}

node_connection_actor spawn_connection(caf::actor_system& system, const std::string& host, std::uint16_t port) {
  return system.spawn(connection, host, port);
}

} // namespace sluice
