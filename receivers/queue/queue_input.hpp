// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/base/expected.hpp>
#include <sluice/receivers/queue/queue_history.hpp>
#include <sluice/receivers/queue/queue_position.hpp>
#include <sluice/receivers/receiver/block_builder.hpp>
#include <sluice/receivers/receiver/input.hpp>
#include <sluice/receivers/source/record_queue.hpp>

namespace sluice {

/// How many of the sets in a queue one batch gets.
enum class queue_mode {
  one_at_a_time, ///< the oldest
  all,           ///< all of them
};

template <record T>
struct queue_options {
  queue_mode mode = queue_mode::one_at_a_time;
  /// The records of a batch if the queue is empty; without it, none.
  std::optional<std::vector<owned_t<T>>> default_records = {};
  /// Whether the sets that wait are part of each commit. Then, after a restart, the queue goes on with exactly those,
  /// in place of the sets that the program pushed before its start. Such a queue feeds one stream, and at most
  /// `max_queue_position_bytes` may wait. Without a checkpoint directory it changes nothing.
  bool persistent = false;
};

/// Takes the records of each batch from a queue.
template <record T>
class queue_source : public block_source {
public:
  queue_source(std::shared_ptr<record_queue<T>> queue, queue_mode mode, std::vector<batch> when_empty,
               std::shared_ptr<queue_history> history)
      : queue_{std::move(queue)}, mode_{mode}, when_empty_{std::move(when_empty)}, history_{std::move(history)} {}

  expected<std::optional<std::vector<batch>>> pull(batch_time t, std::uint64_t /*room*/) override {
    if (!std::exchange(is_resumed_, true))
      put_back(history_->go_back()); // there has been no commit
    const auto most = mode_ == queue_mode::all ? std::numeric_limits<std::size_t>::max() : 1;
    auto sets = queue_->take(most);
    if (history_->is_kept())
      history_->took(t, sets);
    if (sets.empty())
      return when_empty_;
    std::vector<batch> result;
    for (auto& set : sets) {
      result.insert(result.end(), set.batches.begin(), set.batches.end());
      if (set.committed && set.batches.empty())
        set.committed(); // there is nothing to commit
      else if (set.committed)
        uncommitted_.push_back({t, std::move(set.committed)});
    }
    return result;
  }

  void committed(batch_time t) override {
    for (; !uncommitted_.empty() && uncommitted_.front().time <= t; uncommitted_.pop_front())
      uncommitted_.front().tell();
  }

  void may_go_back(std::size_t pulls) override { history_->keep(pulls); }

  expected<std::string> position() override {
    return history_->is_kept() ? write_queue_mark(history_->pulls()) : std::string{};
  }

  error resume(std::string_view position) override {
    is_resumed_ = true;
    auto mark = read_queue_mark(position);
    if (!mark)
      return std::move(mark.error());
    if (history_->is_kept() && !history_->is_new()) {
      put_back(history_->go_back(mark->pulls));
      for (auto& [t, tell] : history_->waiting())
        uncommitted_.push_back({t, std::move(tell)});
      return {};
    }
    history_->begin_after(mark->pulls);
    return mark->has_sets ? take_over(position) : error{};
  }

protected:
  record_queue<T>& queue() const { return *queue_; }
  const queue_history& history() const { return *history_; }

private:
  /// In a new process: the position has the sets that waited in the last one.
  virtual error take_over(std::string_view /*position*/) { return {}; }

  void put_back(queue_history::sets sets) {
    for (const auto& set : sets)
      for (const auto& x : set.batches)
        x.count_as(memory_use::kept);
    queue_->put_back(std::move(sets));
  }

  /// Somebody who waits until a batch is committed.
  struct waiting {
    batch_time time;
    std::function<void()> tell;
  };

  std::shared_ptr<record_queue<T>> queue_;
  queue_mode mode_;
  std::vector<batch> when_empty_;
  std::shared_ptr<queue_history> history_;
  bool is_resumed_ = false;
  std::deque<waiting> uncommitted_;
};

/// The same for a queue that goes on in another process with the sets that waited after the last commit.
template <record T>
class persistent_queue_source : public queue_source<T> {
public:
  /// `composed`: how many sets the program had pushed when it was started: those that `resume` replaces.
  persistent_queue_source(std::shared_ptr<record_queue<T>> queue, queue_mode mode, std::vector<batch> when_empty,
                          std::shared_ptr<queue_history> history, std::shared_ptr<const std::size_t> composed)
      : queue_source<T>{std::move(queue), mode, std::move(when_empty), std::move(history)},
        composed_{std::move(composed)} {}

  /// The sets that wait now. Called after a pull, so these are all but those that this batch and earlier ones took, and
  /// include those pushed meanwhile.
  expected<std::string> position() override {
    return write_queue_position(this->queue().waiting(), this->history().pulls());
  }

private:
  error take_over(std::string_view position) override {
    auto sets = read_queue_position(position);
    if (!sets)
      return std::move(sets.error());
    for (const auto& set : *sets)
      for (const auto& x : set)
        if (const auto reader = batch_reader<T>::open(x); !reader)
          return make_error(ec::checkpoint_mismatch,
                            "the checkpoint holds waiting sets of another type: " + describe(reader.error())
                                + "; choose another directory, or give the stream another name");
    this->queue().replace(*composed_, std::move(*sets));
    return {};
  }

  std::shared_ptr<const std::size_t> composed_;
};

/// A stream of the records that the program pushes into a queue. The queue is in memory: its content is lost with the
/// process, unless it is persistent. Throws usage_error without a queue.
template <record T>
input<T> queue_input(std::shared_ptr<record_queue<T>> queue, queue_options<T> options = {}) {
  if (!queue)
    throw usage_error("queue_stream: the queue must not be null; make one with std::make_shared<record_queue<T>>()");
  std::vector<batch> when_empty;
  if (options.default_records)
    when_empty = to_batches<T>(*options.default_records, default_block_bytes);
  input<T> result{.kind = "queue_stream", .description = "queue", .is_quick = true};
  const auto history = std::make_shared<queue_history>();
  if (!options.persistent) {
    result.make_source = [queue = std::move(queue), mode = options.mode, when_empty = std::move(when_empty), history] {
      return std::make_unique<queue_source<T>>(queue, mode, when_empty, history);
    };
    return result;
  }
  result.description = "persistent queue";
  // Sets pushed while the program starts are new, although the source is made and resumes later.
  auto composed = std::make_shared<std::size_t>(std::numeric_limits<std::size_t>::max());
  result.make_source = [queue, mode = options.mode, when_empty = std::move(when_empty), history, composed] {
    return std::make_unique<persistent_queue_source<T>>(queue, mode, when_empty, history, composed);
  };
  result.on_launch = [queue = std::move(queue), composed] { *composed = queue->size(); };
  return result;
}

} // namespace sluice
