// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/node/node_connection_actor.hpp>

#include <set>
#include <string>

#include <caf/error.hpp>
#include <caf/io/middleman.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace sluice {

namespace {

node_connection_actor::behavior_type behavior(node_connection_actor::pointer self, const node_address& to) {
  return {[self, to](caf::connect_atom) -> caf::result<caf::node_id, caf::strong_actor_ptr> {
    auto answer = self->make_response_promise<caf::node_id, caf::strong_actor_ptr>();
    self->request(self->home_system().middleman().actor_handle(), caf::infinite, caf::connect_atom::value, to.host,
                  to.port)
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

node_connection_actor spawn_connection(caf::actor_system& system, const node_address& to) {
  return system.spawn(behavior, to);
}

} // namespace sluice
