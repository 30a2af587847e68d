// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace sluice {

/// While one of these lives, its thread may wait for something outside of the program: a disk, a server, a clock. If it
/// is one of the threads that run actors, another thread takes its place meanwhile, so that nobody else waits too. On
/// other threads it does nothing, and neither does one inside another.
///
/// It costs as much as waking a thread. Use it for a sync of a file or a call of a server, never per record.
///
///     counts.foreach_rdd([](const auto& records) {
///       const auto all = records.collect();
///       const sluice::blocking_section waits;
///       send_to_server(all);
///     });
class [[nodiscard]] blocking_section {
public:
  blocking_section();
  blocking_section(const blocking_section&) = delete;
  blocking_section& operator=(const blocking_section&) = delete;
  ~blocking_section();

  /// A thread that others need.
  class host {
  public:
    virtual ~host() = default;
    virtual void begins_to_block() = 0;
    virtual void has_blocked() = 0;
  };

  /// From now on the calling thread is that one; null: nobody needs it.
  static void this_thread_is(host* x);

private:
  host* host_; ///< the one that has been told, if any
};

} // namespace sluice
