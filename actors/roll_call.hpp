// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <caf/error.hpp>

namespace sluice {

/// Who of a run is still there, so that one who does not end can be named. Thread safe.
class roll_call : public std::enable_shared_from_this<roll_call> {
public:
  /// An actor takes part, under a name for people, until it has ended.
  template <class Handle>
  void enter(const Handle& actor, std::string who) {
    actor->attach_functor(
        [roll = shared_from_this(), id = enter(std::move(who))](const caf::error&) { roll->leave(id); });
  }

  /// Somebody takes part who is no actor, until `leave` is called with what this returns.
  std::uint64_t enter(std::string who);
  void leave(std::uint64_t id);

  /// In the order in which they came.
  std::vector<std::string> present() const;

private:
  mutable std::mutex mutex_;
  std::uint64_t next_ = 0;
  std::map<std::uint64_t, std::string> names_;
};

} // namespace sluice
