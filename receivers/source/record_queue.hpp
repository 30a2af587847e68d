// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <iterator>
#include <mutex>
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

/// Sets of records that a program hands to its stream, first in, first out. Thread safe; may grow while the stream
/// runs.
template <record T>
class record_queue {
public:
  record_queue() { tune_malloc(); }

  /// Adds one set, which one batch takes. It is encoded at once: records too large for a batch throw std::length_error
  /// here.
  void push(const std::vector<owned_t<T>>& records) {
    constexpr auto block_bytes = std::size_t{256} << 10;
    auto encoded = to_batches<T>(records, block_bytes);
    for (const auto& x : encoded)
      x.count_as(memory_use::kept); // what waits here is the program's, and has not been admitted
    std::lock_guard lock{mutex_};
    sets_.push_back(std::move(encoded));
  }

  /// How many sets wait.
  std::size_t size() const {
    std::lock_guard lock{mutex_};
    return sets_.size();
  }

  /// Takes up to `most` sets, in order. Each is a number of batches, none if it was empty.
  std::vector<std::vector<batch>> take(std::size_t most) {
    std::vector<std::vector<batch>> result;
    std::lock_guard lock{mutex_};
    for (; result.size() < most && !sets_.empty(); sets_.pop_front())
      result.push_back(std::move(sets_.front()));
    return result;
  }

  /// The sets that wait, in order; they share their batches with the queue.
  std::vector<std::vector<batch>> waiting() const {
    std::lock_guard lock{mutex_};
    return {sets_.begin(), sets_.end()};
  }

  /// Puts `sets` in the place of the oldest `count` that wait, or of all if there are fewer. Those pushed later stay,
  /// behind them.
  void replace(std::size_t count, std::vector<std::vector<batch>> sets) {
    std::lock_guard lock{mutex_};
    sets_.erase(sets_.begin(), sets_.begin() + static_cast<std::ptrdiff_t>(std::min(count, sets_.size())));
    sets_.insert(sets_.begin(), std::make_move_iterator(sets.begin()), std::make_move_iterator(sets.end()));
  }

private:
  mutable std::mutex mutex_;
  std::deque<std::vector<batch>> sets_;
};

} // namespace sluice
