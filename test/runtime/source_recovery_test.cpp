// SPDX-License-Identifier: BSD-3-Clause
//
// Inputs that can be read again, over the death of the driver: what a commit does not cover is read again, what it
// covers is not. The whole runtime under virtual time; the disk that the files are on is made of memory.
#include <receivers/fake_disk.hpp>
#include <support/cluster.hpp>

#include "totals.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>
#include <random>
#include <set>

using namespace sluice;
using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

using totals = std::map<std::string, int>;

/// How often each line of the files in a directory has been seen, by the last batch.
cluster::compose_program line_totals(const std::shared_ptr<fake_disk>& disk, const std::shared_ptr<totals>& seen,
                                     const file_options& options) {
  return [disk, seen, options] {
    streaming_context ctx{interval};
    ctx.text_file_stream("in")
        .map([](std::string_view line) { return std::pair{line, 1}; })
        .update_state_by_key(add_up)
        .foreach_rdd([seen](const auto& records) {
          seen->clear();
          records.for_each([&seen](const auto& x) { (*seen)[std::string{x.first}] = x.second; });
        });
    auto result = ctx.compose();
    result.inputs[0] = text_file_input("in", interval, options, environment_of(disk));
    return result;
  };
}

} // namespace

BOOST_AUTO_TEST_SUITE(source_recovery)

BOOST_AUTO_TEST_CASE(whenever_the_driver_dies_every_file_counts_exactly_once) {
  std::size_t deaths_with_files_underway = 0;
  std::size_t deaths_within_a_file = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    std::mt19937_64 random{seed};
    const auto disk = std::make_shared<fake_disk>();
    disk->read_at_most = 16;
    const file_options options =
        seed % 3 == 0 ? file_options{} : file_options{.max_bytes_per_batch = 1 + random() % 80};
    const auto seen = std::make_shared<totals>();
    totals expected;
    simulated_disk checkpoint;
    cluster c{seed % 2 * 2, seed};
    disk->now = c.now().ms();
    auto pass = [&](duration d) {
      c.advance(d);
      disk->now = c.now().ms();
    };
    auto put = [&] {
      const auto name = "f" + std::to_string(expected.size());
      const auto lines = random() % 5 == 0 ? 100 : 1;
      for (auto i = 0; i < lines; ++i)
        disk->files["in/" + name].content += name + '\n';
      disk->files["in/" + name].modified_ms = disk->now;
      expected[name] += lines;
    };
    const auto how = spread_over(2, 1 + static_cast<std::uint32_t>(seed % 3));
    const auto program = line_totals(disk, seen, options);
    for (auto life = 0; life < 4; ++life) {
      c.start(program, how, checkpoint.open());
      BOOST_REQUIRE_MESSAGE(c.is_running(), "seed " << seed << ": " << c.reason());
      if (life == 0)
        pass(1s); // what dies before its first commit begins anew
      for (auto step = 5 + random() % 20; step > 0; --step) {
        pass(std::chrono::milliseconds{1 + random() % 60});
        put();
      }
      c.kill_driver();
      deaths_with_files_underway += *seen != expected ? 1 : 0;
      deaths_within_a_file += std::ranges::any_of(*seen, [&](const auto& x) { return x.second != expected[x.first]; });
      for (auto down = random() % 5; down > 0; --down) {
        pass(std::chrono::milliseconds{random() % 100'000});
        put();
      }
    }
    c.start(program, how, checkpoint.open());
    BOOST_REQUIRE_MESSAGE(c.is_running(), c.reason());
    for (auto patience = 0; patience < 1000 && *seen != expected; ++patience)
      pass(interval);
    BOOST_TEST_REQUIRE((*seen == expected), "seed " << seed << ": " << seen->size() << " of " << expected.size());
    c.stop(stop_mode::graceful);
    BOOST_TEST(c.reason() == "");
  }
  // The seeds are such that it all happens.
  BOOST_TEST(deaths_with_files_underway > 50U);
  BOOST_TEST(deaths_within_a_file > 20U);
}

BOOST_AUTO_TEST_CASE(a_source_of_the_users_goes_on_where_the_last_commit_left_it) {
  class counter : public source<int> {
  public:
    explicit counter(std::multiset<int>& asked) : asked_{asked} {}
    std::optional<std::vector<int>> compute(batch_time) override {
      asked_.insert(next_);
      return std::vector{next_++};
    }
    std::string position() override { return std::to_string(next_); }
    void resume(std::string_view position) override { next_ = std::stoi(std::string{position}); }

  private:
    std::multiset<int>& asked_;
    int next_ = 0;
  };
  std::size_t asked_twice = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    std::multiset<int> asked;
    std::map<int, int> sums;
    const auto compose = [&](streaming_context& ctx) {
      ctx.input_stream<int>([&asked] { return std::make_unique<counter>(asked); })
          .map([](int x) { return std::pair{0, x}; })
          .update_state_by_key(add_up)
          .foreach_rdd(
              [&sums](const auto& records) { records.for_each([&sums](const auto& x) { sums[x.first] = x.second; }); });
    };
    simulated_disk checkpoint;
    cluster c{0, seed};
    for (auto life = 0; life < 3; ++life) {
      c.start(interval, compose, spread_over(2, 3), checkpoint.open());
      c.advance(std::chrono::milliseconds{300 + 170 * (seed % 7)});
      if (life < 2)
        c.kill_driver();
    }
    c.stop(stop_mode::graceful);
    BOOST_TEST(c.reason() == "");
    const auto last = *asked.rbegin();
    BOOST_TEST(sums[0] == last * (last + 1) / 2, "seed " << seed);
    asked_twice += asked.size() - static_cast<std::size_t>(last + 1);
  }
  BOOST_TEST(asked_twice > 10U);
}

BOOST_AUTO_TEST_CASE(the_batches_of_the_downtime_run_if_the_program_asks_for_them) {
  class ones : public source<int> {
    std::optional<std::vector<int>> compute(batch_time) override { return std::vector{1}; }
  };
  const auto gaps = [](bool replay_downtime) {
    std::vector<batch_time> seen;
    const auto compose = [&seen](streaming_context& ctx) {
      ctx.input_stream<int>([] { return std::make_unique<ones>(); }).foreach_rdd([&seen](const auto&, batch_time t) {
        seen.push_back(t);
      });
    };
    simulated_disk checkpoint;
    cluster c{0};
    auto how = spread_over(2, 3);
    how.replay_downtime = replay_downtime;
    for (auto life = 0; life < 2; ++life) {
      c.start(interval, compose, how, checkpoint.open());
      c.advance(10 * interval);
      if (life == 0) {
        c.kill_driver();
        c.advance(20 * interval);
      }
    }
    c.stop(stop_mode::graceful);
    BOOST_TEST(c.reason() == "");
    BOOST_TEST(seen.size() > 15U);
    std::int64_t longest = 0;
    for (std::size_t i = 1; i < seen.size(); ++i)
      longest = std::max(longest, (seen[i] - seen[i - 1]) / interval);
    return longest;
  };
  BOOST_TEST(gaps(false) > 15);
  BOOST_TEST(gaps(true) == 1);
}

BOOST_AUTO_TEST_CASE(a_position_that_cannot_be_read_ends_the_program_and_says_why) {
  class forgetful : public source<int> {
    std::optional<std::vector<int>> compute(batch_time) override { return std::vector<int>{}; }
    std::string position() override { return "here"; }
    void resume(std::string_view) override { throw std::runtime_error{"that was long ago"}; }
  };
  const auto compose = [](streaming_context& ctx) {
    ctx.input_stream<int>([] { return std::make_unique<forgetful>(); }).foreach_rdd([](const auto&) {});
  };
  simulated_disk checkpoint;
  cluster c{0};
  c.start(interval, compose, {}, checkpoint.open());
  c.advance(1s);
  c.kill_driver();
  c.start(interval, compose, {}, checkpoint.open());
  c.advance(1s);
  BOOST_TEST(c.is_stopped());
  BOOST_TEST(c.reason() == "input_stream#0: a source cannot go on where it was: that was long ago");
}

BOOST_AUTO_TEST_SUITE_END()
