// SPDX-License-Identifier: BSD-3-Clause
//
// Streams of the records that a CAF actor stores. Not in <sluice/sluice.hpp>, so that other programs need not compile
// CAF's actors.
#pragma once

#include <utility>

#include <sluice/receivers/actor/actor_input.hpp>
#include <sluice/runtime/program/streaming_context.hpp>

namespace sluice {

/// The records that a CAF actor stores. You write `behave(self, store)`: it returns the actor's behavior, which calls
/// `store(record)`.
///
///     auto readings = actor_stream<int>(ctx, [](caf::event_based_actor*, actor_store<int> store) -> caf::behavior {
///       return {[store](int reading) { store(reading); }};
///     });
///
/// Throws usage_error without a function, or if the context has been started.
template <record T>
dstream<T> actor_stream(streaming_context& in, actor_input_function<T> behave, actor_input_options options = {}) {
  return in.stream(actor_input<T>(std::move(behave), std::move(options)));
}

} // namespace sluice
