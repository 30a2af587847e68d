// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <optional>
#include <set>

#include <sluice/actors/messages.hpp>

namespace sluice {

/// Counts end marks: a batch is over for a stage when every sender has ended it. Senders run at different speeds, so
/// marks of later batches may come before the last mark of an earlier one; batches are still handed out in order.
class end_tracker {
public:
  using sender = std::pair<edge_id, partition_id>;

  struct ended_batch {
    batch_time time;
    std::map<edge_id, dataset> had; ///< what the stream behind each edge has at that time
  };

  /// `senders`: everyone who owes an end mark for each batch.
  explicit end_tracker(std::set<sender> senders) : senders_{std::move(senders)} {}

  /// Notes a mark. Marks of unknown senders and repeated ones are ignored.
  void end(const sender& from, batch_time t, dataset had) {
    if (senders_.contains(from) && (!last_closed_ || t > *last_closed_))
      ended_[t].emplace(from, had);
  }

  /// The earliest batch, if it has ended everywhere; it is then forgotten.
  std::optional<ended_batch> next_closed() {
    if (ended_.empty() || ended_.begin()->second.size() != senders_.size())
      return std::nullopt;
    ended_batch result{ended_.begin()->first, {}};
    for (const auto& [from, had] : ended_.begin()->second)
      note(result.had.try_emplace(from.first, had).first->second, had);
    last_closed_ = result.time;
    ended_.erase(ended_.begin());
    return result;
  }

private:
  /// The partitions of a stream agree on whether there is a dataset; a function may have thrown on one of them only.
  static void note(dataset& known, dataset had) {
    if (had == dataset::failed || known == dataset::none)
      known = had;
  }

  std::set<sender> senders_;
  std::map<batch_time, std::map<sender, dataset>> ended_;
  std::optional<batch_time> last_closed_;
};

} // namespace sluice
