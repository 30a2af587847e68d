// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <exception>

#include <caf/actor_addr.hpp>
#include <caf/actor_cast.hpp>
#include <caf/error.hpp>
#include <caf/message_priority.hpp>
#include <caf/scheduled_actor.hpp>

namespace sluice {

/// What was thrown, as the error with which an actor ends.
caf::error error_of(const std::exception_ptr& thrown);

/// Makes an actor end with its owner, from birth: whoever waits for all actors to end waits for nobody who was
/// forgotten. The owner's end overtakes what waits in the mailbox. What is thrown in the actor, from here on, ends it
/// with an error that says what it was, for whoever monitors it. To be called first in its behavior function; a down
/// handler that is set afterwards must end the actor when its owner goes.
/// @param owner null, as a handle comes out of a message whose sender has gone meanwhile: the actor ends at once.
template <class Actor, class Handle>
void belong_to(Actor* self, const Handle& owner) {
  self->set_exception_handler([](std::exception_ptr& thrown) { return error_of(thrown); });
  self->set_down_handler([self](const caf::down_msg&) { self->quit(); });
  if (owner)
    self->template monitor<caf::message_priority::high>(owner);
  else
    self->quit();
}

} // namespace sluice
