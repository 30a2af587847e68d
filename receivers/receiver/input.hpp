// SPDX-License-Identifier: BSD-3-Clause
//
// The origin of the records of an input stream: a receiver, which gets records at any time, or a source, which is asked
// for them once per batch. The functions that make the built-in ones return an `input`.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sluice/actors/base/expected.hpp>
#include <sluice/actors/base/input_error.hpp>
#include <sluice/actors/base/time.hpp>
#include <sluice/actors/batch/batch.hpp>

namespace sluice {

class receiver_base;

/// Gives the records of a batch when the batch is cut. It lives on a thread of its own, which makes it, calls its
/// functions one at a time, and ends it; so it holds up nobody else. A batch waits for its records for a limited time
/// (docs/receivers.md says how long).
class block_source {
public:
  virtual ~block_source() = default;

  /// The records of batch t, in order; or none if the stream has no dataset at that time. Called in order of time, once
  /// for each t, except for batches that are cut while a call takes too long: they go without, and the late records
  /// belong to the batch that is open when the call returns.
  /// @param room bytes that the batch may take, as its blocks count them. A source with a backlog gives about that much
  ///   and keeps the rest for later batches. If its records come in units that cannot be split, it may exceed the room
  ///   by one unit. With 0 it gives nothing, but may look around.
  virtual expected<std::optional<std::vector<batch>>> pull(batch_time t, std::uint64_t room) = 0;

  /// The origin of the batch that was pulled last, for people and in a bounded length: for files, their paths.
  virtual std::string description() const { return {}; }

  /// The input that the last pull could not read and has left out, at most 100 errors. Asked once after each pull, on
  /// the same thread, and told to listeners. (A source that must not go on fails the pull instead.)
  virtual std::vector<input_error> take_errors() { return {}; }

  /// The position after the batch that was pulled last, as bytes that only the source understands. They are kept with
  /// the commit of that batch. Empty if the source cannot go on from a position.
  virtual expected<std::string> position() { return std::string{}; }

  /// Goes on from a position of a source of an earlier process. Called before the first pull.
  virtual error resume(std::string_view /*position*/) { return {}; }
};

/// An input of records. Exactly one of the two functions is set; each call makes a new receiver or source. An exception
/// from either stops the program.
struct input {
  std::string kind;        ///< "socket_text_stream", "queue_stream", ...
  std::string description; ///< for people: "socket localhost:9999"
  std::function<std::shared_ptr<receiver_base>()> make_receiver = {};
  std::function<std::unique_ptr<block_source>()> make_source = {};
  /// The source never waits, and needs no thread: it is asked where the batch is cut.
  bool is_quick = false;
  /// Called on the driver while the program is started, before it makes its receivers and sources.
  std::function<void()> on_launch = {};
};

} // namespace sluice
