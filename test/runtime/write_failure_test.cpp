// SPDX-License-Identifier: BSD-3-Clause
//
// A disk that fails while four batches wait to be committed: no batch is left out, the program ends and says why, and
// the one that goes on has everything exactly once. The whole runtime under virtual time, on a disk made of memory and
// on a real one that is full.
#include <sluice/state/checkpoint/checkpoint_directory.hpp>
#include <sluice/testkit/fault_store.hpp>
#include <support/cluster.hpp>
#include <support/environment.hpp>
#include <support/file_size_limit.hpp>
#include <support/temporary_directory.hpp>

#include "totals.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <stdexcept>

using namespace sluice;
using namespace sluice::test;
using namespace sluice::testkit;
using namespace std::chrono_literals;

namespace {

/// Counts from 0 on, and goes on where the last commit left it: every third batch has many numbers, the others few.
class counter final : public source<int> {
public:
  explicit counter(int many) : many_{many} {}

  std::optional<std::vector<int>> compute(batch_time) override {
    std::vector<int> result;
    for (auto left = batches_++ % 3 == 0 ? many_ : 2; left > 0; --left)
      result.push_back(next_++);
    return result;
  }
  std::string position() override { return std::to_string(next_); }
  void resume(std::string_view position) override { next_ = std::stoi(std::string{position}); }

private:
  int many_;
  int batches_ = 0;
  int next_ = 0;
};

/// A program that counts how often it has seen each number.
struct number_totals {
  int many = 5;
  std::size_t key_bytes = 8;
  std::shared_ptr<std::map<std::string, int>> seen = std::make_shared<std::map<std::string, int>>();
  std::shared_ptr<bool> looking = std::make_shared<bool>(false);

  cluster::compose_streams compose() const {
    return [*this](streaming_context& ctx) {
      ctx.input_stream<int>([many = many] { return std::make_unique<counter>(many); })
          .map([bytes = key_bytes](int n) {
            auto key = std::to_string(n);
            return std::pair{std::string(bytes - key.size(), '0') + key, 1};
          })
          .update_state_by_key(add_up)
          .checkpoint(3 * interval)
          .foreach_rdd([seen = seen, looking = looking](const auto& records) {
            if (!*looking)
              return;
            seen->clear();
            records.for_each([&seen](const auto& x) { (*seen)[std::string{x.first}] = x.second; });
          });
    };
  }

  /// Whether every number up to the last one has been seen exactly once.
  bool is_whole() const {
    return !seen->empty() && std::ranges::all_of(*seen, [](const auto& x) { return x.second == 1; })
           && std::stoul(seen->rbegin()->first) + 1 == seen->size();
  }
};

/// Runs a program on `disk` until it has failed with four batches in flight, then on the mended disk. False if the disk
/// did not fail.
template <class Disk>
bool fails_and_goes_on(Disk& disk, const number_totals& program, std::uint64_t seed, const std::string& said) {
  const auto how = spread_over(2, 1 + static_cast<std::uint32_t>(seed % 3));
  cluster c{1, seed};
  c.start(interval, program.compose(), how, disk.open());
  c.advance(3 * interval);
  BOOST_REQUIRE_MESSAGE(c.is_running(), c.reason());
  {
    [[maybe_unused]] const auto fault = disk.break_down();
    for (int round = 0; round < 3 && c.is_running(); ++round) {
      c.cut_off(0); // what waits for the worker comes all at once
      c.advance(4 * interval);
      c.reconnect(0);
      c.advance(interval);
    }
  }
  if (c.is_running())
    return false;
  BOOST_TEST(c.reason().find("could not be committed") != std::string::npos, c.reason());
  BOOST_TEST(c.reason().find(said) != std::string::npos, c.reason());
  c.kill_driver();
  *program.looking = true;
  c.start(interval, program.compose(), how, disk.open());
  BOOST_REQUIRE_MESSAGE(c.is_running(), c.reason());
  c.advance(3 * interval);
  BOOST_TEST(program.is_whole(), program.seen->size() << " numbers");
  *program.looking = false;
  c.stop(stop_mode::graceful);
  BOOST_TEST(c.reason() == "");
  return true;
}

/// A disk of memory of which one write fails, and perhaps all that follow.
struct memory_disk {
  std::size_t fail_at = 1; ///< the number of the write after `break_down`
  fault_plan::moment when = fault_plan::moment::before;
  fault_plan::length how_long = fault_plan::length::once;

  std::shared_ptr<checkpoint_log> open() {
    plan_ = {};
    faulty_log_.emplace("log", log_, plan_);
    faulty_snapshots_.emplace("snapshots", snapshots_, plan_);
    return std::make_shared<checkpoint_log>(*checkpoint_log::open(*faulty_log_, *faulty_snapshots_));
  }

  int break_down() {
    plan_.fail_at = plan_.writes + fail_at;
    plan_.when = when;
    plan_.how_long = how_long;
    return 0;
  }

private:
  memory_store log_;
  memory_store snapshots_;
  fault_plan plan_;
  std::optional<fault_store> faulty_log_;
  std::optional<fault_store> faulty_snapshots_;
};

/// A directory in which no file may be written beyond a limit.
struct real_disk {
  std::size_t limit = 0; ///< bytes

  std::shared_ptr<checkpoint_log> open() {
    auto opened = checkpoint_directory::open(directory.path(), {.initial_map = 4 << 20});
    if (!opened)
      throw std::runtime_error{describe(opened.error())};
    const std::shared_ptr<checkpoint_directory> shared = std::move(*opened);
    return {shared, &shared->log()};
  }

  file_size_limit break_down() const { return file_size_limit{limit}; }

  temporary_directory directory;
};

} // namespace

BOOST_AUTO_TEST_SUITE(write_failure)

BOOST_AUTO_TEST_CASE(whichever_write_fails_with_four_batches_in_flight_nothing_is_lost) {
  std::size_t points = 0;
  for (const auto when : {fault_plan::moment::before, fault_plan::moment::after})
    for (const auto how_long : {fault_plan::length::once, fault_plan::length::for_good})
      for (std::uint64_t seed = 0; seed < seed_count(3); ++seed)
        for (std::size_t n = 1;; ++n) {
          BOOST_TEST_CONTEXT("seed " << seed << ", write " << n) {
            memory_disk disk;
            disk.fail_at = n;
            disk.when = when;
            disk.how_long = how_long;
            if (!fails_and_goes_on(disk, {}, seed, "the disk failed, as the test planned"))
              break;
            ++points;
          }
        }
  BOOST_TEST_MESSAGE(points << " points");
  BOOST_TEST(points >= 200U);
}

BOOST_AUTO_TEST_CASE(wherever_a_real_disk_is_full_with_four_batches_in_flight_nothing_is_lost) {
  std::size_t points = 0;
  constexpr std::size_t page = 4096;
  for (std::uint64_t seed = 0; seed < seed_count(1); ++seed)
    for (auto limit = 3 * page;; limit += page) {
      BOOST_TEST_CONTEXT("seed " << seed << ", files of " << limit << " bytes") {
        real_disk disk;
        disk.limit = limit;
        const number_totals program{.many = 300, .key_bytes = 200};
        if (!fails_and_goes_on(disk, program, seed, "cannot keep state in '" + disk.directory.path().string()))
          break;
        ++points;
      }
    }
  BOOST_TEST_MESSAGE(points << " points");
  BOOST_TEST(points >= 200U);
}

BOOST_AUTO_TEST_SUITE_END()
