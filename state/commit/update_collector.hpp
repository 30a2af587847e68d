// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <vector>

#include <sluice/actors/protocol/messages.hpp>

namespace sluice {

/// Collects the updates of all keyed states until a batch is complete. Every state sends one update per batch, even an
/// empty one. They come from different nodes, so a batch may be ready to commit before its last update is here.
class update_collector {
public:
  /// `expected`: the states that owe an update for each batch after `taken`.
  explicit update_collector(std::set<state_id> expected, batch_time taken = {})
      : expected_{std::move(expected)}, taken_{taken} {}

  /// Whether updates of this state are waited for.
  bool expects(const state_id& id) const { return expected_.contains(id); }

  /// Files an update. Updates of unknown states are ignored, and so are repeated ones, even if the first one has been
  /// taken.
  void add(state_update update) {
    if (update.time <= taken_ || !expects(update.id) || !arrived_[update.time].insert(update.id).second)
      return;
    updates_[update.time].push_back(std::move(update));
  }

  /// Whether batch `t` has all its updates.
  bool complete(batch_time t) const {
    if (expected_.empty())
      return true;
    const auto arrived = arrived_.find(t);
    return arrived != arrived_.end() && arrived->second.size() == expected_.size();
  }

  /// Removes and returns the updates up to batch `t`, in order of time.
  std::vector<state_update> take(batch_time t) {
    std::vector<state_update> result;
    while (!updates_.empty() && updates_.begin()->first <= t) {
      std::ranges::move(updates_.begin()->second, std::back_inserter(result));
      updates_.erase(updates_.begin());
    }
    arrived_.erase(arrived_.begin(), arrived_.upper_bound(t));
    taken_ = std::max(taken_, t);
    return result;
  }

private:
  std::set<state_id> expected_;
  batch_time taken_;
  std::map<batch_time, std::set<state_id>> arrived_;
  std::map<batch_time, std::vector<state_update>> updates_;
};

} // namespace sluice
