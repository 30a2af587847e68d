// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/os/side_thread.hpp>
#include <sluice/state/log/block_log.hpp>
#include <sluice/state/log/log_queue.hpp>

namespace sluice {

struct log_writer_options {
  std::size_t group_bytes = log_queue::usual_group_bytes;

  /// With so many bytes waiting for the disk the writer is full.
  std::size_t most_waiting = std::size_t{16} << 20;

  /// Is told that there is no room, with the reason, and that there is again, with none. Called where callbacks are.
  std::function<void(const error&)> on_stall = {};
};

/// Writes what it is given to a log, group after group, on a thread of its own.
///
///     log_writer writer{log, threads.start("log")};
///     writer.append({"lines", number, records}, [](const error& why) { … }); // durable, or why not
///
/// Callbacks are called on that thread, in the order of what they belong to, and must not throw. They may call the
/// writer. All functions are thread safe.
///
/// A full disk, or a quota that is used up, holds everything back: the log says so once, each `tick` tries again, and
/// nothing is dropped. Any other failed write is the end: what waits and what comes later gets its error. Close the
/// writer then, open the log again, and make another writer.
class log_writer {
public:
  using callback = log_queue::callback;

  /// @param log is kept until the writer is closed; nobody else uses it meanwhile, except in `visit`
  /// @param thread null: everything is done at once, by whoever calls
  log_writer(std::shared_ptr<block_log> log, std::shared_ptr<side_thread> thread, log_writer_options options = {});

  /// Closes it.
  ~log_writer();

  log_writer(const log_writer&) = delete;
  log_writer& operator=(const log_writer&) = delete;

  /// Blocks of an input come in the order of their numbers, allocations in the order of their times.
  void append(logged_block block, callback done);
  void allocate(allocation what, callback done);

  /// May wait for something else to write, or for the next `tick`.
  void release(batch_time until, callback done = {});

  /// Call it now and then, such as each second: lets a release go by itself, and tries again where there was no room.
  void tick();

  /// Whether receivers should wait with the next block. It is taken all the same.
  bool is_full() const;

  /// The bytes of all that is not durable.
  std::size_t waiting_bytes() const;

  /// Runs `look` on the thread, between two writes: to read blocks again. Requires that the writer is not closed.
  void visit(std::function<void(const block_log&)> look);

  /// Writes what waits, as far as there is room, lets go of the log and calls `closed`. What could not be written gets
  /// an error. Nothing may be given to the writer afterwards.
  void close(std::function<void()> closed = {});

private:
  class core;
  std::shared_ptr<core> core_; ///< shared with what runs on the thread
};

} // namespace sluice
