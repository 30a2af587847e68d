// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/base/time.hpp>
#include <sluice/actors/base/wall_clock.hpp>
#include <sluice/actors/batch/batch_io.hpp>
#include <sluice/actors/record/owned.hpp>
#include <sluice/receivers/rate/rate_limits.hpp>
#include <sluice/receivers/receiver/receiver_life.hpp>
#include <sluice/testkit/leaping_clock.hpp>

namespace sluice::testkit {

struct receiver_harness_options {
  bool is_logged = true;
  std::uint64_t credit = std::uint64_t{1} << 40; ///< bytes, at the start
  std::size_t block_bytes = default_block_bytes;
  rate_limits rate = {}; ///< how many records it may store per second
  /// Of the rate: as it leaps to whatever somebody waits for, nobody really waits.
  std::shared_ptr<const wall_clock> clock = std::make_shared<leaping_clock>();
};

/// Hosts a receiver without a program. The test takes its blocks, and says when they are durable and committed. Blocks
/// are counted from 1. `on_start` and the other functions of the receiver run in the calling thread, so `store_durably`
/// must be called in another one: of the receiver, or of the test. Not thread safe.
///
///     receiver_harness host{std::make_shared<counter>()};
///     host.start();                    // its thread calls store_durably(7)
///     host.wait_for_blocks(1);
///     host.durable(1);                 // now store_durably returns
///     host.committed(1);               // now on_committed is called, if there is a mark
///     check(host.records<int>() == std::vector{7});
class receiver_harness {
public:
  explicit receiver_harness(std::shared_ptr<receiver_base> hosted, receiver_harness_options options = {});
  receiver_harness(const receiver_harness&) = delete;
  receiver_harness& operator=(const receiver_harness&) = delete;

  /// Stops the receiver, unless it has stopped.
  ~receiver_harness();

  void start();
  void stop();

  /// Gives more bytes of credit.
  void credit(std::uint64_t bytes);

  /// A new estimate of the records per second, as after a batch.
  void set_rate(double records_per_second);

  /// Has the stored records handed on.
  void flush();

  /// All blocks up to that one are in the log; the log cannot take the others; all up to that one are committed.
  void durable(std::uint64_t block);
  void fail_log(error why);
  void committed(std::uint64_t block);

  /// Does what the receiver has asked for meanwhile: to restart or stop (without any delay), and to be told of marks on
  /// committed records. All functions above do this first.
  void settle();

  /// How many blocks have been handed on.
  std::uint64_t blocks() const;

  /// Returns whether so many have been handed on in that time.
  bool wait_for_blocks(std::uint64_t count, std::chrono::milliseconds timeout = std::chrono::seconds{10}) const;

  /// The records of all blocks so far. Throws runtime_failure if they are of another type.
  template <record T>
  std::vector<owned_t<T>> records() const {
    std::vector<owned_t<T>> result;
    for (const auto& block : taken()) {
      auto reader = batch_reader<T>::open(block);
      const auto& from = reader.value();
      for (std::uint32_t i = 0; i < from.size(); ++i)
        result.push_back(to_owned<T>(from[i]));
    }
    return result;
  }

  /// The errors that the user was told.
  const std::vector<std::string>& reports() const { return reports_; }

  /// Whether the last block has been handed on.
  bool is_drained() const;

private:
  class note_taker;

  std::vector<batch> taken() const;

  receiver_harness_options options_;
  std::vector<std::string> reports_;
  std::shared_ptr<note_taker> host_;
  errands here_{nullptr, {}};
  receiver_life life_;
};

} // namespace sluice::testkit
