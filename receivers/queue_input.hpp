// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <limits>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <sluice/actors/errors.hpp>
#include <sluice/receivers/block_generator.hpp>
#include <sluice/receivers/input.hpp>
#include <sluice/receivers/record_queue.hpp>

namespace sluice {

/// How many of the sets that wait in a queue one batch gets.
enum class queue_mode {
  one_at_a_time, ///< the oldest
  all,           ///< all of them
};

template <record T>
struct queue_options {
  queue_mode mode = queue_mode::one_at_a_time;
  /// What a batch gets when the queue is empty; without it, nothing.
  std::optional<std::vector<owned_t<T>>> default_records = {};
};

/// Takes the records of each batch from a queue.
template <record T>
class queue_source : public block_source {
public:
  queue_source(std::shared_ptr<record_queue<T>> queue, queue_mode mode, std::vector<batch> when_empty)
      : queue_{std::move(queue)}, mode_{mode}, when_empty_{std::move(when_empty)} {}

  caf::expected<std::optional<std::vector<batch>>> pull(batch_time) override {
    const auto most = mode_ == queue_mode::all ? std::numeric_limits<std::size_t>::max() : 1;
    const auto sets = queue_->take(most);
    if (sets.empty())
      return when_empty_;
    std::vector<batch> result;
    for (const auto& set : sets)
      result.insert(result.end(), set.begin(), set.end());
    return result;
  }

private:
  std::shared_ptr<record_queue<T>> queue_;
  queue_mode mode_;
  std::vector<batch> when_empty_;
};

/// A stream of what the program itself pushes into a queue, for tests and for trying things out. The queue is in memory
/// only: what is in it is lost with the process. Throws usage_error without a queue.
template <record T>
input queue_input(std::shared_ptr<record_queue<T>> queue, queue_options<T> options = {}) {
  if (!queue)
    throw usage_error("queue_stream: the queue must not be null; make one with std::make_shared<record_queue<T>>()");
  std::vector<batch> when_empty;
  if (options.default_records)
    when_empty = to_batches<T>(*options.default_records, default_block_bytes);
  return {.kind = "queue_stream",
          .description = "queue",
          .make_source = [queue = std::move(queue), mode = options.mode, when_empty = std::move(when_empty)] {
            return std::make_unique<queue_source<T>>(queue, mode, when_empty);
          }};
}

} // namespace sluice
