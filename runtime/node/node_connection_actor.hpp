// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <caf/actor_system.hpp>
#include <caf/atom.hpp>
#include <caf/node_id.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include <sluice/runtime/node/node_address.hpp>

namespace sluice {

/// Connects to a node once, and answers with the node and the actor that it offers, or null if it offers none. It ends
/// with its answer, not with the actor that asked. CAF's middleman keeps itself alive while a peer has accepted a
/// connection and said nothing yet, and an actor system that is destroyed then would never end. It waits for this actor
/// first.
using node_connection_actor =
    caf::typed_actor<caf::replies_to<caf::connect_atom>::with<caf::node_id, caf::strong_actor_ptr>>;

/// @param system one with CAF's middleman.
node_connection_actor spawn_connection(caf::actor_system& system, const node_address& to);

} // namespace sluice
