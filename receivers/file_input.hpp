// SPDX-License-Identifier: BSD-3-Clause
//
// The files that appear in a directory, each read once, by the batch in which it was found. How files are chosen is in
// file_selection.hpp; what is read here is cut into blocks, file by file.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sluice/actors/batch_io.hpp>
#include <sluice/actors/log.hpp>
#include <sluice/receivers/block_generator.hpp>
#include <sluice/receivers/file_selection.hpp>
#include <sluice/receivers/file_system.hpp>
#include <sluice/receivers/input.hpp>

namespace sluice {

struct file_options {
  /// Which files are read; without one, all of them.
  file_filter filter = is_not_hidden;
  /// Whether files modified before the stream was made are left out. If not, those no older than the remember window
  /// are in the first batch.
  bool new_files_only = true;
  /// How long after its modification a file may be found, and how long it is known when it was; rounded up to batches.
  /// The clock of this machine and that of whoever dates the files may differ by less.
  duration min_remember_duration = std::chrono::minutes{1};
  /// Of text files: a longer line is an error. Less than 4 MiB.
  std::size_t max_line = std::size_t{1} << 20;
  /// Of files that are handed to a function as a whole: a larger one is an error.
  std::size_t max_contents = std::size_t{256} << 20;
};

/// What a file source needs of the world.
struct file_environment {
  std::shared_ptr<file_system> files = local_file_system();
  std::function<batch_time()> now = wall_clock_now;
  std::function<void(std::string_view)> warn = log_warning;

  static batch_time wall_clock_now();
};

/// A file that is being made into records.
class input_file {
public:
  input_file(std::filesystem::path path, file_reader& from) : path_{std::move(path)}, from_{from} {}

  const std::filesystem::path& path() const { return path_; }

  /// Reads on; 0 only at the end. Throws runtime_failure if the disk does not let it.
  std::size_t read(std::span<char> into);

  /// As `read`, but gives as many bytes as fit until the file ends.
  std::size_t read_full(std::span<char> into);

  /// All that has not been read yet. Throws std::length_error if it is more than `limit` bytes.
  std::string contents(std::size_t limit);

  /// Whether the disk failed.
  bool is_broken() const { return broken_; }

private:
  std::filesystem::path path_;
  file_reader& from_;
  bool broken_ = false;
};

/// Takes the records of a file: a function object that is called with each. What views point to is copied.
template <record T>
class block_writer {
public:
  /// Throws std::length_error for a record that is too large.
  void operator()(const T& x) {
    writer_.append(x);
    if (writer_.size() >= default_block_bytes) [[unlikely]]
      blocks_.push_back(writer_.freeze());
  }

  /// What has been written, as blocks.
  std::vector<batch> take() {
    if (writer_.count() != 0)
      blocks_.push_back(writer_.freeze());
    return std::exchange(blocks_, {});
  }

private:
  batch_writer<T> writer_;
  std::vector<batch> blocks_;
};

/// Reads a file to its end, and returns its records as blocks. What it throws names the trouble, not the file.
using file_to_blocks = std::function<std::vector<batch>(input_file&)>;

/// What all inputs from files are. Throws usage_error for a directory that cannot be one, and for limits that cannot
/// work.
/// @param interval between batches.
input make_file_input(std::string kind, std::string directory, file_to_blocks read, duration interval,
                      file_options options, file_environment environment);

/// The lines of text files, as socket_text_input cuts them.
input text_file_input(const std::string& directory, duration interval, const file_options& options = {},
                      file_environment environment = {});

/// Records of `record_bytes` bytes, one after another. Another length of a file is an error.
input binary_records_input(const std::string& directory, std::size_t record_bytes, duration interval,
                           const file_options& options = {}, file_environment environment = {});

/// What `parse` makes of a file: parse(path, contents, emit), with the contents as a string_view, or for files of any
/// size parse(file, emit), with an input_file&. Either calls emit(record) for each record.
template <record T, class Parse>
input file_input(const std::string& directory, Parse parse, duration interval, const file_options& options = {},
                 file_environment environment = {}) {
  constexpr bool whole = std::invocable<Parse&, const std::filesystem::path&, std::string_view, block_writer<T>&>;
  static_assert(whole || std::invocable<Parse&, input_file&, block_writer<T>&>,
                "sluice: file_stream: the function can be called neither as f(path, contents, emit) nor as f(file, "
                "emit)");
  const auto read = [parse = std::move(parse), limit = options.max_contents](input_file& file) mutable {
    block_writer<T> emit;
    if constexpr (whole)
      parse(file.path(), std::string_view{file.contents(limit)}, emit);
    else
      parse(file, emit);
    return emit.take();
  };
  return make_file_input("file_stream", directory, read, interval, options, std::move(environment));
}

} // namespace sluice
