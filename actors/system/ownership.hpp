// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <exception>

#include <caf/actor_addr.hpp>
#include <caf/actor_cast.hpp>
#include <caf/error.hpp>
#include <caf/message_priority.hpp>
#include <caf/scheduled_actor.hpp>

namespace sluice {

/// An exception, as the error with which an actor ends.
caf::error error_of(const std::exception_ptr& thrown);

/// Makes an actor end with its owner, from birth, so that no actor is forgotten and waiting for all actors to end
/// cannot hang. The owner's end overtakes messages that wait in the mailbox. From here on, an exception in the actor
/// ends it with an error that has the exception's text, for the actors that monitor it. Call this first in the behavior
/// function. A down handler that is set afterwards must end the actor when its owner goes.
/// `owner`: null if the handle comes out of a message whose sender has gone meanwhile: then the actor ends at once.
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
