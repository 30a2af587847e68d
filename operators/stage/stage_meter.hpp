// SPDX-License-Identifier: BSD-3-Clause
//
// Counts the records that each operator of a stage takes, and measures its time. Nothing is done per record: a chunk
// costs an addition, and one step in eight costs two looks at the clock per chunk. A stage that is not measured has no
// meters, and a chunk costs one test of a null pointer.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sluice {

/// Nanoseconds since some moment. A function, so that a simulated program measures nothing or its own time.
using meter_clock = std::int64_t (*)();

/// The machine's monotonic clock.
std::int64_t monotonic_nanoseconds();

struct operator_meter;
class record_tail;

/// The time of one stage, shared out among its operators: at any moment one of them runs, or none.
class stage_timer {
public:
  explicit stage_timer(meter_clock clock) : clock_{clock} {}

  /// A step of the stage begins. `weight`: for how many steps like it this one stands; 0: its operators are not timed.
  void begin(std::uint32_t weight);
  void end();

  /// From here on `of` runs, until `leave` with what this returns. Does nothing in a step that is not timed.
  operator_meter* enter(operator_meter* of) { return weight_ == 0 ? nullptr : change(of); }
  void leave(operator_meter* before) {
    if (weight_ != 0)
      change(before);
  }

  /// In all steps together, and now from 0.
  std::uint64_t take_busy();

private:
  operator_meter* change(operator_meter* to);

  meter_clock clock_;
  std::uint32_t weight_ = 0;
  operator_meter* running_ = nullptr;
  std::int64_t since_ = 0; ///< when it began to run
  std::int64_t begun_ = 0; ///< the step
  std::uint64_t busy_ = 0;
};

/// What one operator has done since its numbers were taken.
struct operator_meter {
  std::uint64_t records = 0; ///< that it took
  std::uint64_t time = 0;    ///< nanoseconds, by sample, without the time of the operators that it pushes to
  stage_timer* timer = nullptr;
  record_tail* tail = nullptr; ///< null: nobody looks at the records
};

/// While it lives, the time is that of one operator.
class metered {
public:
  /// `of`: null: nothing is measured.
  metered(operator_meter* of, std::size_t records) : of_{of} {
    if (of_ != nullptr) {
      of_->records += records;
      before_ = of_->timer->enter(of_);
    }
  }
  ~metered() {
    if (of_ != nullptr)
      of_->timer->leave(before_);
  }
  /// Whether somebody looks at the records.
  bool is_looked_at() const { return of_ != nullptr && of_->tail != nullptr; }

  metered(const metered&) = delete;
  metered& operator=(const metered&) = delete;

private:
  operator_meter* of_;
  operator_meter* before_ = nullptr;
};

} // namespace sluice
