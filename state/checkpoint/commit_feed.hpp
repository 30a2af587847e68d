// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include <sluice/actors/base/time.hpp>
#include <sluice/actors/protocol/messages.hpp>

namespace sluice {

/// Tells one listener, if there is one, what each commit of a checkpoint changes. Used under the lock of its
/// checkpoint_log by everybody.
class commit_feed {
public:
  /// Takes the changes of the commit of `t`, in the order in which they are read back. On the thread of the owner of
  /// the log, under its lock: quick.
  using listener = std::function<void(batch_time t, std::vector<state_update> changes)>;

  /// From the next commit on; null: nobody.
  void listen(listener to) { listener_ = std::move(to); }

  bool has_listener() const { return static_cast<bool>(listener_); }

  void tell(batch_time t, std::vector<state_update> changes) const {
    if (listener_)
      listener_(t, std::move(changes));
  }

private:
  listener listener_;
};

} // namespace sluice
