// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/program/run.hpp>
#include <sluice/runtime/program/supervisor.hpp>

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <string>
#include <vector>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

const supervisor::time_point start{1h};
constexpr process_end aborted{true, SIGABRT};

} // namespace

BOOST_AUTO_TEST_SUITE(supervisor_)

BOOST_AUTO_TEST_CASE(crashes_and_failures_are_started_again) {
  for (const auto how : {aborted, process_end{true, SIGKILL}, process_end{false, exit_failure}}) {
    supervisor x{1};
    BOOST_TEST(x.ended(how, start).has_value());
  }
}

BOOST_AUTO_TEST_CASE(an_end_that_was_meant_is_the_end) {
  for (const auto code : {exit_success, exit_usage, exit_unfinished}) {
    supervisor x{1};
    BOOST_TEST(!x.ended({false, code}, start));
  }
}

BOOST_AUTO_TEST_CASE(after_a_stop_that_was_asked_for_every_end_is_the_end) {
  supervisor x{1};
  x.asked_to_stop();
  BOOST_TEST(!x.ended(aborted, start));
}

BOOST_AUTO_TEST_CASE(it_gives_up_after_so_many_starts_in_a_minute) {
  supervisor x{2};
  BOOST_TEST(x.ended(aborted, start).has_value());
  BOOST_TEST(x.left(start) == 1U);
  BOOST_TEST(x.ended(aborted, start + 1s).has_value());
  BOOST_TEST(!x.ended(aborted, start + 59s));
  BOOST_TEST(x.ended(aborted, start + 60s).has_value());
}

BOOST_AUTO_TEST_CASE(the_exit_code_is_that_of_the_program) {
  BOOST_TEST(exit_code_of({false, 3}) == 3);
  BOOST_TEST(exit_code_of({true, SIGABRT}) == 134);
}

BOOST_AUTO_TEST_CASE(the_program_does_not_supervise_itself_again) {
  using list = std::vector<std::string>;
  BOOST_TEST((without_supervision({"p", "--supervise", "3", "a"}) == list{"p", "a"}));
  BOOST_TEST((without_supervision({"p", "a", "--supervise=3"}) == list{"p", "a"}));
  BOOST_TEST((without_supervision({"p", "--", "--supervise", "3"}) == list{"p", "--", "--supervise", "3"}));
}

BOOST_AUTO_TEST_SUITE_END()
