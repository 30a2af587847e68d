// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/streaming_listener.hpp>

#include <string>

#include <sluice/actors/log.hpp>
#include <sluice/actors/user_code.hpp>

namespace sluice {

namespace {

thread_local bool calling = false;

} // namespace

std::uint64_t batch_info::num_records() const {
  std::uint64_t result = 0;
  for (const auto& [stream, n] : records)
    result += n;
  return result;
}

std::optional<std::chrono::microseconds> batch_info::scheduling_delay() const {
  if (!processing_start)
    return std::nullopt;
  return *processing_start - submitted;
}

std::optional<std::chrono::microseconds> batch_info::processing_delay() const {
  if (!processing_start || !processing_end)
    return std::nullopt;
  return *processing_end - *processing_start;
}

std::optional<std::chrono::microseconds> batch_info::total_delay() const {
  if (!processing_end)
    return std::nullopt;
  return *processing_end - submitted;
}

void listener_list::add(std::shared_ptr<streaming_listener> x) {
  const std::lock_guard lock{mutex_};
  list_.push_back(std::move(x));
}

void listener_list::remove(const std::shared_ptr<streaming_listener>& x) {
  const std::lock_guard lock{mutex_};
  std::erase(list_, x);
}

template <class Call>
void listener_list::for_each(Call call) {
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

void listener_list::streaming_started(batch_info::time_point now) {
  for_each([now](streaming_listener& x) { x.on_streaming_started(now); });
}

void listener_list::batch_started(const batch_info& x) {
  auto submitted = x;
  submitted.processing_start.reset();
  for_each([&submitted](streaming_listener& to) { to.on_batch_submitted(submitted); });
  for_each([&x](streaming_listener& to) { to.on_batch_started(x); });
}

void listener_list::batch_completed(const batch_info& x) {
  for_each([&x](streaming_listener& to) { to.on_batch_completed(x); });
}

bool listener_list::is_calling() { return calling; }

} // namespace sluice
