// SPDX-License-Identifier: BSD-3-Clause
#include "recovery_job.hpp"

#include <atomic>
#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include <sluice/actors/base/log.hpp>
#include <sluice/sluice.hpp>

#include "digest.hpp"
#include "signal.hpp"

namespace sluice::bench {

namespace {

using namespace std::chrono_literals;

/// The state of a key: 16 bytes.
struct tally {
  std::int64_t count = 0;
  std::int64_t sum = 0;
};

using keyed_number = std::pair<std::string_view, std::int64_t>;

constexpr std::string_view key_prefix = "user ";
constexpr std::string_view run_prefix = "run ";
constexpr auto tick = 10ms;

std::string name_of(std::string_view prefix, std::uint64_t n) {
  auto digits = std::to_string(n);
  return std::string{prefix} + std::string(8 - std::min<std::size_t>(digits.size(), 8), '0') + digits;
}

/// The records of a run: chunk by chunk, each of so many keys from here on, in a circle.
struct run_plan {
  explicit run_plan(const recovery_run& how)
      : keys{how.keys}, first{how.number == 0 ? 0 : mix(how.number) % how.keys},
        in_chunk{how.number == 0 ? std::min<std::uint64_t>(how.keys, 1'000)
                                 : std::max<std::uint64_t>(how.rate * tick.count() / 1000, 1)} {}

  std::uint64_t key(std::uint64_t chunk, std::uint64_t i) const { return (first + chunk * in_chunk + i) % keys; }

  /// Of the first run; the last of them begins the circle again if they do not come out even.
  std::uint64_t chunks_to_fill() const { return (keys + in_chunk - 1) / in_chunk; }

  std::uint64_t keys;
  std::uint64_t first;
  std::uint64_t in_chunk;
};

/// How many chunks a run has stored, and how many of these are in the log.
struct progress {
  std::uint64_t stored = 0;
  std::uint64_t durable = 0;
};

/// The progress of all runs, in a file, which outlives a process that is killed.
class progress_notes {
public:
  explicit progress_notes(const std::filesystem::path& directory)
      : fd_{::open((directory / "progress").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)} {
    if (fd_ < 0)
      throw std::runtime_error{"cannot open " + (directory / "progress").string()};
  }
  ~progress_notes() { ::close(fd_); }
  progress_notes(const progress_notes&) = delete;
  progress_notes& operator=(const progress_notes&) = delete;

  void note(std::uint64_t run, const progress& x) {
    if (::pwrite(fd_, &x, sizeof x, place(run)) != sizeof x)
      throw std::runtime_error{"cannot note the progress"};
  }
  progress of(std::uint64_t run) const {
    progress result;
    if (::pread(fd_, &result, sizeof result, place(run)) != sizeof result)
      return {};
    return result;
  }

private:
  static off_t place(std::uint64_t run) { return static_cast<off_t>(run * sizeof(progress)); }

  int fd_;
};

/// Stores the chunks of a run, and notes which of them are in the log.
class numbers : public receiver<keyed_number> {
public:
  explicit numbers(recovery_run how) : how_{std::move(how)} {}

protected:
  void on_start() override {
    thread_ = std::jthread{[this] {
      if (how_.role != recovery_role::check)
        store_chunks();
    }};
  }
  void on_stop() override { thread_ = {}; }

private:
  void store_chunks() {
    const run_plan plan{how_};
    const auto run = name_of(run_prefix, how_.number);
    const auto most = how_.role == recovery_role::fill ? plan.chunks_to_fill() : ~std::uint64_t{0};
    progress_notes notes{how_.directory};
    std::vector<std::string> names(plan.in_chunk);
    std::vector<keyed_number> records(plan.in_chunk + 1);
    auto next = std::chrono::steady_clock::now();
    for (std::uint64_t chunk = 0; chunk < most && !is_stopped(); ++chunk) {
      for (std::uint64_t i = 0; i < plan.in_chunk; ++i) {
        names[i] = name_of(key_prefix, plan.key(chunk, i));
        records[i] = {names[i], 1};
      }
      records.back() = {run, static_cast<std::int64_t>(chunk)};
      notes.note(how_.number, {chunk + 1, chunk});
      if (how_.role == recovery_role::fill) {
        store(records);
        continue;
      }
      if (store_durably(records))
        return;
      notes.note(how_.number, {chunk + 1, chunk + 1});
      std::this_thread::sleep_until(next += tick);
    }
  }

  recovery_run how_;
  std::jthread thread_;
};

void say(const std::string& what) { static_cast<void>(::write(STDERR_FILENO, what.data(), what.size())); }

/// Says what the watching process waits for.
class herald : public streaming_listener {
public:
  /// @param to_fill records of the first run; 0 in others
  explicit herald(std::uint64_t to_fill) : to_fill_{to_fill} {}

  void on_streaming_started(batch_info::time_point) override { say(recovery_news::loaded); }

  void on_batch_completed(const batch_info& x) override {
    if (batches_++ == 0)
      say(recovery_news::committed);
    const auto before = records_;
    records_ += x.num_records();
    if (before < to_fill_ && records_ >= to_fill_)
      say(recovery_news::filled);
  }

private:
  std::uint64_t to_fill_;
  std::uint64_t batches_ = 0;
  std::uint64_t records_ = 0;
};

/// What is wrong with the states of all keys after `runs` runs; empty if nothing is.
class state_check {
public:
  explicit state_check(const recovery_run& how) : how_{how}, counts_(how.keys), chunks_(how.number) {}

  void add(std::string_view name, const tally& x) {
    ++states_;
    const auto is_run = name.starts_with(run_prefix);
    const auto n = std::stoull(std::string{name.substr((is_run ? run_prefix : key_prefix).size())});
    (is_run ? chunks_ : counts_).at(n) = x;
  }

  std::string problem() const {
    std::vector<std::int64_t> expected(how_.keys);
    const progress_notes notes{how_.directory};
    std::uint64_t runs_with_state = 0;
    for (std::uint64_t r = 0; r < how_.number; ++r) {
      const auto& [count, sum] = chunks_[r];
      const auto [stored, durable] = notes.of(r);
      const auto chunks = static_cast<std::uint64_t>(count);
      runs_with_state += count != 0 ? 1 : 0;
      const auto where = "run " + std::to_string(r) + ": ";
      if (sum != count * (count - 1) / 2)
        return where + "its " + std::to_string(count) + " chunks are not the first ones, or not each once";
      if (chunks > stored || chunks < durable)
        return where + std::to_string(durable) + " chunks were in the log, " + std::to_string(stored)
               + " were stored, and " + std::to_string(chunks) + " count";
      auto plan = how_;
      plan.number = r;
      add_expected(run_plan{plan}, chunks, expected);
    }
    if (states_ != how_.keys + runs_with_state)
      return "there are " + std::to_string(states_) + " keys, not " + std::to_string(how_.keys + runs_with_state);
    for (std::uint64_t k = 0; k < how_.keys; ++k)
      if (counts_[k].count != expected[k] || counts_[k].sum != expected[k])
        return "key " + std::to_string(k) + " has " + std::to_string(counts_[k].count) + " records, not "
               + std::to_string(expected[k]);
    return {};
  }

private:
  static void add_expected(const run_plan& plan, std::uint64_t chunks, std::vector<std::int64_t>& to) {
    for (std::uint64_t c = 0; c < chunks; ++c)
      for (std::uint64_t i = 0; i < plan.in_chunk; ++i)
        ++to[plan.key(c, i)];
  }

  recovery_run how_;
  std::vector<tally> counts_;
  std::vector<tally> chunks_;
  std::uint64_t states_ = 0;
};

} // namespace

void run_recovery_job(const recovery_run& how) {
  say(recovery_news::begun);
  runtime_options options;
  options.threads = how.threads;
  options.write_ahead_log = true;
  streaming_context context{how.interval, options};
  context.checkpoint(how.directory / "checkpoint");
  const run_plan plan{how};
  const auto to_fill = how.role == recovery_role::fill ? plan.chunks_to_fill() * (plan.in_chunk + 1) : 0;
  context.add_streaming_listener(std::make_shared<herald>(to_fill));
  const auto counted = context.receiver_stream<numbers>(how)
                           .named("numbers")
                           .map_with_state(state_spec<tally>(
                               [](std::string_view key, const std::optional<std::int64_t>& value, state<tally>& all) {
                                 auto x = all.get_option().value_or(tally{});
                                 ++x.count;
                                 x.sum += value.value_or(0);
                                 all.update(x);
                                 return keyed_number{key, x.count};
                               }))
                           .named("tallies");
  counted.foreach_rdd([](const auto&) {});
  signal checked;
  std::string problem;
  if (how.role == recovery_role::check) {
    // By then the batches that run again are over, and one that has got the rest of the log.
    const auto from = std::chrono::system_clock::now() + 3 * how.interval;
    counted.state_snapshots().foreach_rdd(
        [&, from, is_over = false](const rdd<std::pair<std::string_view, tally>>& states, batch_time t) mutable {
          if (std::chrono::milliseconds{t.ms()} < from.time_since_epoch() || std::exchange(is_over, true))
            return;
          state_check check{how};
          states.for_each([&](const auto& x) { check.add(x.first, x.second); });
          problem = check.problem();
          checked.set();
        });
  }
  context.start();
  checked.wait(); // any other run until it is killed
  context.stop(stop_mode::immediate);
  if (!problem.empty())
    throw std::runtime_error{"WRONG RESULT: " + problem};
  say(recovery_news::right);
}

} // namespace sluice::bench
