// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <caf/abstract_actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/error.hpp>

#include <sluice/actors/scheduler/turn_board.hpp>

namespace sluice {

/// The participants of a run that are still there, so that one that does not end can be named. Thread safe.
class roll_call : public std::enable_shared_from_this<roll_call> {
public:
  /// An actor takes part, under a name for people, until it has ended.
  template <class Handle>
  void enter(const Handle& actor, std::string who) {
    auto* const object = caf::actor_cast<caf::abstract_actor*>(actor);
    object->attach_functor([roll = shared_from_this(), id = enter(std::move(who), job_of(object))](const caf::error&) {
      roll->leave(id);
    });
  }

  /// A participant takes part until `leave` is called with the result of this.
  /// @param job the participant's actor on the turn board; null for any other participant.
  std::uint64_t enter(std::string who, const void* job = nullptr);
  void leave(std::uint64_t id);

  /// Names, in the order in which they came.
  std::vector<std::string> present() const;

  /// Waits until nobody takes part any more, but no longer than `patience`. False if somebody still does.
  bool wait_until_empty(std::chrono::milliseconds patience) const;

  /// The participants whose turn it is. One that does not return is among them.
  std::vector<std::string> running(const turn_board& turns) const;

private:
  struct participant {
    std::string name;
    const void* job;
  };

  static const void* job_of(caf::abstract_actor* actor);

  mutable std::mutex mutex_;
  mutable std::condition_variable emptied_;
  std::uint64_t next_ = 0;
  std::map<std::uint64_t, participant> list_;
};

} // namespace sluice
