// SPDX-License-Identifier: BSD-3-Clause
//
// Runs programs on records that wait, encoded, in a queue: what receiving costs is left out.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <utility>

#include <sluice/sluice.hpp>

#include "measurement.hpp"
#include "record_file.hpp"
#include "signal.hpp"

namespace sluice::bench {

/// What is left of a file, `of_a_batch` records a batch.
template <record T>
std::shared_ptr<record_queue<T>> queue_of(record_file<T>& file, std::size_t of_a_batch) {
  auto result = std::make_shared<record_queue<T>>();
  for (auto some = file.next(of_a_batch); !some.empty(); some = file.next(of_a_batch))
    result->push(some);
  return result;
}

/// Runs so much faster than the machine's clock that there is always a next batch: an interval of a millisecond, the
/// least there is, would hold two threads back.
class hurried_clock final : public wall_clock {
public:
  std::chrono::microseconds now() const override { return begin_ + pace * (real_.now() - begin_); }
  std::chrono::microseconds until(std::chrono::microseconds t) const override { return wall_clock::until(t) / pace; }

private:
  static constexpr int pace = 50;

  system_wall_clock real_;
  std::chrono::microseconds begin_ = real_.now();
};

/// Says when so many records are in committed batches.
class commit_watch : public streaming_listener {
public:
  commit_watch(std::uint64_t records, signal& committed) : left_{records}, committed_{&committed} {}

  void on_batch_completed(const batch_info& x) override {
    const auto here = x.num_records();
    if (left_ != 0 && left_ <= here)
      committed_->set();
    left_ -= std::min(left_, here);
  }

private:
  std::uint64_t left_;
  signal* committed_;
};

/// Where a program that is measured keeps its state, if it does.
struct kept_state {
  std::filesystem::path directory; ///< of its checkpoint; empty: none
  std::uint64_t records = 0;       ///< with a checkpoint, the watch runs until so many are committed
};

/// Runs the program that `compose(stream, result, done)` composes and which calls `done()` when it has its last result,
/// on what waits in the queue, as fast as batches can follow each other. The watch runs from before the start until
/// then, and, with a checkpoint, until all of it is committed.
template <class Digest, record T, class Compose>
measurement replay(std::shared_ptr<record_queue<T>> queue, runtime_options how, Compose compose,
                   const kept_state& kept = {}) {
  how.clock = std::make_shared<const hurried_clock>();
  streaming_context context{duration{1}, how};
  signal over;
  signal committed;
  if (!kept.directory.empty()) {
    context.checkpoint(kept.directory);
    context.add_streaming_listener(std::make_shared<commit_watch>(kept.records, committed));
  }
  Digest result;
  compose(context.queue_stream(std::move(queue)), result, [&over] { over.set(); });
  const stopwatch watch;
  context.start();
  over.wait();
  if (!kept.directory.empty())
    committed.wait();
  const auto measured = watch.stop(result);
  context.stop(stop_mode::immediate);
  return measured;
}

/// The same with a file that nothing has been read of.
template <class Digest, record T, class Compose>
measurement replay_events(record_file<T>& all, std::size_t events_of_a_batch, const runtime_options& how,
                          Compose compose, const std::filesystem::path& checkpoint = {}) {
  return replay<Digest>(queue_of(all, events_of_a_batch), how,
                        [&](const dstream<T>& stream, Digest& result, auto done) {
                          result.records = all.size();
                          compose(stream, result, done);
                        },
                        {checkpoint, all.size()});
}

} // namespace sluice::bench
