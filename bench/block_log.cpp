// SPDX-License-Identifier: BSD-3-Clause
//
// What the write-ahead log takes: blocks of 256 KiB, so many in a synced transaction, freed as batches are committed;
// beside a loop that appends as much to a file and syncs it as often, in the same directory. The last row is group
// commit, as receivers use it: blocks come as fast as the log takes them, and one thread writes what waits.
//
// The directory is a new one in TMPDIR, or in /tmp. It should be on a disk.
#include <sluice/actors/batch/batch_io.hpp>
#include <sluice/state/log/log_writer.hpp>
#include <sluice/state/store/lmdb_store.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <future>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "cost_report.hpp"
#include "distribution.hpp"
#include "median.hpp"
#include "scratch.hpp"
#include "synced_file.hpp"

namespace sluice::bench {

namespace {

namespace fs = std::filesystem;
using clock = std::chrono::steady_clock;

constexpr std::size_t blocks = 1024; ///< in a run
constexpr std::size_t rounds = 5;
constexpr std::int64_t batches_in_flight = 3;
constexpr double most = 1.25; ///< of the bare loop's time: 0.8 of its rate

void require(const error& err) {
  if (err)
    throw std::runtime_error{describe(err)};
}

double ms_since(clock::time_point start) {
  return std::chrono::duration<double, std::milli>{clock::now() - start}.count();
}

batch make_block() {
  std::vector<std::int64_t> records(usual_batch_bytes / sizeof(std::int64_t));
  std::uint64_t x = 1;
  for (auto& r : records)
    r = static_cast<std::int64_t>(x = x * 6364136223846793005 + 1442695040888963407);
  return make_batch<std::int64_t>(records);
}

/// Appends to a file, with a sync after each `per_sync` blocks.
void run_bare(const batch& block, std::size_t per_sync, distribution& commits) {
  const scratch dir;
  synced_file file{dir.path() / "file"};
  const auto bytes = block.bytes();
  for (std::size_t done = 0; done < blocks; done += per_sync) {
    const auto start = clock::now();
    for (std::size_t i = 0; i < per_sync; ++i)
      file.append(bytes);
    file.sync();
    commits.add(ms_since(start));
  }
}

/// The blocks of one batch, and the release of an earlier one.
log_group next_group(const batch& block, std::int64_t t, std::size_t per_sync) {
  log_group result;
  const auto first = static_cast<block_number>(t - 1) * per_sync + 1;
  for (std::size_t i = 0; i < per_sync; ++i)
    result.blocks.push_back({"lines", first + i, block});
  const input_share share{.first_block = first, .end_block = first + per_sync, .is_logged = true};
  result.allocations.push_back({batch_time{t}, {{"lines", share}}});
  if (t > batches_in_flight)
    result.release = batch_time{t - batches_in_flight};
  return result;
}

void run_log(const batch& block, std::size_t per_sync, distribution& commits) {
  const scratch dir;
  const auto store = lmdb_store::open(dir.path() / "blocks").value();
  auto log = block_log::open(*store).value();
  for (std::size_t done = 0; done < blocks; done += per_sync) {
    const auto group = next_group(block, static_cast<std::int64_t>(done / per_sync) + 1, per_sync);
    const auto start = clock::now();
    require(log.write(group).why);
    commits.add(ms_since(start));
  }
}

/// Waits while a writer is full.
class credit {
public:
  void take(log_writer& from) {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&from] { return !from.is_full(); });
  }
  void give_back() {
    const std::lock_guard lock{mutex_};
    changed_.notify_one();
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
};

/// Gives a writer blocks as fast as it takes them; a commit lasts from there to the word that a block is durable.
void run_writer(const batch& block, std::size_t per_batch, distribution& commits) {
  const scratch dir;
  real_side_threads threads;
  const auto store = lmdb_store::open(dir.path() / "blocks").value();
  std::mutex mutex;
  credit room;
  {
    log_writer writer{std::make_shared<block_log>(block_log::open(*store).value()), threads.start("log")};
    for (std::size_t done = 0; done < blocks; done += per_batch) {
      auto group = next_group(block, static_cast<std::int64_t>(done / per_batch) + 1, per_batch);
      for (auto& x : group.blocks) {
        room.take(writer);
        writer.append(std::move(x), [&, start = clock::now()](const error& why) {
          const std::lock_guard lock{mutex};
          if (!why)
            commits.add(ms_since(start));
          room.give_back();
        });
      }
      for (auto& x : group.allocations)
        writer.allocate(std::move(x), {});
      if (group.release)
        writer.release(*group.release);
    }
    std::promise<void> closed;
    writer.close([&closed] { closed.set_value(); });
    closed.get_future().wait();
  }
  threads.wait(std::chrono::seconds{10});
}

using run_function = void (*)(const batch&, std::size_t, distribution&);

/// What several runs came to.
struct result {
  std::vector<double> megabytes_per_second;
  distribution commits;

  void run(run_function f, const batch& block, std::size_t per_sync) {
    const auto start = clock::now();
    f(block, per_sync, commits);
    const auto bytes = static_cast<double>(block.bytes().size() * blocks);
    megabytes_per_second.push_back(bytes / 1e3 / ms_since(start));
  }
};

void compare(cost_report& report, const char* what, run_function log, std::size_t per_sync, const batch& block) {
  result with;
  result bare;
  for (std::size_t i = 0; i < rounds; ++i) {
    bare.run(&run_bare, block, per_sync);
    with.run(log, block, per_sync);
  }
  if (log == &run_writer && with.commits.count() != rounds * blocks)
    throw std::runtime_error{"a block did not become durable"};
  const auto bare_rate = median_of(bare.megabytes_per_second);
  const auto rate = median_of(with.megabytes_per_second);
  std::printf("%-28s %10.0f %12.1f %10.0f %12.1f %10.2f   (target: at least 0.8)\n", what, bare_rate,
              bare.commits.quantile(0.99), rate, with.commits.quantile(0.99), rate / bare_rate);
  report.add(std::string{what} + ", MB/s", rate);
  report.add(std::string{what} + ", MB/s of the bare loop", bare_rate);
  report.add(std::string{what} + ", ms of a commit, p99", with.commits.quantile(0.99));
  report.add(std::string{what} + ", ms of the bare loop, p99", bare.commits.quantile(0.99));
  report.add(std::string{what} + ", bare loop's rate by the log's", bare_rate / rate, most);
}

void run(cost_report& report) {
  const auto block = make_block();
  std::printf("\nblock_log: %zu blocks of %zu KiB, medians of %zu rounds, in %s\n", blocks, block.bytes().size() / 1024,
              rounds, fs::temp_directory_path().c_str());
  std::printf("%-28s %10s %12s %10s %12s %10s\n", "", "bare MB/s", "p99 ms", "log MB/s", "p99 ms", "of bare");
  compare(report, "1 block a transaction", &run_log, 1, block);
  compare(report, "4 blocks a transaction", &run_log, 4, block);
  compare(report, "group commit", &run_writer, 16, block);
}

} // namespace

} // namespace sluice::bench

int main(int argc, char** argv) {
  return sluice::bench::run_cost_bench(argc, argv, "block_log", "Measures appends to the write-ahead log.",
                                       &sluice::bench::run);
}
