// SPDX-License-Identifier: BSD-3-Clause
//
// Where the records of an input stream come from: a receiver, which is given records at any time, or a source, which is
// asked for them once a batch. The functions that make the built-in ones return an `input<T>`, as yours do.
#pragma once

#include <cstddef>
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
#include <sluice/actors/record/record.hpp>

namespace sluice {

class receiver_base;

template <record T>
class receiver;

/// Gives the records of a batch when the batch is cut. Lives on a thread of its own, from its making to its end: its
/// functions are called one at a time, and hold up nobody else while they run. A batch waits for its records, but not
/// for ever (docs/receivers.md says how long).
class block_source {
public:
  virtual ~block_source() = default;

  /// The records of batch t, in order; or none if the stream has no dataset at that time. Called in order of time, once
  /// for each t, except for batches that are cut while a call takes too long: they go without, and the late records
  /// belong to the batch that is open when the call returns.
  /// `room`: bytes that the batch may take, as its blocks count them. A source with a backlog gives about that much
  ///   and keeps the rest for later batches. If its records come in units that cannot be split, it may exceed the room
  ///   by one unit. With 0 it gives nothing, but may look around.
  virtual expected<std::optional<std::vector<batch>>> pull(batch_time t, std::uint64_t room) = 0;

  /// All batches up to t are committed. Only a quick source is told, and only when a batch that had records of it is.
  virtual void committed(batch_time /*t*/) {}

  /// The origin of the batch that was pulled last, for people and in a bounded length: for files, their paths.
  virtual std::string description() const { return {}; }

  /// The input that the last pull could not read and has left out, at most 100 errors. Asked once after each pull, on
  /// the same thread, and told to listeners. (A source that must not go on fails the pull instead.)
  virtual std::vector<input_error> take_errors() { return {}; }

  /// How to give the blocks of the last pull again, as bytes that only the source understands: with them `repeat` of a
  /// later source is called, in a later process or after a failure in this one. Asked after each pull that gave blocks
  /// if the program has a checkpoint directory and the input is not logged. Empty if the source cannot.
  virtual expected<std::string> recipe() { return std::string{}; }

  /// The blocks of an earlier pull, by another source and perhaps in another process: the same records in the same
  /// blocks, or an error. Changes nothing for `pull` and `position`.
  virtual expected<std::vector<batch>> repeat(std::string_view /*recipe*/) {
    return make_error(ec::invalid_argument, "this source cannot give records again");
  }

  /// The position after the batch that was pulled last, as bytes that only the source understands. They are kept with
  /// the commit of that batch. Empty if the source cannot go on from a position.
  virtual expected<std::string> position() { return std::string{}; }

  /// Goes on from a position of an earlier source, of another process or of this one. Called before the first pull.
  virtual error resume(std::string_view /*position*/) { return {}; }

  /// Called before everything else if the program goes on in this process after a failure: then the input's next source
  /// resumes from a position that is at most so many pulls old, or, if nothing was committed or is to run again, is not
  /// resumed at all.
  /// For sources of records that are nowhere but in this process.
  virtual void may_go_back(std::size_t /*pulls*/) {}
};

/// An input as the runtime knows it: whatever its records are. The fields are those of `input<T>`.
struct any_input {
  std::string kind;
  std::string description;
  std::function<std::shared_ptr<receiver_base>()> make_receiver = {};
  std::function<std::unique_ptr<block_source>()> make_source = {};
  bool is_quick = false;
  bool can_repeat = false;
  std::optional<bool> is_logged = {};
  std::function<void()> on_launch = {};
  double max_rate = 0;
};

/// A place that records of type T come from: a value, which `ctx.stream` makes a stream of. Exactly one of the first
/// two functions is set; each call makes a new one. What they throw stops the program.
///
///     input<double> sensor_input(std::string device) {
///       return {.kind = "sensor_stream", .description = "sensor " + device,
///               .make_receiver = [device] { return std::make_shared<sensor>(device); }};
///     }
///
///     auto values = ctx.stream(sensor_input("/dev/ttyS0"));
template <record T>
struct input {
  using record_type = T;

  std::string kind;        ///< "socket_text_stream", "queue_stream", ...
  std::string description; ///< for people: "socket localhost:9999"
  std::function<std::shared_ptr<receiver<T>>()> make_receiver = {};
  std::function<std::unique_ptr<block_source>()> make_source = {};
  /// The source never waits, and needs no thread: it is asked where the batch is cut.
  bool is_quick = false;
  /// The source gives the records of a batch again: it has a recipe for each pull. Then a batch that runs again after a
  /// crash is the same batch, even without a log.
  bool can_repeat = false;
  /// Whether its records go through the write-ahead log. Without a value as streaming_context::write_ahead_log says,
  /// except for a source that can repeat, which needs none.
  std::optional<bool> is_logged = {};
  /// Called on the driver while the program is started, before it makes its receivers and sources.
  std::function<void()> on_launch = {};
  /// Records per second at most; 0: no limit. A source gives a batch about as many bytes as that many records take; one
  /// that does not heed its room, such as a queue, has no limit.
  double max_rate = 0;

  operator any_input() const { // NOLINT(google-explicit-constructor): any input is one
    return {kind, description, make_receiver, make_source, is_quick, can_repeat, is_logged, on_launch, max_rate};
  }
};

} // namespace sluice
