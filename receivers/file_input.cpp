// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/file_input.hpp>

#include <time.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>

#include <sluice/actors/errors.hpp>
#include <sluice/actors/user_code.hpp>
#include <sluice/receivers/line_splitter.hpp>

namespace sluice {

namespace {

constexpr std::size_t read_bytes = std::size_t{256} << 10;
constexpr std::size_t max_description = std::size_t{4} << 10;

/// The paths, one a line, as long as there is room.
std::string paths_of(std::span<const listed_file> files) {
  std::string result;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const auto& path = files[i].path.native();
    if (result.size() + path.size() > max_description)
      return result + "and " + std::to_string(files.size() - i) + " more";
    result += path;
    if (i + 1 < files.size())
      result += '\n';
  }
  return result;
}

/// Finds the files of each batch, and reads them.
class file_source : public block_source {
public:
  file_source(std::string directory, file_to_blocks read, duration interval, file_options options,
              file_environment environment, batch_time oldest)
      : directory_{std::move(directory)}, read_{std::move(read)}, interval_{interval},
        filter_{std::move(options.filter)}, environment_{std::move(environment)},
        selection_{interval, remember_window(interval, options.min_remember_duration), oldest} {}

  caf::expected<std::optional<std::vector<batch>>> pull(batch_time t, std::uint64_t /*room*/) override {
    auto listing = list();
    std::vector<listed_file> files;
    if (const auto failure = detail::failure_of([&] { files = selection_.select(t, std::move(listing), filter_); }))
      return make_error(ec::user_code_failed, "the filter of files in '" + directory_ + "' failed: " + *failure);
    description_ = paths_of(files);
    std::vector<batch> result;
    for (const auto& file : files) {
      auto blocks = read(file.path);
      if (!blocks)
        return std::move(blocks.error());
      std::ranges::move(*blocks, std::back_inserter(result));
    }
    return result;
  }

  std::string description() const override { return description_; }

  caf::expected<std::string> position() override { return to_bytes(selection_.position(), directory_); }

  caf::error resume(std::string_view position) override {
    auto from = read_file_position(position, directory_);
    if (!from)
      return std::move(from.error());
    if (*from)
      selection_.resume(std::move(**from));
    return {};
  }

private:
  /// What is there; none if that cannot be said.
  std::optional<std::vector<listed_file>> list() {
    const auto before = environment_.now();
    auto found = environment_.files->list(directory_);
    const auto taken = environment_.now() - before;
    if (taken > interval_)
      environment_.warn("listing '" + directory_ + "' took " + to_string(taken) + ", longer than a batch of "
                        + to_string(interval_) + "; have fewer files there, or longer batches");
    warn_of(found ? std::string{} : describe(found.error()));
    if (!found)
      return std::nullopt;
    return std::move(*found);
  }

  /// Once, as long as it stays the same trouble.
  void warn_of(std::string trouble) {
    if (!trouble.empty() && trouble != trouble_)
      environment_.warn(trouble + "; no new files until that is over");
    trouble_ = std::move(trouble);
  }

  caf::expected<std::vector<batch>> read(const std::filesystem::path& path) {
    auto opened = environment_.files->open(path);
    if (!opened)
      return std::move(opened.error());
    input_file file{path, **opened};
    std::vector<batch> result;
    if (const auto failure = detail::failure_of([&] { result = read_(file); }))
      return make_error(file.is_broken() ? ec::storage_failed : ec::user_code_failed,
                        "file '" + path.string() + "': " + *failure);
    return result;
  }

  std::string directory_;
  file_to_blocks read_;
  duration interval_;
  file_filter filter_;
  file_environment environment_;
  file_selection selection_;
  std::string description_; ///< of the files of the batch pulled last
  std::string trouble_;
};

std::vector<batch> read_lines(input_file& file, std::size_t max_line) {
  block_writer<std::string_view> emit;
  line_splitter splitter{max_line};
  for (;;) {
    const auto n = file.read(splitter.space());
    if (n == 0)
      break;
    for (const auto line : splitter.take(n))
      emit(line);
    if (splitter.too_long())
      throw std::length_error("a line is longer than the limit of " + std::to_string(max_line) + " bytes (max_line)");
  }
  if (const auto rest = splitter.rest())
    emit(*rest);
  return emit.take();
}

std::vector<batch> read_records(input_file& file, std::size_t record_bytes) {
  block_writer<bytes_view> emit;
  std::vector<char> buffer(std::max(read_bytes / record_bytes, std::size_t{1}) * record_bytes);
  for (std::size_t done = 0;;) {
    const auto n = file.read_full(buffer);
    done += n;
    if (n % record_bytes != 0)
      throw std::length_error("its length of " + std::to_string(done) + " bytes is no multiple of a record's "
                              + std::to_string(record_bytes));
    const auto content = std::as_bytes(std::span{buffer}.first(n));
    for (std::size_t i = 0; i < n; i += record_bytes)
      emit(content.subspan(i, record_bytes));
    if (n < buffer.size())
      return emit.take();
  }
}

} // namespace

batch_time file_environment::wall_clock_now() {
  // The clock by which the kernel dates files: it moves in ticks, and may be some milliseconds behind the system's
  // clock, by which a file made after the stream could look older than it.
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return batch_time{std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000};
}

std::size_t input_file::read(std::span<char> into) {
  auto n = from_.read(into);
  if (!n) {
    broken_ = true;
    throw runtime_failure(describe(n.error()));
  }
  return *n;
}

std::size_t input_file::read_full(std::span<char> into) {
  std::size_t done = 0;
  while (done < into.size()) {
    const auto n = read(into.subspan(done));
    if (n == 0)
      break;
    done += n;
  }
  return done;
}

std::string input_file::contents(std::size_t limit) {
  std::string result;
  for (;;) {
    const auto kept = result.size();
    result.resize(std::max(2 * kept, read_bytes));
    const auto n = read_full(std::span{result}.subspan(kept));
    result.resize(kept + n);
    if (result.size() > limit)
      throw std::length_error("it is larger than the limit of " + std::to_string(limit)
                              + " bytes (max_contents); for files of any size give a function f(file, emit)");
    if (result.size() < std::max(2 * kept, read_bytes))
      return result;
  }
}

input make_file_input(std::string kind, std::string directory, file_to_blocks read, duration interval,
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
  auto description = "files in " + directory;
  const auto oldest = options.new_files_only ? environment.now() : batch_time{0};
  return {.kind = std::move(kind),
          .description = std::move(description),
          .make_source = [directory = std::move(directory), read = std::move(read), interval,
                          options = std::move(options), environment = std::move(environment), oldest] {
            return std::make_unique<file_source>(directory, read, interval, options, environment, oldest);
          }};
}

input text_file_input(const std::string& directory, duration interval, const file_options& options,
                      file_environment environment) {
  const auto read = [max_line = options.max_line](input_file& file) { return read_lines(file, max_line); };
  return make_file_input("text_file_stream", directory, read, interval, options, std::move(environment));
}

input binary_records_input(const std::string& directory, std::size_t record_bytes, duration interval,
                           const file_options& options, file_environment environment) {
  if (record_bytes == 0 || record_bytes > longest_max_line)
    throw usage_error("binary_records_stream: a record must be 1 to " + std::to_string(longest_max_line)
                      + " bytes long, not " + std::to_string(record_bytes));
  const auto read = [record_bytes](input_file& file) { return read_records(file, record_bytes); };
  return make_file_input("binary_records_stream", directory, read, interval, options, std::move(environment));
}

} // namespace sluice
