// SPDX-License-Identifier: BSD-3-Clause
//
// The files that appear in a directory, each read once, by the batches that have room for it. How files are chosen is
// in file_selection.hpp, how they become records in file_blocks.hpp.
#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <sluice/receivers/file/file_blocks.hpp>
#include <sluice/receivers/file/file_options.hpp>
#include <sluice/receivers/receiver/input.hpp>

namespace sluice {

/// Makes the source of any input from files. Throws usage_error for a directory that cannot be one, and for limits that
/// cannot work.
/// `interval`: between batches.
std::function<std::unique_ptr<block_source>()> file_source_maker(std::string kind, std::string directory,
                                                                 file_to_blocks read, duration interval,
                                                                 file_options options, file_environment environment);

/// The lines of text files, as socket_text_input cuts them.
input<std::string_view> text_file_input(const std::string& directory, duration interval,
                                        const file_options& options = {}, file_environment environment = {});

/// Records of `record_bytes` bytes, one after another. Another length of a file is an error.
input<bytes_view> binary_records_input(const std::string& directory, std::size_t record_bytes, duration interval,
                                       const file_options& options = {}, file_environment environment = {});

/// The records that `parse` makes of a file: parse(path, contents, emit), with the contents as a string_view, or for
/// files of any size parse(file, emit), with an input_file&. Both call emit(record) for each record. One batch gets the
/// whole file; if `parse` throws, it gets nothing of the file.
template <record T, class Parse>
input<T> file_input(const std::string& directory, Parse parse, duration interval, const file_options& options = {},
                    file_environment environment = {}) {
  constexpr bool whole = std::invocable<Parse&, const std::filesystem::path&, std::string_view, file_emitter<T>&>;
  static_assert(whole || std::invocable<Parse&, input_file&, file_emitter<T>&>,
                "sluice: file_stream: the function can be called neither as f(path, contents, emit) nor as f(file, "
                "emit)");
  const auto read = [parse = std::move(parse), max_contents = options.max_contents,
                     max_emitted = options.max_emitted](input_file& file, file_part& part) mutable {
    file_emitter<T> emit{max_emitted};
    if constexpr (whole)
      parse(file.path(), std::string_view{file.contents(max_contents)}, emit);
    else
      parse(file, emit);
    part.blocks = emit.take();
    file.go_to(file.size());
  };
  return {.kind = "file_stream",
          .description = "files in " + directory,
          .make_source = file_source_maker("file_stream", directory, read, interval, options, std::move(environment)),
          .can_repeat = true,
          .max_rate = options.max_rate};
}

} // namespace sluice
