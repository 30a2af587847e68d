// SPDX-License-Identifier: BSD-3-Clause
//
// A write-ahead log whose content shows whether it is whole, beside its checkpoint: see subject.hpp.
//
// Write n appends the block n of the input "lines", so the number of blocks tells how many writes the log holds, and
// all else in it follows from that. The writes 2t - 1 and 2t belong to batch t. The first one has also a block of
// "words" if t is a multiple of 3, and releases the batches up to t - 1 - `kept`. The second one allocates what was
// received. So blocks and a release, and a block and its allocation, are in one transaction.
//
// A batch is committed in the checkpoint before it is released, so a log never has released what is not committed.
#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <sluice/actors/batch/batch_io.hpp>
#include <sluice/state/log/log_directory.hpp>

#include "subject.hpp"

namespace {

using namespace sluice;
using namespace torture;

constexpr std::int64_t kept = 5;

/// What the log holds after so many writes.
class content {
public:
  explicit content(std::int64_t writes) : writes_{writes}, received_{(writes + 1) / 2}, allocated_{writes / 2} {}

  std::int64_t received() const { return received_; }   ///< the last batch of which blocks are there
  std::int64_t allocated() const { return allocated_; } ///< the last batch that has got its blocks
  std::int64_t released() const { return std::max<std::int64_t>(0, received_ - 1 - kept); }

  block_counts lines() const { return {block(2 * released() + 1), block(2 * allocated_ + 1), block(writes_ + 1)}; }
  block_counts words() const {
    return {block(released() / 3 + 1), block(allocated_ / 3 + 1), block(received_ / 3 + 1)};
  }

  std::map<batch_time, allocation> pending() const {
    std::map<batch_time, allocation> result;
    for (auto t = released() + 1; t <= allocated_; ++t)
      result.emplace(batch_time{t}, allocation_of(t));
    return result;
  }

  static allocation allocation_of(std::int64_t t) {
    return {batch_time{t}, {{"lines", share(2 * t - 1, 2 * t + 1)}, {"words", share((t - 1) / 3 + 1, t / 3 + 1)}}};
  }

private:
  static block_number block(std::int64_t n) { return static_cast<block_number>(n); }
  static input_share share(std::int64_t first, std::int64_t end) {
    return {.first_block = block(first), .end_block = block(end), .is_logged = true};
  }

  std::int64_t writes_;
  std::int64_t received_;
  std::int64_t allocated_;
};

/// Each record of a block is its number, negative in a block of words.
std::int64_t record_of(const std::string& input, block_number number) {
  const auto n = static_cast<std::int64_t>(number);
  return input == "words" ? -n : n;
}

logged_block block_of(const std::string& input, block_number number, std::size_t payload) {
  const std::vector<std::int64_t> records(1 + payload / sizeof(std::int64_t), record_of(input, number));
  return {input, number, make_batch<std::int64_t>(records)};
}

log_group group_of_write(std::int64_t n, const block_log& log, std::size_t payload) {
  const content after{n};
  log_group result{.blocks = {block_of("lines", log.next_block("lines"), payload)}};
  if (n % 2 == 0) {
    result.allocations = {content::allocation_of(after.allocated())};
    return result;
  }
  if (after.received() % 3 == 0)
    result.blocks.push_back(block_of("words", log.next_block("words"), payload));
  if (after.released() > 0)
    result.release = batch_time{after.released()};
  return result;
}

std::int64_t writes_in(const block_log& log) { return static_cast<std::int64_t>(log.next_block("lines")) - 1; }

std::int64_t last_commit(const checkpoint_log& log) { return log.last_commit() ? log.last_commit()->time.ms() : 0; }

error commit(checkpoint_log& log, std::int64_t t) {
  if (t <= last_commit(log))
    return {};
  return log.commit({.time = batch_time{t}, .zero = batch_time{0}, .interval = duration{1}}, {});
}

/// Opens both, and returns the exit code of `use(checkpoint, log)`.
template <class F>
int open(const std::string& dir, F&& use) {
  const auto checkpoint = checkpoint_directory::open(dir + "/checkpoint", small_map);
  if (!checkpoint)
    return fail(checkpoint.error());
  const auto directory = log_directory::open(**checkpoint, small_map);
  if (!directory)
    return fail(directory.error());
  return use((*checkpoint)->log(), (*directory)->log());
}

int write_numbers(checkpoint_log& checkpoint, block_log& log, const acknowledgements& acknowledged, std::int64_t count,
                  std::size_t payload) {
  for (auto n = writes_in(log) + 1; n <= count; ++n) {
    if (auto err = commit(checkpoint, content{n}.released()))
      return fail(err);
    if (const auto result = log.write(group_of_write(n, log, payload)); result.why)
      return fail(result.why);
    if (auto err = acknowledged.tell(n))
      return fail(err);
  }
  return EXIT_SUCCESS;
}

/// Why the blocks of an input are not as they were written.
std::optional<std::string> fault_of_blocks(const block_log& log, const std::string& input, const block_counts& held) {
  if (log.counts(input) != held)
    return "the log does not hold the blocks of '" + input + "' that it should";
  auto blocks = log.blocks(input, held.first, held.next);
  if (!blocks)
    return describe(blocks.error());
  for (auto number = held.first; number < held.next; ++number) {
    auto block = blocks->next();
    if (!block)
      return describe(block.error());
    const auto where = "block " + std::to_string(number) + " of '" + input + "' ";
    if (!*block)
      return where + "is not given";
    const auto records = batch_reader<std::int64_t>::open(std::move(**block));
    if (!records)
      return where + "cannot be read: " + describe(records.error());
    bool is_right = records->size() > 0;
    for (std::size_t i = 0; i < records->size(); ++i)
      is_right = is_right && (*records)[i] == record_of(input, number);
    if (!is_right)
      return where + "holds something else";
  }
  return std::nullopt;
}

int check_numbers(const checkpoint_log& checkpoint, const block_log& log) {
  const auto n = writes_in(log);
  const content wanted{n};
  const auto after = "after write " + std::to_string(n) + ": ";
  for (const auto& [input, held] : {std::pair{"lines", wanted.lines()}, std::pair{"words", wanted.words()}})
    if (const auto fault = fault_of_blocks(log, input, held))
      return fail(after + *fault);
  if (log.pending() != wanted.pending())
    return fail(after + "the allocations that are pending are not those that should be");
  const auto released = log.released() ? log.released()->ms() : 0;
  if (released != wanted.released())
    return fail(after + "batch " + std::to_string(released) + " was released, not "
                + std::to_string(wanted.released()));
  const auto committed = last_commit(checkpoint);
  if (committed < released || committed > content{n + 1}.released())
    return fail(after + "batch " + std::to_string(committed) + " is committed, " + std::to_string(released)
                + " was released");
  std::printf("%lld\n", static_cast<long long>(n));
  return EXIT_SUCCESS;
}

int write(const std::string& dir, std::int64_t count, std::size_t payload) {
  return open(dir, [&](checkpoint_log& checkpoint, block_log& log) {
    return write_numbers(checkpoint, log, acknowledgements{dir}, count, payload);
  });
}

int check(const std::string& dir) { return open(dir, check_numbers); }

} // namespace

int main(int argc, char** argv) { return run_subject(argc, argv, write, check); }
