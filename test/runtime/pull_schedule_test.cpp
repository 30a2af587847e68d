// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/intake/pull_schedule.hpp>

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

using answer = pull_schedule::answer;

struct fixture {
  pull_schedule pulls{500ms};
  pull_schedule::time_point now{};

  /// The time of the batch that is asked for, or 0.
  std::int64_t asked() {
    const auto t = pulls.ask(now);
    return t ? t->ms() : 0;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(pull_schedule_suite, fixture)

BOOST_AUTO_TEST_CASE(a_batch_waits_for_the_answer_to_its_own_question) {
  BOOST_TEST(asked() == 0);
  BOOST_TEST(pulls.cut(batch_time{1000}));
  BOOST_TEST(asked() == 1000);
  BOOST_TEST(asked() == 0); // is asked already
  now += 499ms;
  BOOST_TEST(pulls.give_up(now) == 0U);
  BOOST_TEST((pulls.answered() == answer::in_time));
  BOOST_TEST(asked() == 0);
  BOOST_TEST(!pulls.deadline().has_value());
}

BOOST_AUTO_TEST_CASE(batches_cut_one_after_another_are_asked_for_in_order_each_with_all_the_time) {
  for (const auto t : {1000, 2000, 3000})
    BOOST_TEST(pulls.cut(batch_time{t}));
  for (const auto t : {1000, 2000, 3000}) {
    BOOST_TEST(asked() == t);
    BOOST_TEST((pulls.deadline() == now + 500ms));
    now += 400ms;
    BOOST_TEST(pulls.give_up(now) == 0U);
    BOOST_TEST((pulls.answered() == answer::in_time));
  }
}

BOOST_AUTO_TEST_CASE(a_source_that_is_late_holds_up_no_batch_until_it_has_answered) {
  pulls.cut(batch_time{1000});
  BOOST_TEST(asked() == 1000);
  pulls.cut(batch_time{2000});
  now += 500ms;
  BOOST_TEST(pulls.give_up(now) == 2U);
  BOOST_TEST(pulls.give_up(now) == 0U);
  BOOST_TEST(!pulls.deadline().has_value());
  BOOST_TEST(!pulls.cut(batch_time{3000}));
  BOOST_TEST(asked() == 0); // the first question is not answered
  now += 9500ms;
  BOOST_TEST((pulls.waited(now) == 10s));
  BOOST_TEST(!pulls.cut(batch_time{4000}));
  BOOST_TEST((pulls.answered() == answer::late));
  BOOST_TEST(asked() == 0);
  BOOST_TEST(pulls.cut(batch_time{5000}));
  BOOST_TEST(asked() == 5000);
  BOOST_TEST((pulls.answered() == answer::in_time));
}

BOOST_AUTO_TEST_CASE(nobody_is_late_who_has_not_been_asked) {
  now += 1h;
  BOOST_TEST(pulls.give_up(now) == 0U);
  BOOST_TEST((pulls.waited(now) == 0ms));
  BOOST_TEST(pulls.cut(batch_time{1000}));
  BOOST_TEST(pulls.give_up(now) == 0U);
  BOOST_TEST(asked() == 1000);
  BOOST_TEST(pulls.give_up(now) == 0U);
}

BOOST_AUTO_TEST_CASE(a_batch_waits_for_an_interval_but_at_least_half_a_second) {
  BOOST_TEST((input_patience(2ms) == 500ms));
  BOOST_TEST((input_patience(3s) == 3s));
}

BOOST_AUTO_TEST_SUITE_END()
