// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/os/side_thread.hpp>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include <pthread.h>

namespace sluice {

namespace {

std::atomic<std::size_t> running_threads = 0;

} // namespace

/// The threads that have not ended.
struct real_side_threads::register_of_names {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::string> names;

  void add(const std::string& name) {
    ++running_threads;
    const std::lock_guard lock{mutex};
    names.push_back(name);
  }

  void remove(const std::string& name) {
    const std::lock_guard lock{mutex};
    names.erase(std::ranges::find(names, name));
    --running_threads;
    changed.notify_all();
  }
};

namespace {

/// Shared by a thread and its clients, which give it work.
class work_queue {
public:
  void put(std::function<void()> work) {
    const std::lock_guard lock{mutex_};
    waiting_.push_back(std::move(work));
    changed_.notify_one();
  }

  void close() {
    const std::lock_guard lock{mutex_};
    closed_ = true;
    changed_.notify_one();
  }

  /// Runs what is there, and what comes, until there is nothing left and it is closed.
  void run() {
    while (const auto work = next())
      work();
  }

private:
  std::function<void()> next() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
    if (waiting_.empty())
      return {};
    auto result = std::move(waiting_.front());
    waiting_.pop_front();
    return result;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;
  bool closed_ = false;
};

class real_side_thread final : public side_thread {
public:
  explicit real_side_thread(std::shared_ptr<work_queue> work) : work_{std::move(work)} {}
  ~real_side_thread() override { work_->close(); }

  void post(std::function<void()> work) override { work_->put(std::move(work)); }

private:
  std::shared_ptr<work_queue> work_;
};

} // namespace

real_side_threads::real_side_threads() : names_{std::make_shared<register_of_names>()} {}
real_side_threads::~real_side_threads() = default;

std::shared_ptr<side_thread> real_side_threads::start(std::string name) {
  auto work = std::make_shared<work_queue>();
  auto result = std::make_shared<real_side_thread>(work);
  names_->add(name);
  // Detached, because nobody can join a thread whose function does not return.
  std::thread{[names = names_, name = std::move(name), work]() mutable {
    ::pthread_setname_np(::pthread_self(), "sluice.input");
    work->run();
    work.reset();
    names->remove(name);
  }}.detach();
  return result;
}

std::vector<std::string> real_side_threads::wait(std::chrono::milliseconds patience) {
  std::unique_lock lock{names_->mutex};
  names_->changed.wait_for(lock, patience, [this] { return names_->names.empty(); });
  return names_->names;
}

std::size_t real_side_threads::running() { return running_threads; }

} // namespace sluice
