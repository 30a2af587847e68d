// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <memory>
#include <span>

#include <sluice/sluice.hpp>

#include "measurement.hpp"
#include "signal.hpp"

namespace sluice::bench {

/// Runs a program on an array, `events_of_a_batch` a batch, all of them encoded and in a queue before the clock starts.
/// `compose(stream, result, done)` composes the program, which calls `done()` when it has its last result.
template <class Digest, record T, class Compose>
measurement replay_events(std::span<const T> all, std::size_t events_of_a_batch, const runtime_options& how,
                          Compose compose) {
  streaming_context context{duration{1}, how};
  auto queue = std::make_shared<record_queue<T>>();
  for (auto rest = all; !rest.empty(); rest = rest.subspan(std::min(rest.size(), events_of_a_batch))) {
    const auto some = rest.first(std::min(rest.size(), events_of_a_batch));
    queue->push({some.begin(), some.end()});
  }
  signal over;
  Digest result;
  result.records = all.size();
  compose(context.queue_stream(queue), result, [&over] { over.set(); });
  const stopwatch watch;
  context.start();
  over.wait();
  const auto measured = watch.stop(result);
  context.stop(stop_mode::immediate);
  return measured;
}

} // namespace sluice::bench
