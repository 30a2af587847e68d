// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/receiver/credit_gate.hpp>

namespace sluice {

void credit_gate::wait() {
  std::unique_lock lock{mutex_};
  changed_.wait(lock, [this] { return !must_wait(); });
}

void credit_gate::pause(std::chrono::microseconds time) {
  std::unique_lock lock{mutex_};
  changed_.wait_for(lock, time, [this] { return lets_pass(); });
}

void credit_gate::charge(std::uint64_t bytes) { credit_ -= static_cast<std::int64_t>(bytes); }

void credit_gate::release(std::uint64_t bytes) {
  {
    std::lock_guard lock{mutex_};
    credit_ += static_cast<std::int64_t>(bytes);
  }
  changed_.notify_all();
}

void credit_gate::lift() {
  {
    std::lock_guard lock{mutex_};
    lifted_ = true;
  }
  changed_.notify_all();
}

void credit_gate::lower() { lifted_ = false; }

void credit_gate::exempt(std::thread::id thread) { exempt_ = thread; }

bool credit_gate::lets_pass() const { return lifted_ || is_exempt(); }

} // namespace sluice
