// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <optional>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <sluice/actors/protocol/interfaces.hpp>
#include <sluice/state/commit/commit_sequence.hpp>
#include <sluice/state/commit/state_loader.hpp>

namespace sluice {

/// The options of a store actor.
struct store_options {
  /// The store's from now on; nobody else uses it. Every state that will send updates has been declared.
  std::shared_ptr<checkpoint_log> log;
  commit_sequence::options commits;
  progress_actor coordinator = {}; ///< with which the actor ends; null: with nobody
};

/// The state of the store actor: hands committed state to the operators that start, then commits.
class store_shell {
public:
  static inline const char* name = "sluice.store";

  explicit store_shell(store_actor::pointer self) : self_{self} {}

  void open(store_options options);
  void keep(const epoch& life, state_update update);
  caf::result<state_piece> load(const state_id& id, std::uint64_t cursor);
  caf::result<batch_time> commit(const epoch& life, batch_time t, bool sync, source_positions positions,
                                 accumulated_sums sums);

private:
  store_actor::pointer self_;
  std::shared_ptr<checkpoint_log> log_;
  std::optional<commit_sequence> commits_;
  std::optional<state_loader> loading_;
};

store_actor::behavior_type store_behavior(store_actor::stateful_pointer<store_shell> self, store_options options);

} // namespace sluice
