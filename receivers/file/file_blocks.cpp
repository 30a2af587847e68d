// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/file/file_blocks.hpp>

#include <limits>
#include <span>
#include <string_view>

#include <sluice/receivers/text/line_splitter.hpp>

namespace sluice {

namespace {

constexpr std::size_t read_bytes = std::size_t{256} << 10;
constexpr std::size_t least_read_bytes = std::size_t{4} << 10;

/// Where a part of the file ends that begins at `begin`, as bytes of the file go.
std::uint64_t end_of(const file_part& part, std::uint64_t begin) {
  return part.bytes < std::numeric_limits<std::uint64_t>::max() - begin ? begin + part.bytes
                                                                        : std::numeric_limits<std::uint64_t>::max();
}

/// How much to read at once, to get to `end` and not much further.
std::size_t next_read(const input_file& file, std::uint64_t end) {
  const auto left = end - std::min(end, file.offset());
  return static_cast<std::size_t>(std::clamp<std::uint64_t>(left, least_read_bytes, read_bytes));
}

/// Puts the lines into blocks until there is no room. Returns whether it has walked through all of them.
bool write_lines(line_splitter::lines& lines, block_writer<std::string_view>& emit) {
  for (const auto line : lines) {
    emit(line);
    if (emit.is_full()) [[unlikely]]
      return false;
  }
  return true;
}

void write_lines_of(input_file& file, file_part& part, std::size_t max_line, block_writer<std::string_view>& emit) {
  const auto begin = file.offset();
  const auto end = end_of(part, begin);
  line_splitter splitter{max_line};
  for (;;) {
    auto space = splitter.space();
    const auto n = file.read(space.first(std::min(space.size(), next_read(file, end))));
    if (n == 0)
      break;
    auto lines = splitter.take(n);
    for (;;) {
      if (!write_lines(lines, emit))
        return file.go_to(file.offset() - lines.bytes_behind());
      if (!splitter.too_long())
        break;
      part.leave_out(file.offset() - lines.bytes_behind(),
                     "a line is longer than the limit of " + std::to_string(max_line) + " bytes (max_line)");
      lines.leave_out();
    }
    const auto place = file.offset() - splitter.pending();
    if (file.offset() >= end && place > begin && !splitter.is_leaving_out())
      return file.go_to(place);
  }
  if (const auto rest = splitter.rest())
    emit(*rest);
}

void write_records_of(input_file& file, file_part& part, std::size_t record_bytes, block_writer<bytes_view>& emit) {
  const auto end = end_of(part, file.offset());
  const auto whole = file.size() - file.size() % record_bytes;
  const auto say = [&] {
    part.leave_out(whole, "its length of " + std::to_string(file.size()) + " bytes is no multiple of a record's "
                              + std::to_string(record_bytes));
  };
  if (whole != file.size() && part.on_error != input_error_policy::skip_record)
    say(); // before any of its records is in a batch
  std::vector<char> buffer(std::max(read_bytes / record_bytes, std::size_t{1}) * record_bytes);
  while (file.offset() < whole) {
    const auto begin = file.offset();
    const auto records = std::max(next_read(file, end) / record_bytes, std::size_t{1});
    const auto most = std::min<std::uint64_t>({buffer.size(), records * record_bytes, whole - begin});
    const auto n = file.read_full(std::span{buffer}.first(static_cast<std::size_t>(most)));
    const auto content = std::as_bytes(std::span{buffer}.first(n));
    for (std::size_t i = 0; i < n; i += record_bytes) {
      emit(content.subspan(i, record_bytes));
      if (emit.is_full()) [[unlikely]] {
        file.go_to(begin + i + record_bytes);
        break;
      }
    }
    if (emit.is_full() || file.offset() >= end)
      break;
  }
  if (file.offset() == whole && whole != file.size()) {
    say();
    file.go_to(file.size());
  }
}

} // namespace

void read_lines(input_file& file, file_part& part, std::size_t max_line) {
  block_writer<std::string_view> emit{part.room};
  try {
    write_lines_of(file, part, max_line, emit);
  } catch (...) {
    part.blocks = emit.take();
    throw;
  }
  part.blocks = emit.take();
}

void read_records(input_file& file, file_part& part, std::size_t record_bytes) {
  block_writer<bytes_view> emit{part.room};
  try {
    write_records_of(file, part, record_bytes, emit);
  } catch (...) {
    part.blocks = emit.take();
    throw;
  }
  part.blocks = emit.take();
}

} // namespace sluice
