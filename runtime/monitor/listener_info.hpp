// SPDX-License-Identifier: BSD-3-Clause
//
// The information that listeners get about batches, outputs and receivers. Times of day are since the Unix epoch.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include <sluice/actors/base/accumulated_sum.hpp>
#include <sluice/actors/base/ids.hpp>
#include <sluice/actors/base/input_error.hpp>
#include <sluice/actors/base/time.hpp>

namespace sluice {

/// The records that a batch took from an input stream.
struct stream_input_info {
  stream_id input_stream_id;
  std::uint64_t num_records = 0;
  /// Their origin, in a bounded length: for a file stream the paths, one per line. Empty if there is nothing to say.
  std::string metadata_description;
};

/// One output of one batch.
struct output_operation_info {
  using time_point = std::chrono::microseconds;

  batch_time time;         ///< of the batch
  output_number id;        ///< in order of definition
  std::string name;        ///< of the operator: "print#3", or as it was named
  std::string description; ///< "print of reduce_by_key#2"
  time_point start_time{};
  std::optional<time_point> end_time;        ///< none while it runs
  std::optional<std::string> failure_reason; ///< what its function threw, or why it could not run

  std::optional<std::chrono::microseconds> duration() const;
};

/// A batch, as far as it has come. Optional times are none until they are known.
struct batch_info {
  using time_point = std::chrono::microseconds;

  batch_time time;
  std::map<stream_id, stream_input_info> stream_id_to_input_info;
  time_point submitted{}; ///< when it was cut
  std::optional<time_point>
      processing_start;                     ///< work begins with a batch's first records; this is when it has them all
  std::optional<time_point> processing_end; ///< when it was committed
  /// The outputs that have begun. An output whose stream has no dataset at that time does not begin.
  std::map<output_number, output_operation_info> output_operation_infos;

  /// The sums of all accumulators by name as of this batch: what has been committed with it. Empty until then.
  accumulated_sums accumulators;

  std::uint64_t num_records() const;
  std::optional<std::chrono::microseconds> scheduling_delay() const;
  std::optional<std::chrono::microseconds> processing_delay() const;
  std::optional<std::chrono::microseconds> total_delay() const;
};

/// Something that an input could not read and has left out: see `input_error_policy`.
struct input_error_info {
  stream_id stream; ///< the input stream
  std::string name; ///< of that stream: "text_file_stream#0", or as it was named
  batch_time time;  ///< of the batch it would have been in
  input_error error;
};

/// An epoch: the time from one start, or one restart, of a program to the next (see restart_policy).
struct epoch_info {
  std::uint64_t number = 0;   ///< over all processes that continue one checkpoint
  std::string failure_reason; ///< why it has ended; empty while it runs
  /// Where it began, or, once it has ended, where the program goes back to: the last batch that is committed. None:
  /// nothing is.
  std::optional<batch_time> last_commit;
  std::uint32_t restarts_left = 0; ///< within the time that the policy says
};

/// A receiver, and its last error.
struct receiver_info {
  using time_point = std::chrono::microseconds;

  stream_id stream; ///< the input stream that it feeds
  std::string name; ///< of that stream: "socket_text_stream#0", or as it was named
  bool active = false;
  std::string location; ///< the node it runs on: always "driver" so far
  std::string last_error_message;
  std::optional<time_point> last_error_time;
};

} // namespace sluice
