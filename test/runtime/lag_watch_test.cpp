// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/driver/lag_watch.hpp>

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

using texts = std::vector<std::string>;

/// A program whose batches take as long as it is told, one after another.
class program {
public:
  explicit program(duration interval) : interval_{interval}, watch_{interval}, next_{interval} {}

  void run_for(std::chrono::microseconds time, std::chrono::microseconds batch) {
    for (const auto end = now_ + time; now_ < end; look()) {
      now_ = std::max<std::chrono::microseconds>(now_, next_);
      next_ += interval_;
      ++begun_;
      look();
      now_ += batch;
    }
  }

  /// Time passes, and no batch ends.
  void hang(std::chrono::microseconds time) {
    const auto end = now_ + time;
    for (look(); now_ < end; look())
      now_ = std::min(end, watch_.next_look());
  }

  texts said;

private:
  void look() {
    if (auto remark = watch_.look(now_, batch_time{next_.count()}, begun_))
      said.push_back((remark->is_warning ? "warning: " : "info: ") + remark->line);
  }

  duration interval_;
  lag_watch watch_;
  std::chrono::microseconds now_{0};
  std::chrono::milliseconds next_;
  std::uint64_t begun_ = 0;
};

} // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(texts)

BOOST_AUTO_TEST_SUITE(lag_watch_)

BOOST_AUTO_TEST_CASE(batches_that_take_no_longer_than_their_interval_are_not_worth_a_line) {
  for (const auto interval : {2ms, 1000ms, 60'000ms}) {
    program p{interval};
    p.run_for(1000 * interval, interval / 2);
    p.run_for(1000 * interval, interval);
    BOOST_TEST(p.said.empty());
  }
}

BOOST_AUTO_TEST_CASE(a_hiccup_is_not_worth_a_line) {
  for (const auto interval : {2ms, 1000ms}) {
    program p{interval};
    for (auto times = 0; times < 20; ++times) {
      p.run_for(1ms, 4s);
      p.run_for(30s, interval / 4);
    }
    BOOST_TEST(p.said.empty());
  }
}

BOOST_AUTO_TEST_CASE(
    a_program_that_falls_behind_says_so_with_both_figures_again_when_it_doubles_and_when_it_has_caught_up) {
  program p{1s};
  p.run_for(60s, 1500ms);
  BOOST_TEST_REQUIRE(p.said.size() >= 2U);
  BOOST_TEST(p.said.front().starts_with("warning: batches take 1500 ms each and there is one every 1000 ms: "),
             p.said.front());
  BOOST_TEST(p.said.front().find("(4 batches) behind; give it more threads") != std::string::npos, p.said.front());
  p.run_for(3600s, 1500ms);
  BOOST_TEST(p.said.size() < 12U); // it is 1,200 s behind by now
  const auto before = p.said.size();
  p.run_for(7200s, 100ms);
  BOOST_TEST_REQUIRE(p.said.size() == before + 1);
  BOOST_TEST(p.said.back() == "info: the program has caught up: batches begin in time again");
  p.run_for(60s, 1500ms);
  BOOST_TEST(p.said.size() > before + 1);
}

BOOST_AUTO_TEST_CASE(batches_of_a_few_milliseconds_are_told_of_in_seconds) {
  program p{2ms};
  p.run_for(5s, 2200us); // half a second behind
  BOOST_TEST(p.said.empty());
  p.run_for(60s, 2200us);
  BOOST_TEST_REQUIRE(!p.said.empty());
  BOOST_TEST(
      p.said.front().starts_with("warning: batches take 2.2 ms each and there is one every 2 ms: the program is "),
      p.said.front());
  BOOST_TEST(p.said.size() <= 4U);
}

BOOST_AUTO_TEST_CASE(a_batch_that_never_ends_is_told_of_while_it_runs) {
  program p{1s};
  p.run_for(10s, 100ms);
  p.hang(20s);
  BOOST_TEST_REQUIRE(p.said.size() == 2U);
  BOOST_TEST(p.said[0].starts_with("warning: no batch has begun for 8000 ms and there is one every 1000 ms: "),
             p.said[0]);
  BOOST_TEST(p.said[1].starts_with("warning: no batch has begun for 15 s and there is one every 1000 ms: "), p.said[1]);
}

BOOST_AUTO_TEST_SUITE_END()
