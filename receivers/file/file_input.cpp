// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/file/file_input.hpp>

#include <time.h>

#include <cstdint>
#include <memory>

#include <sluice/actors/base/errors.hpp>
#include <sluice/receivers/file/file_source.hpp>
#include <sluice/receivers/text/line_splitter.hpp>

namespace sluice {

batch_time file_environment::wall_clock_now() {
  // The clock by which the kernel dates files: it moves in ticks, and may be some milliseconds behind the system's
  // clock, by which a file made after the stream could look older than it.
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return batch_time{std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000};
}

std::function<std::unique_ptr<block_source>()> file_source_maker(std::string kind, std::string directory,
                                                                 file_to_blocks read, duration interval,
                                                                 file_options options, file_environment environment) {
  const auto refuse = [&kind](const std::string& why) { throw usage_error(kind + ": " + why); };
  if (directory.empty())
    refuse("the directory must not be empty; \".\" is the current one");
  if (directory.find("://") != std::string::npos)
    refuse("the directory must be a path of this machine, not '" + directory + "'");
  if (interval <= duration::zero())
    refuse("the batch interval must be positive");
  if (options.min_remember_duration <= duration::zero())
    refuse("min_remember_duration must be positive, not " + to_string(options.min_remember_duration));
  if (options.max_line == 0 || options.max_line > longest_max_line)
    refuse("max_line must be 1 to " + std::to_string(longest_max_line) + " bytes, not "
           + std::to_string(options.max_line));
  if (options.max_files_per_batch == 0 || options.max_bytes_per_batch == 0)
    refuse("max_files_per_batch and max_bytes_per_batch must be at least 1");
  const auto oldest = options.new_files_only ? environment.now() : batch_time{0};
  return [kind = std::move(kind), directory = std::move(directory), read = std::move(read), interval,
          options = std::move(options), environment = std::move(environment), oldest] {
    return std::make_unique<file_source>(kind, directory, read, interval, options, environment, oldest);
  };
}

input<std::string_view> text_file_input(const std::string& directory, duration interval, const file_options& options,
                                        file_environment environment) {
  const auto read = [max_line = options.max_line](input_file& file, file_part& part) {
    read_lines(file, part, max_line);
  };
  return {.kind = "text_file_stream",
          .description = "files in " + directory,
          .make_source =
              file_source_maker("text_file_stream", directory, read, interval, options, std::move(environment)),
          .can_repeat = true,
          .max_rate = options.max_rate};
}

input<bytes_view> binary_records_input(const std::string& directory, std::size_t record_bytes, duration interval,
                                       const file_options& options, file_environment environment) {
  if (record_bytes == 0 || record_bytes > longest_max_line)
    throw usage_error("binary_records_stream: a record must be 1 to " + std::to_string(longest_max_line)
                      + " bytes long, not " + std::to_string(record_bytes));
  const auto read = [record_bytes](input_file& file, file_part& part) { read_records(file, part, record_bytes); };
  return {.kind = "binary_records_stream",
          .description = "files in " + directory,
          .make_source =
              file_source_maker("binary_records_stream", directory, read, interval, options, std::move(environment)),
          .can_repeat = true,
          .max_rate = options.max_rate};
}

} // namespace sluice
