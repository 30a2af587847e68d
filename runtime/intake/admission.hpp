// SPDX-License-Identifier: BSD-3-Clause
//
// How much input a program takes in. One budget covers all memory of records, from their admission to the commit of
// their batch: the input itself, and everything that operators make of it. How much that will be is not known when a
// record is admitted, so it is measured: bytes in memory for each admitted byte. A program starts with little and gets
// more as soon as this is known (slow start, as in TCP); afterwards it gets as much as fits the budget.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <sluice/actors/base/time.hpp>

namespace sluice {

struct execution_plan;

/// Whether a plan has something behind an operator that waits for the end of the batch, other than outputs: a function
/// there may make many records of one, and a join does.
bool may_grow_late(const execution_plan& plan);

/// Throws usage_error for a memory budget that is too small to work with, or larger than the memory of this machine.
void check_memory_budget(std::uint64_t bytes);

/// The memory of records in a process.
struct memory_figures {
  std::uint64_t in_flight = 0; ///< now, with those that wait
  std::uint64_t waiting = 0;   ///< of inputs, which no operator has seen
  std::uint64_t peak = 0;      ///< the most that was in flight since the figures were taken last
};

/// Says how many bytes each input may admit. Plain logic, without a clock; thread safe, as each input has an actor of
/// its own. An input has *credit* that it has not used, and *held* bytes that are admitted and not committed.
class admission {
public:
  struct options {
    std::uint64_t budget = std::uint64_t{256} << 20;
    std::size_t inputs = 1;
    std::size_t workers = 0;
    /// Whether records may grow much as late as at the end of their batch: behind a shuffle. See `may_grow_late`.
    bool may_grow_late = false;
  };

  /// The least budget that can work: a few blocks, and what one record may take.
  static constexpr std::uint64_t least_budget = std::uint64_t{16} << 20;

  /// The largest part of the budget for input; the rest is for memory that is not counted.
  static constexpr std::uint64_t usable(std::uint64_t budget) { return budget / 2; }

  explicit admission(const options& how);

  /// Of this process, and of its workers. To be told before `grant`, as fresh as they are.
  void note(const memory_figures& here);
  void note_worker(std::size_t worker, std::uint64_t in_flight, std::uint64_t peak);

  /// An input has admitted a block or the records of a source, and uses up credit of that size.
  void admit(std::size_t input, std::uint64_t bytes);

  /// The batch of that time, which had these bytes of an input, is committed.
  void release(std::size_t input, batch_time t, std::uint64_t bytes);

  /// The credit that an input gets now, in addition to what it has. 0 if there is none for it, or too little to be
  /// worth a message.
  std::uint64_t grant(std::size_t input);

  /// Takes back credit that has not been used: a source has been asked.
  void withdraw(std::size_t input);

  /// Whether an input has so little credit that it should be looked at again soon, although nothing of it is released.
  bool is_held_back(std::size_t input) const;

  /// Whether an input has next to no credit because the budget has no more for it, and not because it is not known yet
  /// how much its records grow.
  bool is_at_limit(std::size_t input) const;

  /// Whether anything is admitted and not committed.
  bool is_busy() const;

  /// Whether memory is short, so that no code should keep any for later.
  bool is_scarce() const;

  /// A message for the user, once: much memory is held although nothing is on its way.
  std::optional<std::string> take_warning();

  /// Bytes in memory for each that was admitted, as measured.
  double growth() const;

private:
  struct input_account {
    std::int64_t credit = 0; ///< below 0: a block was larger than what there was
    std::uint64_t held = 0;

    std::uint64_t free_credit() const { return credit > 0 ? static_cast<std::uint64_t>(credit) : 0; }
  };

  /// Bytes in memory for each admitted byte, of so many that were admitted.
  struct sample {
    double growth = 1;
    std::uint64_t held = 0;
  };

  std::uint64_t held() const;
  std::uint64_t credit() const;
  std::uint64_t in_use() const;
  std::uint64_t target() const { return usable(options_.budget); }
  std::uint64_t most_admitted() const;
  std::uint64_t share() const;
  std::uint64_t quantum() const;
  std::uint64_t room() const;
  std::uint64_t everywhere() const;
  std::optional<sample> measure() const;
  void learn(const sample& x);
  void end_period();
  void widen();
  void set_aside();

  options options_;
  mutable std::mutex mutex_;
  std::vector<input_account> inputs_;
  struct worker_account {
    std::uint64_t in_flight = 0;
    bool heard = false; ///< from it since the window was made wider
  };
  std::vector<worker_account> workers_;
  std::uint64_t here_ = 0;
  std::uint64_t waiting_ = 0;
  std::uint64_t lasting_ = 0; ///< of what is in flight: it was still there when nothing was admitted
  sample growth_;
  std::uint64_t window_;            ///< that may be admitted before its growth is known
  std::uint64_t batch_cap_;         ///< the same, until a batch has been committed
  std::uint64_t since_widened_ = 0; ///< bytes admitted since the window was made wider

  struct period {
    std::uint64_t peak = 0; ///< of what was in flight
    std::uint64_t held = 0; ///< the most that was admitted and not committed
  };
  period now_;    ///< since the last release
  period before_; ///< between the last two: what a batch has left goes some time after its release

  std::optional<batch_time> released_;
  int starving_ = 0;         ///< batches in a row for which there was next to no memory
  bool has_starved_ = false; ///< since the last release
  std::optional<std::string> warning_;
};

} // namespace sluice
