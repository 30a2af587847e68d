// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <sluice/actors/interfaces.hpp>
#include <sluice/state/checkpoint_log.hpp>
#include <sluice/state/update_collector.hpp>

namespace sluice {

/// What a store actor is to keep.
struct store_options {
  std::shared_ptr<checkpoint_log> log; ///< already declared: every state that will send updates
  std::set<state_id> states;           ///< the states that send an update every batch
  epoch life;
  duration interval{1000};         ///< between batches
  std::string description;         ///< of the topology, stored with each commit
  progress_actor coordinator = {}; ///< with which the actor ends; null: with nobody
};

/// The state of the store actor: one transaction holds a commit and all updates since the one before.
class store_state {
public:
  static inline const char* name = "sluice.store";

  explicit store_state(store_actor::pointer self) : self_{self} {}

  void open(store_options options);
  void keep(const epoch& life, state_update update);
  caf::result<state_piece> load(const state_id& id, std::uint64_t cursor);
  caf::result<batch_time> commit(const epoch& life, batch_time t, bool sync, source_positions positions);

private:
  struct waiting_commit {
    batch_time time;
    bool sync;
    source_positions positions;
    caf::typed_response_promise<batch_time> promise;
  };

  /// Commits what can be committed, in order.
  void commit_ready();
  caf::error write(batch_time t, source_positions positions);

  store_actor::pointer self_;
  store_options options_;
  std::optional<update_collector> updates_;
  std::deque<waiting_commit> waiting_;
  std::map<state_id, std::vector<state_piece>> loading_;
  batch_time durable_;
  std::optional<batch_time> zero_; ///< see commit_record
  std::uint64_t unsynced_ = 0;     ///< batches that wait for the fsync of a later one
};

store_actor::behavior_type store_behavior(store_actor::stateful_pointer<store_state> self, store_options options);

} // namespace sluice
