// SPDX-License-Identifier: BSD-3-Clause
//
// What a receiver that waits for the log, or for the commit, is told, and when. The test is the log.
#include <sluice/receivers/receiver/receiver.hpp>

#include <sluice/testkit/receiver_harness.hpp>

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace sluice;
using namespace std::chrono_literals;
using sluice::testkit::receiver_harness;
using sluice::testkit::receiver_harness_options;

namespace {

using numbers = std::vector<int>;
using texts = std::vector<std::string>;

/// Stores what the test tells it to, and writes down what it hears.
class keen_receiver : public receiver<int> {
public:
  texts heard;
  std::function<void()> starting = [] {};
  std::function<void(std::string_view)> committing = [](std::string_view) {};

protected:
  void on_start() override { starting(); }
  void on_stop() override { heard.emplace_back("stop"); }
  void on_durable(std::string_view tag) override { heard.push_back("durable " + std::string{tag}); }
  void on_log_error(const error& why) override { heard.push_back("log error: " + describe(why)); }
  void on_committed(std::string_view tag) override {
    heard.push_back("committed " + std::string{tag});
    committing(tag);
  }
};

struct fixture {
  explicit fixture(receiver_harness_options options = {}) : host{receiver, options} { host.start(); }

  /// Stores on a thread of its own.
  template <class Records>
  std::future<error> store_durably(Records records) {
    return std::async(std::launch::async,
                      [this, records = std::move(records)] { return receiver->store_durably(records); });
  }
  static bool waits(std::future<error>& call) { return call.wait_for(0s) == std::future_status::timeout; }

  std::shared_ptr<keen_receiver> receiver = std::make_shared<keen_receiver>();
  receiver_harness host;
};

const auto full_disk = make_error(ec::storage_failed, "the disk is full");

} // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(texts)
BOOST_TEST_DONT_PRINT_LOG_VALUE(numbers)

BOOST_AUTO_TEST_SUITE(durability)

BOOST_AUTO_TEST_CASE(whoever_stores_durably_goes_on_when_the_log_has_the_records) {
  fixture x;
  x.receiver->store(1);
  auto call = x.store_durably(numbers{2, 3});
  BOOST_TEST(x.host.wait_for_blocks(1)); // cut right behind them
  BOOST_TEST(x.host.records<int>() == (numbers{1, 2, 3}));
  x.host.durable(0);
  BOOST_TEST(x.waits(call));
  x.host.durable(1);
  BOOST_TEST(!call.get());
  auto one = x.store_durably(4);
  BOOST_TEST(x.host.wait_for_blocks(2));
  x.host.durable(1); // once more
  BOOST_TEST(x.waits(one));
  x.host.durable(2);
  BOOST_TEST(!one.get());
}

BOOST_AUTO_TEST_CASE(a_batch_and_nothing_at_all_can_be_stored_durably_too) {
  fixture x;
  BOOST_TEST(!x.receiver->store_durably(numbers{})); // nothing to wait for
  x.receiver->store(1);
  const auto store = [&x](batch records) { return x.receiver->store_block_durably(std::move(records)); };
  auto call = std::async(std::launch::async, store, make_batch<int>(numbers{2, 3}));
  BOOST_TEST(x.host.wait_for_blocks(2));
  x.host.durable(1);
  BOOST_TEST(x.waits(call));
  x.host.durable(2);
  BOOST_TEST(!call.get());
  x.receiver->store(4);
  auto rest = x.store_durably(numbers{}); // what was stored before
  BOOST_TEST(x.host.wait_for_blocks(3));
  BOOST_TEST(x.waits(rest));
  x.host.durable(3);
  BOOST_TEST(!rest.get());
  BOOST_CHECK_THROW(store(make_batch<std::string>(texts{"other"})), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(without_a_log_the_error_says_how_to_get_one_and_nothing_is_stored) {
  fixture x{{.is_logged = false}};
  BOOST_TEST(!x.receiver->is_logged());
  const auto why = x.receiver->store_durably(1);
  BOOST_TEST(is(why, ec::invalid_argument));
  BOOST_TEST(describe(why).starts_with("nothing was stored: "));
  BOOST_TEST(describe(why).find("write_ahead_log") != std::string::npos);
  x.host.flush();
  BOOST_TEST(x.host.blocks() == 0U);
}

BOOST_AUTO_TEST_CASE(a_full_log_is_an_error_until_it_takes_records_again) {
  for (const auto by_commit : {false, true}) {
    fixture x;
    auto waiting = x.store_durably(1);
    BOOST_TEST(x.host.wait_for_blocks(1));
    x.host.fail_log(full_disk);
    BOOST_TEST((waiting.get() == full_disk));
    const auto refused = x.receiver->store_durably(2); // at once
    BOOST_TEST(is(refused, ec::storage_failed));
    BOOST_TEST(describe(refused) == "nothing was stored: the disk is full");
    x.receiver->store(3); // whoever does not wait is held back by the credit alone
    if (by_commit)
      x.host.committed(1);
    else
      x.host.durable(1);
    auto again = x.store_durably(4);
    BOOST_TEST(x.host.wait_for_blocks(2));
    x.host.durable(2);
    BOOST_TEST(!again.get());
    BOOST_TEST(x.host.records<int>() == (numbers{1, 3, 4}));
  }
}

BOOST_AUTO_TEST_CASE(a_commit_of_what_the_log_has_does_not_end_its_trouble) {
  fixture x;
  auto first = x.store_durably(1);
  BOOST_TEST(x.host.wait_for_blocks(1));
  x.host.durable(1);
  BOOST_TEST(!first.get());
  x.host.fail_log(full_disk);
  x.host.committed(1);
  BOOST_TEST(is(x.receiver->store_durably(2), ec::storage_failed));
}

BOOST_AUTO_TEST_CASE(whoever_waits_when_the_receiver_stops_is_told_that_nobody_knows) {
  fixture x;
  auto call = x.store_durably(1);
  BOOST_TEST(x.host.wait_for_blocks(1));
  x.host.stop();
  const auto why = call.get();
  BOOST_TEST(is(why, ec::receiver_stopped));
  BOOST_TEST(describe(why).find("they may count, or not") != std::string::npos);
  BOOST_TEST(x.host.records<int>() == (numbers{1}));
  BOOST_TEST(describe(x.receiver->store_durably(2)) == "nothing was stored: the receiver has stopped");
  BOOST_TEST(x.host.blocks() == 1U);
}

BOOST_AUTO_TEST_CASE(a_restart_ends_the_waiting_and_the_counting_goes_on) {
  fixture x;
  auto call = x.store_durably(1);
  BOOST_TEST(x.host.wait_for_blocks(1));
  x.receiver->restart("lost the source");
  x.host.settle();
  BOOST_TEST(is(call.get(), ec::receiver_stopped));
  auto next = x.store_durably(2);
  BOOST_TEST(x.host.wait_for_blocks(2));
  x.host.durable(1); // the block of before the restart
  BOOST_TEST(x.waits(next));
  x.host.durable(2);
  BOOST_TEST(!next.get());
}

BOOST_AUTO_TEST_CASE(it_waits_for_credit_first) {
  fixture x{{.credit = 1, .block_bytes = 64}};
  auto call = x.store_durably(numbers(100, 7)); // several blocks, and credit for one
  BOOST_TEST(x.host.wait_for_blocks(1));
  x.host.durable(1);
  BOOST_TEST(x.waits(call));
  x.host.credit(1'000'000);
  std::uint64_t durable = 1;
  while (x.waits(call))
    if (x.host.wait_for_blocks(durable + 1, 1ms))
      x.host.durable(++durable);
  BOOST_TEST(!call.get());
  BOOST_TEST(durable == x.host.blocks());
  BOOST_TEST(x.host.records<int>() == numbers(100, 7));
}

BOOST_AUTO_TEST_CASE(many_threads_share_one_answer_of_the_log) {
  fixture x;
  constexpr auto threads = 8;
  std::vector<std::future<error>> calls;
  for (auto i = 0; i < threads; ++i)
    calls.push_back(x.store_durably(i));
  BOOST_TEST(x.host.wait_for_blocks(threads));
  x.host.durable(threads);
  for (auto& call : calls)
    BOOST_TEST(!call.get());
}

BOOST_AUTO_TEST_CASE(threads_that_store_durably_again_and_again_are_all_answered) {
  fixture x;
  constexpr auto each = 300;
  std::atomic<int> running = 4;
  std::atomic<int> errors = 0;
  std::vector<std::jthread> threads;
  for (auto t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (auto i = 0; i < each; ++i)
        if (x.receiver->store_durably(numbers{t, i}))
          ++errors;
      --running;
    });
  while (running != 0)
    x.host.durable(x.host.blocks());
  BOOST_TEST(errors == 0);
  BOOST_TEST(x.host.records<int>().size() == 2U * 4 * each);
}

BOOST_AUTO_TEST_CASE(a_thread_that_has_to_hear_of_the_log_itself_must_not_wait_for_it) {
  auto receiver = std::make_shared<keen_receiver>();
  error why;
  receiver->starting = [&] { why = receiver->store_durably(1); };
  receiver_harness host{receiver};
  host.start();
  BOOST_TEST(is(why, ec::invalid_argument));
  BOOST_TEST(host.blocks() == 0U);
}

BOOST_AUTO_TEST_CASE(a_mark_is_told_when_its_records_are_durable_and_when_they_are_committed) {
  fixture x;
  x.receiver->store(1);
  x.host.flush();
  x.receiver->store(2);
  x.receiver->mark("two");
  x.host.durable(1);
  x.host.committed(1);
  BOOST_TEST(x.receiver->heard.empty());
  x.host.flush();
  BOOST_TEST(x.receiver->heard.empty());
  x.host.durable(2);
  BOOST_TEST(x.receiver->heard == (texts{"durable two"}));
  x.host.committed(2);
  BOOST_TEST(x.receiver->heard == (texts{"durable two", "committed two"}));
}

BOOST_AUTO_TEST_CASE(of_the_marks_covered_only_the_newest_is_told) {
  fixture x;
  for (const auto i : {1, 2, 3, 4}) {
    x.receiver->store(i);
    x.receiver->mark(std::to_string(i));
    x.host.flush();
  }
  x.host.durable(3);
  x.host.committed(2);
  x.host.durable(3);
  x.host.committed(2);
  BOOST_TEST(x.receiver->heard == (texts{"durable 3", "committed 2"}));
  x.host.committed(4); // is durable, too
  BOOST_TEST(x.receiver->heard == (texts{"durable 3", "committed 2", "durable 4", "committed 4"}));
}

BOOST_AUTO_TEST_CASE(marks_between_two_blocks_become_the_last_of_them) {
  fixture x;
  x.receiver->store(1);
  x.receiver->mark("a");
  x.receiver->store(2);
  x.receiver->mark("b");
  x.host.flush();
  x.receiver->mark("c"); // nothing stored behind "b"
  x.host.committed(1);
  BOOST_TEST(x.receiver->heard == (texts{"durable c", "committed c"}));
}

BOOST_AUTO_TEST_CASE(without_a_log_committed_is_told_and_durable_never) {
  fixture x{{.is_logged = false}};
  x.receiver->store(1);
  x.receiver->mark("a");
  x.host.flush();
  x.host.committed(1);
  BOOST_TEST(x.receiver->heard == (texts{"committed a"}));
}

BOOST_AUTO_TEST_CASE(a_mark_on_durable_records_is_told_soon) {
  fixture x;
  x.receiver->store(1);
  x.host.flush();
  x.host.durable(1);
  x.receiver->mark("late");
  x.host.settle();
  BOOST_TEST(x.receiver->heard == (texts{"durable late"}));
}

BOOST_AUTO_TEST_CASE(a_mark_on_committed_records_is_told_soon) {
  fixture x;
  x.receiver->mark("nothing stored yet");
  x.host.settle();
  BOOST_TEST(x.receiver->heard.back() == "committed nothing stored yet");
  x.receiver->store(1);
  x.host.flush();
  x.host.committed(1);
  x.receiver->mark("late");
  BOOST_TEST(x.receiver->heard.back() == "committed nothing stored yet");
  x.host.settle();
  BOOST_TEST(x.receiver->heard.back() == "committed late");
}

BOOST_AUTO_TEST_CASE(a_receiver_with_marks_hears_that_the_log_cannot_take_them) {
  fixture x;
  x.host.fail_log(full_disk); // of interest to nobody
  BOOST_TEST(x.receiver->heard.empty());
  x.receiver->store(1);
  x.receiver->mark("a");
  x.host.flush();
  x.host.fail_log(full_disk);
  x.host.durable(1);
  BOOST_TEST(x.receiver->heard == (texts{"log error: the disk is full", "durable a"}));
  x.host.fail_log(full_disk); // all that is marked is there
  BOOST_TEST(x.receiver->heard.size() == 2U);
}

BOOST_AUTO_TEST_CASE(marks_are_told_after_the_end_as_well) {
  fixture x;
  x.receiver->store(1);
  x.receiver->mark("last");
  x.host.stop();
  x.host.committed(1);
  BOOST_TEST(x.receiver->heard == (texts{"stop", "durable last", "committed last"}));
}

BOOST_AUTO_TEST_CASE(what_on_committed_throws_is_reported_and_the_next_is_told) {
  fixture x;
  x.receiver->committing = [](std::string_view) { throw std::runtime_error("the source has gone"); };
  for (const auto* tag : {"a", "b"}) {
    x.receiver->store(1);
    x.receiver->mark(tag);
    x.host.flush();
    x.host.committed(x.host.blocks());
  }
  x.host.settle();
  BOOST_TEST(x.receiver->heard.back() == "committed b");
  BOOST_TEST(x.host.reports().size() == 2U);
  BOOST_TEST(x.host.reports().front() == "on_committed() failed: the source has gone");
}

BOOST_AUTO_TEST_CASE(on_committed_may_store_and_mark) {
  fixture x{{.credit = 1, .block_bytes = 64}};
  x.receiver->committing = [&x](std::string_view tag) {
    if (tag != "first")
      return;
    x.receiver->store(numbers(100, 2)); // more than there is credit for
    x.receiver->mark("second");
  };
  x.receiver->store(1);
  x.receiver->mark("first");
  x.host.flush();
  x.host.committed(1);
  x.host.flush();
  x.host.committed(x.host.blocks());
  BOOST_TEST(x.receiver->heard.back() == "committed second");
  BOOST_TEST(x.host.records<int>().size() == 101U);
}

BOOST_AUTO_TEST_SUITE_END()
