// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/receiver/receiver_life.hpp>

#include "records.hpp"

#include <support/held_threads.hpp>

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>

using namespace sluice;
using namespace std::chrono_literals;
using sluice::test::held_threads;
using sluice::test::records_of;

namespace {

using texts = std::vector<std::string>;
using numbers = std::vector<int>;

constexpr std::uint64_t plenty = 1'000'000;

/// Writes down what the receiver wishes.
class notebook : public receiver_host {
public:
  void block(batch x) override { blocks.push_back(std::move(x)); }
  void drained() override {
    wishes.emplace_back("drained");
    is_drained = true;
    is_drained.notify_all();
  }
  void marked() override {}
  void report(std::string what) override { wishes.push_back("report: " + what); }
  void note(std::string what) override { wishes.push_back("note: " + what); }
  void restart(std::string why, duration delay) override {
    wishes.push_back("restart after " + to_string(delay) + ": " + why);
  }
  void stop(error why) override { wishes.push_back("stop: " + describe(why)); }
  caf::actor_system& system() override { throw std::logic_error("no actors here"); }

  texts wishes;
  std::vector<batch> blocks;
  std::atomic<bool> is_drained = false;
};

/// Does what a test tells it to.
class puppet : public receiver<int> {
public:
  ~puppet() override {
    if (thread.joinable())
      thread.join();
  }

  std::function<void()> starting = [] {};
  std::function<void()> stopping = [] {};
  texts calls;
  texts committed;
  std::thread thread;

protected:
  void on_start() override {
    calls.emplace_back("on_start");
    starting();
  }
  void on_stop() override {
    calls.emplace_back("on_stop");
    stopping();
  }
  void on_committed(std::string_view tag) override { committed.emplace_back(tag); }
};

struct fixture {
  /// @param thread where the receiver's functions run; null: where the test does.
  explicit fixture(std::shared_ptr<side_thread> thread = nullptr) : away{std::move(thread), [] {}} {}

  std::shared_ptr<notebook> host = std::make_shared<notebook>();
  std::shared_ptr<puppet> receiver = std::make_shared<puppet>();
  texts reports; ///< messages
  texts events;
  std::vector<duration> delays; ///< after which the receiver is to be resumed
  errands away;
  std::optional<receiver_life> life{std::in_place, receiver, host, stream_id{3}, 64, away, callbacks()};

  receiver_life::callbacks callbacks() {
    return {[this](receiver_event what, std::string_view x) { hear(what, x); },
            [this](duration delay) { delays.push_back(delay); }};
  }

  void hear(receiver_event what, std::string_view x) {
    static const texts names{"started", "error", "stopped"};
    events.push_back(names.at(static_cast<std::size_t>(what)));
    if (!x.empty())
      reports.emplace_back(x);
  }
};

} // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(texts)

BOOST_AUTO_TEST_SUITE(receiver_life_)

BOOST_AUTO_TEST_CASE(a_receiver_runs_from_start_to_stop) {
  fixture x;
  BOOST_TEST(!x.life->is_active());
  BOOST_TEST(!x.receiver->is_started());
  BOOST_TEST(!x.receiver->is_stopped());
  x.receiver->starting = [&x] { BOOST_TEST(x.receiver->is_started()); };
  x.receiver->stopping = [&x] {
    BOOST_TEST(x.receiver->is_stopped());
    BOOST_TEST(x.receiver->is_started());
  };
  x.life->start(plenty);
  BOOST_TEST(x.life->is_active());
  BOOST_TEST((x.receiver->stream_id() == stream_id{3}));
  BOOST_TEST(!x.receiver->is_stopped());
  x.receiver->store(1);
  x.receiver->store(numbers{2, 3});
  x.life->stop({});
  BOOST_TEST(!x.life->is_active());
  BOOST_TEST(!x.receiver->is_started());
  BOOST_TEST(x.receiver->calls == (texts{"on_start", "on_stop"}));
  BOOST_TEST(x.host->wishes == (texts{"drained"}));
  BOOST_TEST(records_of<int>(x.host->blocks) == (numbers{1, 2, 3}), boost::test_tools::per_element());
  BOOST_TEST(!x.life->drained());
  BOOST_TEST(x.reports.empty());
  BOOST_TEST(x.events == (texts{"started", "stopped"}));
}

BOOST_AUTO_TEST_CASE(a_restart_stops_waits_and_starts) {
  fixture x;
  x.life->start(plenty);
  x.receiver->restart("the source went away", 500ms);
  BOOST_TEST(x.receiver->is_stopped());
  BOOST_TEST(x.host->wishes == (texts{"restart after 500 ms: the source went away"}));
  x.life->restart("the source went away", 500ms);
  BOOST_TEST((x.delays == std::vector<duration>{500ms}));
  BOOST_TEST(x.receiver->calls == (texts{"on_start", "on_stop"}));
  BOOST_TEST(x.receiver->is_stopped());
  BOOST_TEST(x.life->is_active());
  BOOST_TEST(x.reports == (texts{"the source went away; trying again in 500 ms"}));
  x.life->resume();
  BOOST_TEST(!x.receiver->is_stopped());
  BOOST_TEST(x.receiver->calls == (texts{"on_start", "on_stop", "on_start"}));
  x.life->resume(); // only a waiting receiver is resumed
  BOOST_TEST(x.delays.size() == 1U);
  x.life->stop({});
  BOOST_TEST(x.receiver->calls == (texts{"on_start", "on_stop", "on_start", "on_stop"}));
  BOOST_TEST(x.events == (texts{"started", "error", "stopped", "started", "stopped"}));
}

BOOST_AUTO_TEST_CASE(of_many_wishes_to_restart_one_counts) {
  fixture x;
  x.life->start(plenty);
  x.receiver->restart("first");
  x.receiver->restart("second");
  BOOST_TEST(x.host->wishes == (texts{"restart after 2000 ms: first"}));
  x.life->restart("first", 2s);
  x.life->restart("second", 3s);
  BOOST_TEST((x.delays == std::vector<duration>{2s}));
  BOOST_TEST(x.receiver->calls == (texts{"on_start", "on_stop"}));
  x.life->resume();
  x.receiver->restart("again?", -1s);
  BOOST_TEST(x.host->wishes.back() == "restart after 0 ms: again?");
  x.life->restart("again?", 0s);
  BOOST_TEST(x.reports.back() == "again? trying again in 0 s");
}

BOOST_AUTO_TEST_CASE(an_exception_in_on_start_is_reported_and_tried_again_after_two_seconds) {
  fixture x;
  x.receiver->starting = [] { throw std::runtime_error("no such device"); };
  x.life->start(plenty);
  BOOST_TEST((x.delays == std::vector<duration>{2s}));
  BOOST_TEST(x.receiver->calls == (texts{"on_start", "on_stop"}));
  BOOST_TEST(x.reports == (texts{"on_start() failed: no such device; trying again in 2 s"}));
  BOOST_TEST(x.events == (texts{"started", "error", "stopped"}));
  x.receiver->starting = [] { throw 7; }; // NOLINT: users do
  x.life->resume();
  BOOST_TEST((x.delays == std::vector<duration>{2s, 2s}));
  x.receiver->starting = [] {};
  x.life->resume();
  BOOST_TEST(x.receiver->is_started());
  x.life->stop({});
  BOOST_TEST(x.receiver->calls == (texts{"on_start", "on_stop", "on_start", "on_stop", "on_start", "on_stop"}));
}

BOOST_AUTO_TEST_CASE(an_exception_in_on_stop_is_reported) {
  fixture x;
  x.receiver->stopping = [] { throw std::runtime_error("cannot close"); };
  x.life->start(plenty);
  x.life->stop({});
  BOOST_TEST(x.reports == (texts{"on_stop() failed: cannot close"}));
  BOOST_TEST(x.events == (texts{"started", "error", "stopped"}));
  BOOST_TEST(x.host->wishes == (texts{"drained"}));
  BOOST_TEST(!x.receiver->is_started());
}

BOOST_AUTO_TEST_CASE(stop_during_a_restart_delay_calls_on_stop_no_second_time) {
  fixture x;
  x.life->start(plenty);
  x.receiver->store(1);
  x.life->restart("gone", 2s);
  x.life->stop({});
  BOOST_TEST(x.receiver->calls == (texts{"on_start", "on_stop"}));
  BOOST_TEST(x.host->wishes == (texts{"drained"}));
  BOOST_TEST(x.events == (texts{"started", "error", "stopped"}));
  BOOST_TEST(records_of<int>(x.host->blocks) == (numbers{1}), boost::test_tools::per_element());
  x.life->resume();
  BOOST_TEST(x.receiver->calls.size() == 2U);
}

BOOST_AUTO_TEST_CASE(the_first_reason_to_stop_counts) {
  fixture x;
  x.life->start(plenty);
  x.receiver->stop("password refused", ec::connection_failed);
  BOOST_TEST(x.receiver->is_stopped());
  BOOST_TEST(x.host->wishes == (texts{"stop: password refused"}));
  x.life->stop(make_error(ec::connection_failed, "password refused"));
  x.life->stop(make_error(ec::receiver_stopped, "too late"));
  BOOST_TEST(x.receiver->calls == (texts{"on_start", "on_stop"}));
  const auto why = x.life->drained();
  BOOST_TEST(is(why, ec::connection_failed));
  BOOST_TEST(describe(why) == "password refused");
  BOOST_TEST(x.events == (texts{"started", "stopped"}));
  BOOST_TEST(x.reports == (texts{"password refused"}));
}

BOOST_AUTO_TEST_CASE(a_receiver_that_never_started_is_stopped_without_on_stop) {
  fixture x;
  x.life->stop({});
  BOOST_TEST(x.receiver->is_stopped());
  BOOST_TEST(x.receiver->calls.empty());
  BOOST_TEST(x.host->wishes == (texts{"drained"}));
  x.life->start(plenty);
  BOOST_TEST(x.receiver->calls.empty());
}

BOOST_AUTO_TEST_CASE(on_start_may_store_more_than_there_is_credit_for) {
  fixture x;
  x.receiver->starting = [&x] {
    for (auto i = 0; i < 1000; ++i)
      x.receiver->store(i);
  };
  x.life->start(1);
  x.life->cut();
  BOOST_TEST(records_of<int>(x.host->blocks).size() == 1000U);
}

BOOST_AUTO_TEST_CASE(a_thread_that_waits_for_credit_can_be_joined_and_loses_nothing) {
  for (const auto restart : {false, true}) {
    fixture x;
    std::atomic<bool> storing = false;
    auto was_stopped = false;
    x.receiver->starting = [&] {
      x.receiver->thread = std::thread{[&] {
        storing = true;
        storing.notify_all();
        x.receiver->store(numbers(1000, 7)); // blocks after the first block
        x.receiver->store(8);
        was_stopped = x.receiver->is_stopped();
      }};
    };
    x.receiver->stopping = [&x] { x.receiver->thread.join(); };
    x.life->start(1);
    storing.wait(false);
    if (restart)
      x.life->restart("why not", 1s);
    x.life->stop({});
    BOOST_TEST(was_stopped);
    BOOST_TEST(x.host->wishes == (texts{"drained"}));
    BOOST_TEST(records_of<int>(x.host->blocks).size() == 1001U);
  }
}

BOOST_AUTO_TEST_CASE(what_a_thread_left_behind_is_storing_is_passed_on_before_the_end) {
  fixture x;
  std::atomic<int> at = 0;
  x.receiver->starting = [&] {
    x.receiver->thread = std::thread{[&] {
      auto records = std::views::iota(0, 100) | std::views::transform([&at](int i) {
                       if (i == 50) {
                         at = 1;
                         at.notify_all();
                         at.wait(1);
                       }
                       return i;
                     });
      x.receiver->store(records);
    }};
  };
  x.life->start(plenty); // all at once: who gives credit later needs the lock, too
  at.wait(0);            // in the middle of store(), and holds the lock
  std::thread releasing{[&at] {
    at = 2;
    at.notify_all();
  }};
  x.life->stop({}); // on_stop joins nobody
  x.host->is_drained.wait(false);
  BOOST_TEST(records_of<int>(x.host->blocks).size() == 100U);
  releasing.join();
  x.receiver->thread.join();
}

BOOST_AUTO_TEST_CASE(who_stores_after_the_end_is_told_once) {
  fixture x;
  x.life->start(plenty);
  x.life->stop({});
  x.receiver->store(1);
  x.receiver->store(numbers{2, 3});
  BOOST_TEST(x.host->wishes.size() == 2U);
  BOOST_TEST(x.host->wishes[1].starts_with("report: records stored after the receiver has stopped are dropped"));
  BOOST_TEST(x.host->blocks.empty());
}

BOOST_AUTO_TEST_CASE(who_stores_before_the_start_is_told) {
  puppet alone;
  BOOST_CHECK_THROW(alone.store(1), usage_error);
}

BOOST_AUTO_TEST_CASE(a_host_that_goes_away_stops_the_receiver) {
  fixture x;
  x.life->start(plenty);
  x.receiver->store(1);
  x.life.reset();
  BOOST_TEST(x.receiver->calls == (texts{"on_start", "on_stop"}));
  BOOST_TEST(x.host.use_count() == 1);
  // Threads that are still there may call whatever they like.
  x.receiver->restart("nobody listens");
  x.receiver->stop("nobody listens");
  x.receiver->store(2);
}

BOOST_AUTO_TEST_CASE(what_on_stop_throws_after_a_failed_on_start_is_not_reported_as_well) {
  fixture x;
  x.receiver->starting = [] { throw std::runtime_error("no such device"); };
  x.receiver->stopping = [&x] { x.receiver->thread.join(); }; // which was never started
  x.life->start(plenty);
  BOOST_TEST(x.receiver->calls == (texts{"on_start", "on_stop"}));
  BOOST_TEST(x.reports == (texts{"on_start() failed: no such device; trying again in 2 s"}));
}

namespace {

/// A receiver whose functions take as long as a test holds them.
struct slow_fixture {
  held_threads threads;
  fixture x{threads.start("it")};

  void hold() { threads.hold("it"); }
  void let_go() {
    threads.let_go("it");
    x.away.take_answers();
  }
};

} // namespace

BOOST_FIXTURE_TEST_CASE(while_on_stop_runs_for_a_restart_all_else_goes_on, slow_fixture) {
  x.life->start(plenty);
  x.away.take_answers();
  hold();
  x.life->restart("gone", 1s);
  BOOST_TEST(x.life->is_active());
  BOOST_TEST(x.receiver->is_started());
  x.receiver->store(1);
  x.life->flush();
  x.life->credit(5);
  BOOST_TEST(records_of<int>(x.host->blocks) == (numbers{1}), boost::test_tools::per_element());
  BOOST_TEST(x.delays.empty());
  let_go();
  BOOST_TEST(!x.receiver->is_started());
  BOOST_TEST((x.delays == std::vector<duration>{1s}));
  BOOST_TEST(x.events == (texts{"started", "error", "stopped"}));
}

BOOST_FIXTURE_TEST_CASE(a_stop_while_on_stop_runs_for_a_restart_calls_it_no_second_time, slow_fixture) {
  x.life->start(plenty);
  x.away.take_answers();
  hold();
  x.life->restart("gone", 1s);
  x.life->stop({});
  BOOST_TEST(x.host->wishes.empty());
  let_go();
  BOOST_TEST(x.host->wishes == (texts{"drained"}));
  BOOST_TEST(x.delays.empty());
  BOOST_TEST(x.receiver->calls == (texts{"on_start", "on_stop"}));
  BOOST_TEST(x.events == (texts{"started", "error", "stopped"}));
}

BOOST_FIXTURE_TEST_CASE(who_does_not_stop_in_time_is_not_waited_for, slow_fixture) {
  x.life->start(plenty);
  x.away.take_answers();
  BOOST_TEST(!x.life->give_up()); // nobody stops
  x.receiver->store(1);
  hold();
  x.life->stop({});
  BOOST_TEST(x.host->wishes.empty());
  BOOST_TEST(x.life->give_up());
  BOOST_TEST(!x.life->give_up());
  BOOST_TEST(x.host->wishes == (texts{"drained"}));
  BOOST_TEST(records_of<int>(x.host->blocks) == (numbers{1}), boost::test_tools::per_element());
  x.receiver->store(2); // too late
  let_go();
  BOOST_TEST(x.events == (texts{"started", "stopped"}));
  BOOST_TEST(x.receiver->calls == (texts{"on_start", "on_stop"}));
}

BOOST_FIXTURE_TEST_CASE(while_a_function_of_the_receiver_runs_marks_are_merged, slow_fixture) {
  x.life->start(plenty);
  x.away.take_answers();
  hold();
  for (std::uint64_t i = 1; i <= 5; ++i) {
    x.receiver->store(1);
    x.receiver->mark(std::to_string(i));
    x.life->flush();
    x.life->committed(i);
  }
  BOOST_TEST(threads.waiting("it") == 1U);
  let_go();
  BOOST_TEST(x.receiver->committed == (texts{"1", "5"}));
}

BOOST_FIXTURE_TEST_CASE(a_restart_while_on_start_runs_stops_after_it, slow_fixture) {
  hold();
  x.life->start(plenty);
  x.life->restart("already", 1s);
  BOOST_TEST(x.receiver->calls.empty());
  let_go();
  BOOST_TEST(x.receiver->calls == (texts{"on_start", "on_stop"}));
  BOOST_TEST((x.delays == std::vector<duration>{1s}));
}

BOOST_FIXTURE_TEST_CASE(a_host_that_goes_away_while_a_function_runs_hears_nothing_any_more, slow_fixture) {
  hold();
  x.life->start(plenty);
  x.life.reset();
  BOOST_TEST(x.host.use_count() == 1);
  threads.let_go("it");
  BOOST_TEST(x.receiver->calls == (texts{"on_start", "on_stop"}));
}

BOOST_AUTO_TEST_CASE(a_start_that_stores_more_than_there_is_credit_for_waits_on_a_thread_of_its_own) {
  real_side_threads threads;
  std::atomic<bool> storing = false;
  std::atomic<bool> done = false;
  {
    fixture x{threads.start("it")};
    x.receiver->starting = [&] {
      storing = true;
      storing.notify_all();
      x.receiver->store(numbers(1000, 7)); // blocks after the first block
      done = true;
      done.notify_all();
    };
    x.life->start(1);
    storing.wait(false);
    x.life->credit(plenty);
    done.wait(false);
    x.life->stop({});
    x.life.reset();
  }
  BOOST_TEST(threads.wait(10s).empty());
}

BOOST_AUTO_TEST_SUITE_END()
