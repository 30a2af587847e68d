// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <sluice/actors/protocol/messages.hpp>

namespace sluice {

/// Counts end marks: a batch is over for a stage when every sender has ended it. Senders run at different speeds, so
/// marks of later batches may come before the last mark of an earlier one; batches are still handed out in order. As
/// marks are what a batch with little in it consists of, nothing is allocated for one while senders keep pace.
class end_tracker {
public:
  using sender = std::pair<edge_id, partition_id>;

  struct ended_batch {
    batch_time time;
    std::vector<std::pair<edge_id, presence>> had; ///< what the stream behind each edge has at that time, by edge

    /// Nothing for an edge over which nobody sends.
    std::optional<presence> over(edge_id edge) const {
      const auto found = std::ranges::find(had, edge, &std::pair<edge_id, presence>::first);
      return found == had.end() ? std::nullopt : std::optional{found->second};
    }
  };

  /// `senders`: everyone who owes an end mark for each batch.
  explicit end_tracker(const std::set<sender>& senders) : senders_(senders.begin(), senders.end()) {}

  /// Notes a mark. Marks of unknown senders and repeated ones are ignored.
  void end(const sender& from, batch_time t, presence had) {
    const auto found = std::ranges::lower_bound(senders_, from);
    if (found == senders_.end() || *found != from || (last_closed_ && t <= *last_closed_))
      return;
    auto& to = opened(t);
    const auto i = static_cast<std::size_t>(found - senders_.begin());
    if (to.ended[i])
      return;
    to.ended[i] = true;
    --to.missing;
    note(std::ranges::find(to.what.had, from.first, &std::pair<edge_id, presence>::first)->second, had);
  }

  /// Whether the earliest batch has ended everywhere but there.
  bool waits_only_for(const sender& x) const {
    if (open_.empty() || open_.front().missing != 1)
      return false;
    const auto found = std::ranges::lower_bound(senders_, x);
    return found != senders_.end() && *found == x
           && !open_.front().ended[static_cast<std::size_t>(found - senders_.begin())];
  }

  /// The earliest batch, if it has ended everywhere, else null. It is then forgotten; what is returned is valid until
  /// the next call of any function.
  const ended_batch* next_closed() {
    if (open_.empty() || open_.front().missing != 0)
      return nullptr;
    closed_ = std::move(open_.front());
    open_.erase(open_.begin());
    last_closed_ = closed_.what.time;
    return &closed_.what;
  }

private:
  struct open_batch {
    ended_batch what;
    std::vector<bool> ended; ///< by sender
    std::size_t missing = 0; ///< senders that have not ended it
  };

  open_batch& opened(batch_time t) {
    const auto at = std::ranges::lower_bound(open_, t, {}, [](const open_batch& x) { return x.what.time; });
    if (at != open_.end() && at->what.time == t)
      return *at;
    auto& result = *open_.insert(at, std::move(closed_)); // its memory, if it still has it
    result.what.time = t;
    result.ended.assign(senders_.size(), false);
    result.missing = senders_.size();
    result.what.had.clear();
    for (const auto& [edge, partition] : senders_)
      if (result.what.had.empty() || result.what.had.back().first != edge)
        result.what.had.emplace_back(edge, presence::none);
    return result;
  }

  /// The partitions of a stream agree on whether there is a dataset; a function may have thrown on one of them only.
  static void note(presence& known, presence had) {
    if (had == presence::failed || known == presence::none)
      known = had;
  }

  std::vector<sender> senders_;  ///< in order
  std::vector<open_batch> open_; ///< in order of time
  open_batch closed_;            ///< the last one
  std::optional<batch_time> last_closed_;
};

} // namespace sluice
