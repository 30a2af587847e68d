// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include <sluice/actors/ids.hpp>
#include <sluice/actors/time.hpp>

namespace sluice {

/// What is known of a batch. Times are since the Unix epoch; none where it has not come to that yet.
struct batch_info {
  using time_point = std::chrono::microseconds;

  batch_time time;
  std::map<stream_id, std::uint64_t> records; ///< by input stream
  time_point submitted{};                     ///< when it was cut
  std::optional<time_point>
      processing_start;                     ///< work begins with a batch's first records; this is when it has them all
  std::optional<time_point> processing_end; ///< when it was committed

  std::uint64_t num_records() const;
  std::optional<std::chrono::microseconds> scheduling_delay() const;
  std::optional<std::chrono::microseconds> processing_delay() const;
  std::optional<std::chrono::microseconds> total_delay() const;
};

/// Is told what happens while a program runs: for each batch submitted, started and completed, in that order. Called on
/// a thread of the runtime, one call at a time, none after the program has stopped; it should return soon. What it
/// throws is logged.
class streaming_listener {
public:
  virtual ~streaming_listener() = default;

  /// The first batch may come.
  virtual void on_streaming_started(batch_info::time_point) {}

  virtual void on_batch_submitted(const batch_info&) {}
  virtual void on_batch_started(const batch_info&) {}
  virtual void on_batch_completed(const batch_info&) {}
};

/// The listeners of a context. Thread safe.
class listener_list {
public:
  void add(std::shared_ptr<streaming_listener> x);
  void remove(const std::shared_ptr<streaming_listener>& x);

  void streaming_started(batch_info::time_point now);

  /// Everything the batch took from its inputs is known: it is submitted, and started.
  void batch_started(const batch_info& x);
  void batch_completed(const batch_info& x);

  /// Whether the calling thread is in a listener's function: there it must not wait for the program to stop.
  static bool is_calling();

private:
  template <class Call>
  void for_each(Call call);

  std::mutex mutex_;
  std::vector<std::shared_ptr<streaming_listener>> list_;
};

} // namespace sluice
