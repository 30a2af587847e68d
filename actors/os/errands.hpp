// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include <sluice/actors/os/side_thread.hpp>

namespace sluice {

/// Work that an actor gives to a side thread, and the answers that come back. The work is done in order; each answer
/// goes to a function that runs where the owner is. Without a thread, all of it happens at once. When the owner goes,
/// answers are dropped: no thread can reach it, or its actor system, any more. Not thread safe.
class errands {
public:
  /// @param thread null: none.
  /// @param wake tells the owner to call `take_answers`. Called on the thread, never after the destructor.
  errands(std::shared_ptr<side_thread> thread, std::function<void()> wake)
      : thread_{std::move(thread)}, box_{std::make_shared<answer_box>(std::move(wake))} {}
  errands(const errands&) = delete;
  errands& operator=(const errands&) = delete;
  ~errands() { box_->close(); }

  /// Calls `work()` there, then `then(result)` here. `work` must not throw, and must not depend on the owner's life.
  template <class Work, class Then>
  void send(Work work, Then then) {
    if (!thread_)
      return then(work());
    thread_->post([box = box_, work = std::move(work), then = std::move(then)]() mutable {
      // A std::function can be copied, which the answer may not.
      auto answer = std::make_shared<decltype(work())>(work());
      box->put([then = std::move(then), answer]() mutable { then(std::move(*answer)); });
    });
  }

  /// Calls `work()` there, even after the end of the owner, without an answer.
  void send(std::function<void()> work) {
    if (thread_)
      thread_->post(std::move(work));
    else
      work();
  }

  /// A function that anybody may call, on any thread: it lets `then(answer)` run here. The answer is copied.
  template <class Answer>
  std::function<void(const Answer&)> answering(std::function<void(const Answer&)> then) const {
    return [box = box_, then = std::move(then)](const Answer& x) { box->put([then, x] { then(x); }); };
  }

  /// Passes the answers that have come to their functions, in order.
  void take_answers() {
    for (const auto& each : box_->take())
      each();
  }

  /// Whether the work is done where the owner is, which then waits for it.
  bool are_done_here() const { return !thread_; }

private:
  class answer_box {
  public:
    explicit answer_box(std::function<void()> wake) : wake_{std::move(wake)} {}

    void put(std::function<void()> answer) {
      const std::lock_guard lock{mutex_};
      if (!wake_)
        return;
      answers_.push_back(std::move(answer));
      wake_();
    }

    std::vector<std::function<void()>> take() {
      const std::lock_guard lock{mutex_};
      return std::exchange(answers_, {});
    }

    void close() {
      std::function<void()> gone;
      const std::lock_guard lock{mutex_};
      gone.swap(wake_);
      answers_.clear();
    }

  private:
    std::mutex mutex_;
    std::function<void()> wake_; ///< null: the owner has gone
    std::vector<std::function<void()>> answers_;
  };

  std::shared_ptr<side_thread> thread_;
  std::shared_ptr<answer_box> box_;
};

} // namespace sluice
