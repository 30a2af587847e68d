// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/monitor/streaming_listener.hpp>

#include <string>

#include <sluice/actors/base/log.hpp>
#include <sluice/actors/base/user_code.hpp>

namespace sluice {

namespace {

thread_local bool calling = false;

} // namespace

void listener_list::add(std::shared_ptr<streaming_listener> x) {
  const std::lock_guard lock{mutex_};
  list_.push_back(std::move(x));
}

void listener_list::remove(const std::shared_ptr<streaming_listener>& x) {
  const std::lock_guard lock{mutex_};
  std::erase(list_, x);
}

bool listener_list::is_empty() const {
  const std::lock_guard lock{mutex_};
  return list_.empty();
}

void listener_list::for_each(const std::function<void(streaming_listener&)>& call) {
  std::vector<std::shared_ptr<streaming_listener>> now;
  {
    const std::lock_guard lock{mutex_}; // not while they are called: they may add and remove
    now = list_;
  }
  calling = true;
  for (const auto& x : now)
    if (const auto failure = detail::failure_of([&] { call(*x); }))
      log_warning("a streaming listener threw: " + *failure);
  calling = false;
}

bool listener_list::is_calling() { return calling; }

} // namespace sluice
