// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <ranges>
#include <utility>
#include <vector>

#include <sluice/actors/base/malloc_tuning.hpp>
#include <sluice/actors/batch/batch_io.hpp>
#include <sluice/actors/record/owned.hpp>

namespace sluice {

/// Records as batches of about `block_bytes`. Throws std::length_error for a record that is too large.
template <record T>
std::vector<batch> to_batches(const std::vector<owned_t<T>>& records, std::size_t block_bytes) {
  std::vector<batch> result;
  batch_writer<T> writer;
  for (const auto& x : records) {
    writer.append(to_view<T>(x));
    if (writer.size() >= block_bytes)
      result.push_back(writer.freeze());
  }
  if (writer.count() != 0)
    result.push_back(writer.freeze());
  return result;
}

/// A set of records that waits.
struct queued_set {
  std::vector<batch> batches; ///< none if it was empty
  /// Called when the batch that took it is committed; may be null. Of several copies of a set, the first call counts.
  std::function<void()> committed = {};
};

/// Sets of records that a program hands to its stream, first in, first out. Thread safe; may grow while the stream
/// runs.
template <record T>
class record_queue {
public:
  record_queue() { tune_malloc(); }

  /// Adds one set, which one batch takes. It is encoded at once: records too large for a batch throw std::length_error
  /// here. `committed()` is called, if it is given, when the batch that has taken the set is committed, on a thread of
  /// the runtime: it must be quick, and may push. It is not called if the process ends before, or if a set of a
  /// checkpoint takes the place of this one. If the program goes back to a commit in its process, the set keeps it; it
  /// is never called twice.
  void push(const std::vector<owned_t<T>>& records, std::function<void()> committed = {}) {
    constexpr auto block_bytes = std::size_t{256} << 10;
    auto encoded = to_batches<T>(records, block_bytes);
    for (const auto& x : encoded)
      x.count_as(memory_use::kept); // what waits here is the program's, and has not been admitted
    if (committed)
      committed = [once = std::make_shared<std::function<void()>>(std::move(committed))] {
        if (const auto tell = std::exchange(*once, nullptr))
          tell();
      };
    std::lock_guard lock{mutex_};
    sets_.push_back({std::move(encoded), std::move(committed)});
  }

  /// How many sets wait.
  std::size_t size() const {
    std::lock_guard lock{mutex_};
    return sets_.size();
  }

  /// Takes up to `most` sets, in order.
  std::vector<queued_set> take(std::size_t most) {
    std::vector<queued_set> result;
    std::lock_guard lock{mutex_};
    for (; result.size() < most && !sets_.empty(); sets_.pop_front())
      result.push_back(std::move(sets_.front()));
    return result;
  }

  /// The sets that wait, in order; they share their batches with the queue.
  std::vector<std::vector<batch>> waiting() const {
    std::vector<std::vector<batch>> result;
    std::lock_guard lock{mutex_};
    for (const auto& x : sets_)
      result.push_back(x.batches);
    return result;
  }

  /// Puts `sets` in the place of the oldest `count` that wait, or of all if there are fewer. Those pushed later stay,
  /// behind them.
  void replace(std::size_t count, std::vector<std::vector<batch>> sets) {
    std::lock_guard lock{mutex_};
    sets_.erase(sets_.begin(), sets_.begin() + static_cast<std::ptrdiff_t>(std::min(count, sets_.size())));
    for (auto& x : sets | std::views::reverse)
      sets_.push_front({std::move(x)});
  }

  /// Puts sets that were taken before all that wait, in order.
  void put_back(std::vector<queued_set> sets) {
    std::lock_guard lock{mutex_};
    sets_.insert(sets_.begin(), std::move_iterator{sets.begin()}, std::move_iterator{sets.end()});
  }

private:
  mutable std::mutex mutex_;
  std::deque<queued_set> sets_;
};

} // namespace sluice
