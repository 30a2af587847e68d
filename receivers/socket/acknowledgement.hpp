// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// When a socket stream tells its server that records have arrived. It writes their number on this connection so far as
/// a decimal line, so that a server can send again what was not acknowledged. docs/receivers.md has the rules.
enum class acknowledgement {
  none,      ///< never
  durable,   ///< when they are in the log; needs a write-ahead log
  committed, ///< when their batch is committed
};

/// The acknowledgements of a receiver's connections, one connection after another: which marks to set, and which lines
/// to write when the marks are covered. Plain logic; thread safe, because other threads than the reader cover marks.
class acknowledgement_lines {
public:
  explicit acknowledgement_lines(acknowledgement when) : when_{when} {}

  acknowledgement when() const { return when_; }

  /// A new connection: whatever was not acknowledged on the last one never will be.
  void begin();

  /// That many records of this connection are stored. Returns the mark to set behind them, if there are new ones.
  std::optional<std::string> stored(std::uint64_t records);

  /// Whether stored records are to be handed on now. They are when nothing else is on its way to the log. So a block
  /// holds as much as has arrived while the log wrote the one before, and a single line does not wait.
  bool take_flush();

  /// The records up to a mark are as safe as was asked for. A mark of an earlier connection changes nothing.
  void cover(std::string_view mark);

  /// The bytes to write: the rest of a line that was begun, else the newest number, if it is new.
  std::string_view to_write();

  /// So many of those bytes have been written.
  void written(std::size_t bytes);

  /// Whether everything stored has been acknowledged, and that was written.
  bool are_complete() const;

private:
  const acknowledgement when_;
  mutable std::mutex mutex_;
  std::uint64_t connection_ = 0;
  // of this connection, in records
  std::uint64_t stored_ = 0;
  std::uint64_t flushed_ = 0;
  std::uint64_t covered_ = 0;
  std::uint64_t lines_ = 0; ///< the number in the last line
  std::string rest_;        ///< of that line
};

} // namespace sluice
