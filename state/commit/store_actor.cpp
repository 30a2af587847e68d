// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/commit/store_actor.hpp>

#include <caf/typed_response_promise.hpp>

#include <sluice/actors/base/log.hpp>
#include <sluice/actors/system/ownership.hpp>

namespace sluice {

void store_shell::open(store_options options) {
  log_ = std::move(options.log);
  commits_.emplace(*log_, std::move(options.commits));
  loading_.emplace(*log_);
}

void store_shell::keep(const epoch& life, state_update update) { commits_->keep(life, std::move(update)); }

caf::result<state_piece> store_shell::load(const state_id& id, std::uint64_t cursor) {
  auto piece = loading_->load(id, cursor);
  if (const auto line = loading_->progress(self_->home_system().clock().now()))
    log_info(*line);
  if (!piece)
    return caf::error{piece.error()};
  return std::move(*piece);
}

caf::result<batch_time> store_shell::commit(const epoch& life, batch_time t, bool sync, source_positions positions,
                                            accumulated_sums sums) {
  auto promise = self_->make_response_promise<batch_time>();
  commits_->commit(life, t, sync, std::move(positions), std::move(sums),
                   [promise](const expected<batch_time>& done) mutable {
                     if (done)
                       promise.deliver(*done);
                     else
                       promise.deliver(caf::error{done.error()});
                   });
  return promise;
}

store_actor::behavior_type store_behavior(store_actor::stateful_pointer<store_shell> self, store_options options) {
  if (options.coordinator)
    belong_to(self, options.coordinator);
  self->state.open(std::move(options));
  return {
      [self](keep_atom, const epoch& life, state_update& update) { self->state.keep(life, std::move(update)); },
      [self](load_atom, const state_id& id, std::uint64_t cursor) { return self->state.load(id, cursor); },
      [self](commit_atom, const epoch& life, batch_time t, bool sync, source_positions& positions,
             accumulated_sums& sums) {
        return self->state.commit(life, t, sync, std::move(positions), std::move(sums));
      },
  };
}

} // namespace sluice
