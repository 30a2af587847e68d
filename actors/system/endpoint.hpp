// SPDX-License-Identifier: BSD-3-Clause
//
// The one place where a process opens its network, listens, connects to other nodes and spawns actors on them. Nobody
// else includes a header of CAF's network, so the kind of the connections (plain TCP today) is decided here alone.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/atom.hpp>
#include <caf/expected.hpp>
#include <caf/io/middleman_actor.hpp>
#include <caf/node_id.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include <sluice/actors/base/time.hpp>
#include <sluice/actors/protocol/interfaces.hpp>

namespace sluice {

/// Lets the systems made from `config` talk to other nodes. A connection on which nothing comes for `node_timeout` is
/// closed. Everything below needs such a system.
void open_network(caf::actor_system_config& config, duration node_timeout);

/// The actor of a system that listens, connects and spawns for all others.
caf::io::middleman_actor network_actor(caf::actor_system& system);

/// Offers `node` to everybody who connects to `host`:`port`. Returns the port. Blocks.
caf::expected<std::uint16_t> publish(caf::actor_system& system, const node_actor& node, const std::string& host,
                                     std::uint16_t port);

/// Connects to a node once, and answers with the node and the actor that it offers, which is null if it offers none.
/// Ends with its answer, not with whoever asked: CAF's middleman holds on to itself while a peer has accepted a
/// connection and said nothing yet. An actor system that is destroyed then would never end; it waits for this actor
/// first.
using node_connection_actor =
    caf::typed_actor<caf::replies_to<caf::connect_atom>::with<caf::node_id, caf::strong_actor_ptr>>;

/// Makes the actor that connects to `host`:`port`.
node_connection_actor spawn_connection(caf::actor_system& system, const std::string& host, std::uint16_t port);

/// Requests an actor of the interface `Handle` on a connected node, which makes it from `arguments` and offers it under
/// the name `type`. The answer is a caf::strong_actor_ptr.
template <class Handle, class Self, class Timeout>
auto request_spawn(Self* self, const Timeout& timeout, const caf::node_id& node, std::string type,
                   caf::message arguments) {
  auto& system = self->home_system();
  return self->request(network_actor(system), timeout, caf::spawn_atom::value, node, std::move(type),
                       std::move(arguments), system.template message_types<Handle>());
}

} // namespace sluice
