// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <optional>
#include <set>

#include <sluice/actors/ids.hpp>
#include <sluice/actors/time.hpp>

namespace sluice {

/// Counts end marks: a batch is over for a stage when every sender has ended it. Senders run at different speeds, so
/// marks of later batches may come before the last mark of an earlier one; batches are still handed out in order.
class end_tracker {
public:
  using sender = std::pair<edge_id, partition_id>;

  /// `senders`: everyone who owes an end mark for each batch.
  explicit end_tracker(std::set<sender> senders) : senders_{std::move(senders)} {}

  /// Notes a mark. Marks of unknown senders and repeated ones are ignored.
  void end(const sender& from, batch_time t) {
    if (senders_.contains(from) && (!last_closed_ || t > *last_closed_))
      ended_[t].insert(from);
  }

  /// The earliest batch, if it has ended everywhere; it is then forgotten.
  std::optional<batch_time> next_closed() {
    if (ended_.empty() || ended_.begin()->second.size() != senders_.size())
      return std::nullopt;
    last_closed_ = ended_.begin()->first;
    ended_.erase(ended_.begin());
    return last_closed_;
  }

private:
  std::set<sender> senders_;
  std::map<batch_time, std::set<sender>> ended_;
  std::optional<batch_time> last_closed_;
};

} // namespace sluice
