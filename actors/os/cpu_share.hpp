// SPDX-License-Identifier: BSD-3-Clause
//
// A thread beside those that do the program's work. A lower priority is no way to keep it from harming them: where they
// use every core, such a thread waits for tens of milliseconds, and so does whoever needs what it has locked. This one
// has the priority of all others, and rests when it has used its share.
#pragma once

#include <algorithm>
#include <chrono>

namespace sluice::detail {

/// Says when a thread has to rest, so that it uses no more than a share of one core. Plain logic.
class cpu_share {
public:
  using nanoseconds = std::chrono::nanoseconds;

  struct limits {
    double share = 1;       ///< of a core: more than 0
    nanoseconds burst = {}; ///< what it may use at once, of what it has left over before
  };

  /// @param used by the thread in all, as in all that follows
  cpu_share(const limits& how, nanoseconds used, nanoseconds now)
      : how_{how}, left_{how.burst}, used_{used}, looked_{now} {}

  /// How long the thread has to rest now.
  nanoseconds rest(nanoseconds used, nanoseconds now) {
    const auto earned = std::chrono::duration<double, std::nano>{now - looked_} * how_.share;
    left_ = std::min(left_ + std::chrono::duration_cast<nanoseconds>(earned), how_.burst) - (used - used_);
    used_ = used;
    looked_ = now;
    if (left_ >= nanoseconds{})
      return {};
    return std::chrono::duration_cast<nanoseconds>(std::chrono::duration<double, std::nano>{-left_} / how_.share);
  }

private:
  limits how_;
  nanoseconds left_;
  nanoseconds used_;
  nanoseconds looked_;
};

/// Holds the thread that makes it to a share.
class bounded_thread {
public:
  explicit bounded_thread(const cpu_share::limits& how);

  /// Sleeps if the thread has used more than its share. To be called often, without a lock: between two pieces of work.
  void rest();

private:
  cpu_share share_;
};

} // namespace sluice::detail
