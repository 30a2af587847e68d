// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/file/file_source.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

#include <sluice/actors/base/crc32c.hpp>
#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/base/user_code.hpp>
#include <sluice/receivers/file/file_notes.hpp>

namespace sluice {

namespace {

constexpr std::size_t max_description = std::size_t{4} << 10;
constexpr std::size_t tail_bytes = std::size_t{4} << 10;

/// The CRC of the bytes before `offset`, as `waiting_file` keeps it. Throws runtime_failure if they cannot be read.
std::uint32_t tail_before(std::uint64_t offset, file_reader& from) {
  std::vector<char> tail(static_cast<std::size_t>(std::min<std::uint64_t>(offset, tail_bytes)));
  input_file file{{}, from, offset - tail.size()};
  tail.resize(file.read_full(tail));
  return crc32c(std::as_bytes(std::span{tail}));
}

/// Whether a file is still the one that was read in part, as far as can be told without reading it. (A copy of a
/// directory has other inodes.)
bool is_same(const file_version& a, const file_version& b) {
  return a.modified_ns == b.modified_ns && a.size == b.size;
}

} // namespace

file_source::file_source(std::string name, std::string directory, file_to_blocks read, duration interval,
                         file_options options, file_environment environment, batch_time oldest)
    : name_{std::move(name)}, directory_{std::move(directory)}, read_{std::move(read)}, interval_{interval},
      options_{std::move(options)}, environment_{std::move(environment)},
      selection_{interval, remember_window(interval, options_.min_remember_duration), oldest, options_.versions} {}

expected<std::optional<std::vector<batch>>> file_source::pull(batch_time t, std::uint64_t room) {
  taken_.clear();
  pieces_.clear();
  errors_.clear();
  errors_before_ = errors_so_far_;
  if (auto err = look(t))
    return err;
  share mine{t, room, options_.max_bytes_per_batch, options_.max_files_per_batch};
  for (std::size_t i = 0; i < selection_.waiting().size() && mine.is_left();) {
    const auto done = read(i, mine);
    if (done == step::stop)
      return std::move(failure_);
    if (done == step::left)
      break;
    if (done == step::absent)
      ++i;
  }
  warn_of_errors();
  return std::optional{std::move(mine.blocks)};
}

/// Finds out what is new.
error file_source::look(batch_time t) {
  auto listing = list();
  const auto ahead = environment_.ahead();
  std::vector<file_note> notes;
  const auto failure =
      detail::failure_of([&] { notes = selection_.select(t, std::move(listing), options_.filter, ahead); });
  if (failure)
    return make_error(ec::user_code_failed, "the filter of files in '" + directory_ + "' failed: " + *failure);
  for (const auto& x : notes)
    tell(x);
  return {};
}

/// What is there; none if that cannot be said.
std::optional<std::vector<listed_file>> file_source::list() {
  const auto before = environment_.now();
  auto found =
      environment_.files->list(directory_, options_.recursive ? listing_depth::tree : listing_depth::directory);
  warn_of_slow_listing(environment_.now() - before);
  warn_of_listing(found ? std::string{} : describe(found.error()));
  if (!found)
    return std::nullopt;
  return std::move(*found);
}

/// Once, until it has been fast again.
void file_source::warn_of_slow_listing(duration taken) {
  const auto is_slow = taken > interval_;
  if (is_slow && !listing_is_slow_)
    environment_.warn("listing '" + directory_ + "' took " + to_string(taken) + ", longer than a batch of "
                      + to_string(interval_) + "; have fewer files there, or longer batches");
  listing_is_slow_ = is_slow;
}

/// Once, as long as it stays the same trouble.
void file_source::warn_of_listing(std::string trouble) {
  if (!trouble.empty() && trouble != listing_trouble_)
    environment_.warn(trouble + "; no new files until that is over");
  listing_trouble_ = std::move(trouble);
}

void file_source::tell(const file_note& x) {
  environment_.warn(sentence_of(x, remember_window(interval_, options_.min_remember_duration)));
  if (x.offset != 0)
    add_error(left_out::rest, x.path, x.offset,
              x.why == passed_over::gone ? "it has gone" : "it has been replaced by another version");
}

/// Reads of file `i` what there is room for.
file_source::step file_source::read(std::size_t i, share& of) {
  const auto& x = selection_.waiting()[i];
  const auto opened = environment_.files->open(x.path);
  if (!opened)
    return give_up(i, of.t, x.version, x.offset == 0 ? left_out::file : left_out::rest, x.offset, opened.error());
  if (!*opened)
    return step::absent;
  auto& from = **opened;
  if (options_.versions == file_versions::each_once && from.version() != x.version) {
    if (const auto note = selection_.drop_replaced(i))
      tell(*note);
    return step::read;
  }
  if (const auto why = why_not_go_on(x, from); !why.empty())
    return give_up(i, of.t, x.version, left_out::rest, x.offset, make_error(ec::storage_failed, why));
  return read_part(i, from, of);
}

/// Why the rest of a file that has been read in part cannot be; empty if it can.
std::string file_source::why_not_go_on(const waiting_file& x, file_reader& from) const {
  const auto now = from.version();
  if (x.offset == 0 || is_same(now, x.version))
    return {};
  auto is_known = now.size >= x.offset;
  if (const auto failure = detail::failure_of([&] { is_known = is_known && tail_before(x.offset, from) == x.tail; }))
    return *failure;
  return is_known ? "" : "it has been cut, or replaced by another, after that much of it had been read";
}

file_source::step file_source::read_part(std::size_t i, file_reader& from, share& of) {
  const auto& x = selection_.waiting()[i];
  const auto begin = x.offset;
  input_file file{x.path, from, begin};
  file_part part{.room = of.room, .bytes = of.bytes, .on_error = options_.on_error};
  std::uint32_t tail = 0;
  const auto failure = detail::failure_of([&] {
    read_(file, part);
    part.trouble = file.offset();
    tail = tail_before(file.offset(), from);
  });
  pieces_.push_back({x.path, from.version(), begin, file.offset(), tail, of.room, of.bytes});
  for (auto& each : part.bad)
    add_error(left_out::record, x.path, each.offset, std::move(each.reason));
  errors_so_far_ += part.bad_records - part.bad.size();
  const auto part_is_empty = part.blocks.empty();
  for (auto& block : part.blocks) {
    of.room -= std::min<std::uint64_t>(of.room, block.bytes().size());
    of.blocks.push_back(std::move(block));
  }
  of.bytes -= std::min(of.bytes, std::max(begin, file.offset()) - begin);
  --of.files;
  const auto is_whole = begin == 0 && file.is_at_end() && !failure;
  taken_.push_back(
      is_whole ? x.path : x.path + " (bytes " + std::to_string(begin) + " to " + std::to_string(file.offset()) + ")");
  if (failure) {
    const auto code = file.is_broken() ? ec::storage_failed : ec::user_code_failed;
    const auto where = file.is_broken() ? file.offset() : part.trouble;
    const auto what = begin == 0 && part_is_empty ? left_out::file : left_out::rest;
    return give_up(i, of.t, from.version(), what, where, make_error(code, *failure));
  }
  if (file.is_at_end()) {
    selection_.finish(i, of.t, from.version());
    return step::read;
  }
  selection_.go_on(i, from.version(), file.offset(), tail);
  return step::left;
}

/// File `i`, or the rest of it, cannot be read: there is trouble at `offset`.
file_source::step file_source::give_up(std::size_t i, batch_time t, const file_version& as, left_out what,
                                       std::uint64_t offset, const error& why) {
  const auto path = selection_.waiting()[i].path;
  if (options_.on_error == input_error_policy::stop) {
    failure_ = make_error(static_cast<ec>(why.code()), stop_sentence(path, offset, describe(why)));
    return step::stop;
  }
  add_error(what, path, offset, describe(why));
  selection_.finish(i, t, as);
  return step::read;
}

void file_source::add_error(left_out what, std::string path, std::uint64_t offset, std::string reason) {
  ++errors_so_far_;
  if (errors_.size() < file_part::most_told)
    errors_.push_back({what, std::move(path), offset, std::move(reason), errors_so_far_});
}

void file_source::warn_of_errors() {
  if (!errors_.empty())
    environment_.warn(name_ + " of '" + directory_
                      + "': " + left_out_sentence(errors_.front(), errors_so_far_ - errors_before_ - 1));
}

std::vector<input_error> file_source::take_errors() { return std::exchange(errors_, {}); }

/// The paths, one per line, as long as there is room.
std::string file_source::description() const {
  std::string result;
  for (std::size_t i = 0; i < taken_.size(); ++i) {
    if (result.size() + taken_[i].size() > max_description)
      return result + "and " + std::to_string(taken_.size() - i) + " more";
    result += taken_[i];
    if (i + 1 < taken_.size())
      result += '\n';
  }
  return result;
}

expected<std::string> file_source::recipe() { return to_recipe(pieces_); }

expected<std::vector<batch>> file_source::repeat(std::string_view recipe) {
  const auto pieces = read_file_recipe(recipe);
  if (!pieces)
    return pieces.error();
  std::vector<batch> result;
  for (const auto& x : *pieces)
    if (auto err = read_again(x, result))
      return make_error(static_cast<ec>(err.code()),
                        "a batch runs again and needs bytes " + std::to_string(x.begin) + " to " + std::to_string(x.end)
                            + " of '" + x.path + "', but " + describe(err)
                            + "; put the file back, or start over from another checkpoint");
  return result;
}

error file_source::read_again(const file_piece& x, std::vector<batch>& blocks) {
  const auto opened = environment_.files->open(x.path);
  if (!opened)
    return opened.error();
  if (!*opened)
    return make_error(ec::storage_failed, "it has gone");
  auto& from = **opened;
  error result;
  const auto failure = detail::failure_of([&] {
    if (from.version().size < x.end || (!is_same(from.version(), x.version) && tail_before(x.end, from) != x.tail)) {
      result = make_error(ec::storage_failed, "it has been cut, or replaced by another");
      return;
    }
    // What has been appended meanwhile belongs to no batch or to a later one.
    input_file file{x.path, from, x.begin, std::min(x.version.size, from.version().size)};
    file_part part{.room = x.room, .bytes = x.bytes, .on_error = options_.on_error};
    const auto bad = detail::failure_of([&] { read_(file, part); });
    if (file.is_broken())
      throw runtime_failure{*bad};
    if (file.offset() != x.end) {
      result = make_error(ec::storage_failed, "other records come out of it than before");
      return;
    }
    std::ranges::move(part.blocks, std::back_inserter(blocks));
  });
  return failure ? make_error(ec::storage_failed, *failure) : result;
}

expected<std::string> file_source::position() { return to_bytes(selection_.position(), directory_); }

error file_source::resume(std::string_view position) {
  auto from = read_file_position(position, directory_);
  if (!from)
    return std::move(from.error());
  if (*from)
    selection_.resume(std::move(**from));
  return {};
}

} // namespace sluice
