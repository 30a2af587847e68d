// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string_view>

#include <sluice/actors/base/log.hpp>
#include <sluice/actors/os/file_system.hpp>
#include <sluice/receivers/file/file_blocks.hpp>
#include <sluice/receivers/file/file_selection.hpp>
#include <sluice/receivers/text/line_splitter.hpp>

namespace sluice {

struct file_options {
  /// Which files are read; without one, all of them.
  file_filter filter = is_not_hidden;
  /// Whether files modified before the stream was made are left out. If not, those no older than the remember window
  /// are in the first batch.
  bool new_files_only = true;
  /// How long after its modification a file may be found, and how long it is known after that; rounded up to batches.
  /// The clocks of this machine and of the writer of the files must differ by less.
  duration min_remember_duration = std::chrono::minutes{1};
  /// Of text files: a longer line is an error. Less than 4 MiB.
  std::size_t max_line = default_max_line;
  /// Of files that are handed to a function as a whole: a larger one is an error.
  std::size_t max_contents = std::size_t{256} << 20;
  /// Of files that are handed to a function: more bytes of records of one file are an error.
  std::size_t max_emitted = std::size_t{256} << 20;
  /// What happens if something cannot be read.
  input_error_policy on_error = input_error_policy::stop;
  /// When a file counts as another file.
  file_versions versions = file_versions::by_name;
  /// Whether directories below are looked into, to any depth.
  bool recursive = false;
  /// A batch reads at most this many files. At least 1.
  std::size_t max_files_per_batch = std::numeric_limits<std::size_t>::max();
  /// A batch reads about this many bytes of files: up to 4 KiB more, and one record at least. Files that are handed to
  /// a function are read as a whole, one at least. At least 1.
  std::uint64_t max_bytes_per_batch = std::numeric_limits<std::uint64_t>::max();
  /// Records per second at most, as many bytes of records per batch as that takes; 0: no limit.
  double max_rate = 0;
};

/// The environment of a file source.
struct file_environment {
  std::shared_ptr<file_system> files = local_file_system();
  std::function<batch_time()> now = wall_clock_now;
  /// How far batch times are ahead of the clock that dates files.
  std::function<duration()> ahead = [] { return duration::zero(); };
  std::function<void(std::string_view)> warn = log_warning;

  static batch_time wall_clock_now();
};

} // namespace sluice
