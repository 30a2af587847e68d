// SPDX-License-Identifier: BSD-3-Clause
//
// Makes records in blocks of the bytes of files: the part of one file that one batch takes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <sluice/actors/batch/batch_io.hpp>
#include <sluice/receivers/file/input_file.hpp>
#include <sluice/receivers/receiver/block_builder.hpp>

namespace sluice {

/// What happens if input cannot be read.
enum class input_error_policy {
  stop,        ///< the program stops, with an error that says where it is and why
  skip_record, ///< the record is left out; where no record can be told from the next one, the rest of the file
  skip_file,   ///< the rest of the file is left out, from there on
};

/// Collects records of type T in blocks, until it has as many bytes as there is room for.
template <record T>
class block_writer {
public:
  /// @param room bytes of blocks; 0 for none
  explicit block_writer(std::uint64_t room) : room_{room} { set_next_cut(); }

  /// Throws std::length_error for a record that is too large.
  void operator()(const T& x) {
    writer_.append(x);
    if (writer_.size() >= cut_at_) [[unlikely]]
      cut();
  }

  /// Whether the last record has reached the end of the room. More may be written all the same.
  bool is_full() const { return cut_at_ == 0; }

  /// What has been written, as blocks.
  std::vector<batch> take() {
    if (writer_.count() != 0)
      cut();
    return std::exchange(blocks_, {});
  }

private:
  void cut() {
    blocks_.push_back(writer_.freeze());
    room_ -= std::min<std::uint64_t>(room_, blocks_.back().bytes().size());
    set_next_cut();
  }

  void set_next_cut() { cut_at_ = static_cast<std::size_t>(std::min<std::uint64_t>(room_, default_block_bytes)); }

  batch_writer<T> writer_;
  std::vector<batch> blocks_;
  std::uint64_t room_;
  std::size_t cut_at_ = 0;
};

/// Takes the records that a function makes of a file: a function object that is called with each. What views point to
/// is copied.
template <record T>
class file_emitter {
public:
  explicit file_emitter(std::size_t limit) : limit_{limit}, writer_{limit} {}

  /// Throws std::length_error for a record that is too large, and for one too many.
  void operator()(const T& x) {
    if (writer_.is_full()) [[unlikely]]
      throw std::length_error("its records take more than the limit of " + std::to_string(limit_)
                              + " bytes (max_emitted)");
    writer_(x);
  }

  std::vector<batch> take() { return writer_.take(); }

private:
  std::size_t limit_;
  block_writer<T> writer_;
};

/// A record that has been left out of a file.
struct bad_record {
  std::uint64_t offset = 0;
  std::string reason;
};

/// The part of one file that one batch takes.
struct file_part {
  /// Each batch reports at most this many bad records.
  static constexpr std::size_t most_told = 100;

  std::uint64_t room = 0;  ///< bytes of blocks: the record that reaches them is the last one
  std::uint64_t bytes = 0; ///< about so many bytes of the file are enough
  input_error_policy on_error = input_error_policy::stop;
  std::vector<batch> blocks;
  std::vector<bad_record> bad;   ///< of those left out the first ones
  std::uint64_t bad_records = 0; ///< left out
  std::uint64_t trouble = 0;     ///< the offset of a record that is not left out

  /// A record cannot be read. Leaves it out, or throws std::length_error with the reason.
  void leave_out(std::uint64_t offset, const std::string& reason) {
    trouble = offset;
    if (on_error != input_error_policy::skip_record)
      throw std::length_error(reason);
    ++bad_records;
    if (bad.size() < most_told)
      bad.push_back({offset, reason});
  }
};

/// Makes blocks of a file from its offset on, and leaves the offset where it is to go on: at the end of the file if
/// that has been read. What it throws names the trouble, not the file; the blocks made before then count.
using file_to_blocks = std::function<void(input_file&, file_part&)>;

/// The lines of a text file, as socket_text_input cuts them.
void read_lines(input_file& file, file_part& part, std::size_t max_line);

/// Records of `record_bytes` bytes, one after another. Another length of a file is an error.
void read_records(input_file& file, file_part& part, std::size_t record_bytes);

} // namespace sluice
