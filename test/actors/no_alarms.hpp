// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace sluice::test {

/// The alarms of a worker of a job queue: none is ever set.
template <class Queue>
struct no_alarms {
  template <class Time>
  void ring(Time) {}
  typename Queue::time_point next_alarm() const { return Queue::never; }
  void worked_long() {}
  void falls_asleep() {}
};

} // namespace sluice::test
