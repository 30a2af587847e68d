// SPDX-License-Identifier: BSD-3-Clause
//
// Programs that seeds make, which die and fail at places that seeds choose: between any two messages, at any write to
// the checkpoint or the write-ahead log, in a function of the user's. Some go on in the same process after a failure,
// all go on in another one. Whatever happens, batches that run again are the same batches, the state is the sum of all
// batches, what is durable is in exactly one of them, and a transactional output has each of them once. The whole
// runtime under virtual time.
//
// A failure names its seed, and SLUICE_TEST_FIRST_SEED=n runs that one alone. With SLUICE_TEST_SEEDS=m it runs m seeds
// from n on, which splits many of them over several processes.
#include <support/cluster.hpp>
#include <support/environment.hpp>

#include "seeded_program.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <string>

using namespace sluice;
using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

/// What has happened, over many seeds.
struct happened {
  std::size_t deaths_at_messages = 0;
  std::size_t deaths_at_writes = 0;
  std::size_t deaths_at_start = 0;
  std::size_t failed_writes = 0;
  std::size_t failed_functions = 0;
  std::size_t restarts = 0;
  std::size_t reruns = 0;
};

/// One program from its first life to its last.
class trial {
public:
  trial(std::uint64_t seed, happened& sum)
      : random_{seed}, sum_{sum}, program_{draw_shape(), seed}, cluster_{draw_workers(), seed},
        how_{spread_over(1 + draw(3), 1 + draw(3))} {
    cluster_.keep_in([this] { return open(); });
    how_.write_ahead_log = true;
    how_.max_batches_in_flight = 1 + draw(4);
    program_.files->now = cluster_.now().ms();
  }

  /// What is wrong; empty if nothing is.
  std::string run() {
    for (auto lives = 1 + draw(3); lives != 0; --lives)
      live();
    live_in_peace();
    if (!problem_.empty())
      return problem_;
    sum_.reruns += program_.reruns();
    return program_.problem();
  }

private:
  std::uint32_t draw(std::uint64_t end) { return static_cast<std::uint32_t>(random_() % end); }

  seeded_program::shape draw_shape() {
    const auto inputs = 1 + draw(15);
    seeded_program::shape result{.has_feed = (inputs & 1) != 0,
                                 .has_files = (inputs & 2) != 0,
                                 .has_source = (inputs & 4) != 0,
                                 .has_queue = (inputs & 8) != 0,
                                 .queue_persists = draw(2) != 0,
                                 .restarts = draw(2) != 0};
    if (draw(2) != 0)
      result.files.max_bytes_per_batch = 9;
    return result;
  }

  std::size_t draw_workers() {
    const auto x = draw(10);
    return x < 7 ? 0 : x < 9 ? 1 : 2;
  }

  /// From the start of a process until it dies, or stops as asked.
  void live() {
    arm();
    steps_to_live_ = draw(4) != 0 ? std::optional{draw(draw(2) == 0 ? 150 : 600)} : std::nullopt;
    halt_at_failures(true);
    has_started_ = start();
    if (has_started_)
      go_through_the_day();
    if (cluster_.steps() >= last_step_)
      ++sum_.deaths_at_messages;
    else if (dies_at_write_ && program_.disk.is_down())
      ++sum_.deaths_at_writes;
    if (!has_started_)
      ++sum_.deaths_at_start;
    program_.died();
    last_step_ = UINT64_MAX;
    cluster_.halt_when(nullptr);
    cluster_.kill_driver();
    pass(std::chrono::milliseconds{draw(3) == 0 ? draw(60'000) : 1});
  }

  void go_through_the_day() {
    pass(1ms); // files are older than the program, or younger
    for (auto steps = 1 + draw(8); steps != 0; --steps) {
      if (draw(3) == 0)
        program_.put_file();
      program_.push(static_cast<int>(draw(4)));
      pass(std::chrono::milliseconds{1 + draw(100)});
      if (!survives())
        return;
    }
    if (draw(3) != 0)
      return;
    cluster_.stop(stop_mode::graceful);
    if (!is_dead() && cluster_.is_stopped() && cluster_.reason().empty())
      program_.stopped();
  }

  /// The life after which everything must be there.
  void live_in_peace() {
    dies_at_write_ = false;
    cluster_.halt_when(nullptr);
    if (!start())
      return fail("does not start: " + cluster_.reason());
    pass(interval);
    program_.push(2);
    program_.put_file();
    for (auto patience = 0; patience < 100 && !program_.has_all(); ++patience)
      pass(interval);
    cluster_.stop(stop_mode::graceful);
    pass(1s);
    if (!cluster_.is_stopped() || !cluster_.reason().empty())
      return fail("does not stop: " + cluster_.reason());
    program_.stopped();
  }

  /// A process has begun, and opens what it keeps; or an epoch does.
  expected<kept_run> open() {
    if (steps_to_live_)
      last_step_ = cluster_.steps() + *std::exchange(steps_to_live_, std::nullopt);
    return program_.disk.open();
  }

  /// Chooses what goes wrong with the next process, or epoch.
  void arm() {
    kept_disk::plan disk;
    dies_at_write_ = false;
    if (draw(2) == 0) {
      disk.fail_at = 1 + draw(draw(2) == 0 ? 8 : 60);
      disk.when = draw(2) == 0 ? kept_disk::plan::moment::before : kept_disk::plan::moment::after;
      dies_at_write_ = draw(2) == 0;
      if (!dies_at_write_ && draw(2) == 0)
        disk.how_long = kept_disk::plan::length::once;
      if (!dies_at_write_ && disk.when == kept_disk::plan::moment::before && draw(3) == 0)
        disk.why = kept_disk::plan::reason::no_room;
    }
    program_.disk.arm(disk);
    const auto place = static_cast<fault_place>(draw(2) == 0 ? 0 : 1 + draw(5));
    program_.arm(place, 1 + draw(place == fault_place::in_map ? 20 : 8));
  }

  void disarm() {
    program_.disk.arm({});
    program_.arm(fault_place::none, 0);
  }

  bool is_dead() const { return cluster_.steps() >= last_step_ || (dies_at_write_ && program_.disk.is_down()); }

  bool has_failed() const { return cluster_.is_stopped() && !cluster_.reason().empty(); }

  /// The next message after a failure is for `survives`, which lets the epoch come to its end.
  void halt_at_failures(bool also) {
    cluster_.halt_when([this, also] { return is_dead() || (also && has_failed()); });
  }

  /// False if there is no process any more.
  bool start() {
    program_.starts();
    try {
      cluster_.start([this] { return program_.compose(); }, how_);
    } catch (const std::exception& e) {
      if (!program_.disk.has_failed())
        fail(std::string{"cannot start: "} + e.what());
      return false;
    }
    return survives();
  }

  /// Goes on in the same process, as long as there is one and the program wants to.
  bool survives() {
    while (cluster_.is_stopped() && !is_dead()) {
      count_failure();
      if (!cluster_.can_restart())
        return false;
      halt_at_failures(false);
      cluster_.end_epoch();
      if (draw(2) == 0)
        pass(std::chrono::milliseconds{draw(200)});
      if (is_dead())
        return false;
      program_.epoch_starts();
      ++sum_.restarts;
      if (draw(3) == 0)
        arm();
      else
        disarm();
      halt_at_failures(true);
      try {
        cluster_.restart();
      } catch (const std::exception& e) {
        if (!program_.disk.has_failed()) {
          fail(std::string{"cannot go on: "} + e.what());
          return false;
        }
      }
    }
    return !is_dead();
  }

  void count_failure() {
    const auto planned = program_.disk.has_failed() || program_.has_thrown();
    if (!planned)
      fail("fails: " + cluster_.reason());
    sum_.failed_writes += program_.disk.has_failed() ? 1 : 0;
    sum_.failed_functions += program_.has_thrown() ? 1 : 0;
  }

  void pass(duration d) {
    cluster_.advance(d);
    program_.files->now = cluster_.now().ms();
  }

  void fail(const std::string& what) { problem_ += "; " + what; }

  std::mt19937_64 random_;
  happened& sum_;
  seeded_program program_;
  cluster cluster_;
  runtime_options how_;
  std::optional<std::uint64_t> steps_to_live_; ///< of a process that has not begun
  std::uint64_t last_step_ = UINT64_MAX;       ///< before which the process dies
  bool dies_at_write_ = false;
  bool has_started_ = false;
  std::string problem_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(seeded_crashes)

BOOST_AUTO_TEST_CASE(wherever_a_program_dies_or_fails_each_batch_counts_once) {
  const auto seeds = seeds_to_try(1500);
  happened sum;
  for (auto seed = seeds.first; seed < seeds.end; ++seed) {
    const auto problem = trial{seed, sum}.run();
    BOOST_TEST(problem == "", "seed " << seed << problem << "; SLUICE_TEST_FIRST_SEED=" << seed << " runs it alone");
  }
  const auto count = seeds.end - seeds.first;
  BOOST_TEST_MESSAGE(count << " seeds: " << sum.deaths_at_messages << " deaths between messages, "
                           << sum.deaths_at_writes << " at writes, " << sum.deaths_at_start << " before the start; "
                           << sum.failed_writes << " failed writes, " << sum.failed_functions << " failed functions; "
                           << sum.restarts << " restarts; " << sum.reruns << " batches that ran again");
  if (count < 1000)
    return;
  // The seeds are such that it all happens.
  for (const auto times : {sum.deaths_at_messages, sum.deaths_at_writes, sum.deaths_at_start, sum.failed_writes,
                           sum.failed_functions, sum.restarts, sum.reruns})
    BOOST_TEST(times > count / 20);
}

BOOST_AUTO_TEST_SUITE_END()
