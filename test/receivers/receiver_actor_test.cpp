// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/receiver_actor.hpp>

#include "records.hpp"

#include <support/simulation.hpp>

#include <boost/test/unit_test.hpp>

#include <caf/send.hpp>

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>

using namespace sluice;
using namespace std::chrono_literals;
using sluice::test::records_of;
using sluice::test::simulated_node;
using sluice::test::simulation;

namespace {

using texts = std::vector<std::string>;
using numbers = std::vector<int>;

/// What a batch generator hears: "0 1 2" for a block's records, "flushed 5 ms", "stopped", "stopped: why".
struct sink_log {
  texts heard;
  std::uint64_t bytes = 0;

  numbers records() const { return all; }
  numbers all;
};

struct sink_state {};

block_sink_actor::behavior_type sink_behavior(block_sink_actor::stateful_pointer<sink_state>, sink_log* log) {
  return {
      [log](block_atom, const batch& x) {
        std::string line;
        for (const auto i : records_of<int>({x})) {
          line += (line.empty() ? "" : " ") + std::to_string(i);
          log->all.push_back(i);
        }
        log->heard.push_back(line);
        log->bytes += x.bytes().size();
      },
      [log](flushed_atom, batch_time t) { log->heard.push_back("flushed " + to_string(t)); },
      [log](stopped_atom, const caf::error& why) {
        log->heard.push_back(why ? "stopped: " + describe(why) : "stopped");
      },
  };
}

/// Does what a test tells it to, and counts.
class puppet : public receiver<int> {
public:
  std::function<void()> starting = [] {};
  std::function<void()> stopping = [] {};
  std::atomic<int> starts = 0;
  std::atomic<int> stops = 0;

protected:
  void on_start() override {
    ++starts;
    starting();
  }
  void on_stop() override {
    ++stops;
    stopping();
  }
};

struct fixture {
  explicit fixture(std::uint64_t seed = 0, std::size_t block_bytes = default_block_bytes)
      : sim{seed},
        node{sim.add_node("a", [](auto& config) { config.template add_message_types<caf::id_block::sluice>(); })},
        sink{node.system().spawn(sink_behavior, &log)} {
    receiver_options options{.stream = stream_id{1}, .block_bytes = block_bytes};
    options.report = [this](std::string_view x) { reports.emplace_back(x); };
    actor = node.system().spawn(receiver_behavior, std::shared_ptr<receiver_base>{puppet_}, options);
  }
  ~fixture() {
    // The simulation ends its actors while what they write to is still there.
    actor = nullptr;
    sink = nullptr;
  }

  puppet& receiver() { return *puppet_; }
  void start(std::uint64_t credit = 1'000'000) {
    caf::anon_send(actor, start_atom::value, sink, credit);
    sim.run_until_idle();
  }
  template <class... Ts>
  void tell(const Ts&... xs) {
    caf::anon_send(actor, xs...);
    sim.run_until_idle();
  }
  bool is_gone() const { return node.system().registry().running() == (sink_is_gone ? 0U : 1U); }

  std::shared_ptr<puppet> puppet_ = std::make_shared<puppet>();
  texts reports;
  sink_log log;
  bool sink_is_gone = false;
  simulation sim;
  simulated_node& node;
  block_sink_actor sink;
  receiver_actor actor;
};

} // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(texts)

BOOST_AUTO_TEST_SUITE(receiver_actor_)

BOOST_AUTO_TEST_CASE(what_was_stored_goes_to_the_sink_when_the_block_interval_is_over) {
  fixture x;
  x.start();
  x.receiver().store(1);
  x.sim.advance(199ms);
  BOOST_TEST(x.log.heard.empty());
  x.sim.advance(1ms);
  BOOST_TEST(x.log.heard == (texts{"1"}));
  x.sim.advance(200ms); // nothing stored, nothing sent
  x.receiver().store(2);
  x.sim.advance(100ms);
  x.receiver().store(3);
  BOOST_TEST(x.log.heard == (texts{"1"}));
  x.sim.advance(100ms);
  BOOST_TEST(x.log.heard == (texts{"1", "2 3"}));
  x.tell(stop_atom::value);
}

BOOST_AUTO_TEST_CASE(a_full_block_goes_at_once) {
  fixture x{0, 8};
  x.start();
  for (auto i = 0; i < 5; ++i)
    x.receiver().store(i);
  x.sim.run_until_idle();
  BOOST_TEST(x.log.heard == (texts{"0 1", "2 3"}));
}

BOOST_AUTO_TEST_CASE(a_flush_is_answered_after_everything_stored_before_it) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    fixture x{seed, 8};
    x.start();
    // Nothing runs between these: the blocks cut while storing are still on their way when the flush comes.
    for (auto i = 0; i < 5; ++i)
      x.receiver().store(i);
    caf::anon_send(x.actor, flush_atom::value, batch_time{1000});
    x.receiver().store(5); // before the flush is handled, so it belongs to it too
    x.sim.run_until_idle();
    x.receiver().store(6);
    caf::anon_send(x.actor, flush_atom::value, batch_time{2000});
    caf::anon_send(x.actor, flush_atom::value, batch_time{3000});
    x.sim.run_until_idle();
    BOOST_TEST(x.log.heard
               == (texts{"0 1", "2 3", "4 5", "flushed 1000 ms", "6", "flushed 2000 ms", "flushed 3000 ms"}));
    x.tell(stop_atom::value);
  }
}

BOOST_AUTO_TEST_CASE(a_flush_in_the_middle_of_storing_threads_keeps_the_order_of_each) {
  fixture x{0, 64};
  std::vector<std::thread> threads;
  x.receiver().starting = [&x, &threads] {
    for (auto t = 0; t < 2; ++t)
      threads.emplace_back([&x, t] {
        for (auto i = 0; i < 20'000; ++i)
          x.receiver().store(2 * i + t);
      });
  };
  x.start();
  std::size_t flushes = 0;
  const auto running = [&x] { return x.log.all.size() < 40'000; };
  while (running()) {
    x.tell(flush_atom::value, batch_time{static_cast<std::int64_t>(++flushes)});
    x.tell(credit_atom::value, std::exchange(x.log.bytes, 0));
    std::this_thread::yield();
  }
  for (auto& thread : threads)
    thread.join();
  int last[] = {-1, -1};
  for (const auto i : x.log.all) {
    BOOST_REQUIRE(i / 2 == last[i % 2] + 1);
    last[i % 2] = i / 2;
  }
  x.tell(stop_atom::value);
}

BOOST_AUTO_TEST_CASE(bytes_sent_stay_within_the_credit_and_one_block) {
  fixture x{0, 64};
  std::atomic<bool> done = false;
  std::thread thread;
  x.receiver().starting = [&] {
    thread = std::thread{[&] {
      for (auto i = 0; i < 10'000; ++i)
        x.receiver().store(i);
      done = true;
    }};
  };
  std::uint64_t given = 500;
  x.start(given);
  std::uint64_t most_beyond = 0;
  while (!done) {
    x.sim.run_until_idle();
    if (x.log.bytes > given)
      most_beyond = std::max(most_beyond, x.log.bytes - given);
    if (x.log.bytes >= given) {
      x.tell(credit_atom::value, std::uint64_t{500});
      given += 500;
    }
    std::this_thread::yield();
  }
  thread.join();
  x.tell(stop_atom::value);
  BOOST_TEST(most_beyond < 200U); // a block of 16 numbers takes 64 bytes and its overhead
  BOOST_TEST(x.log.all.size() == 10'000U);
}

BOOST_AUTO_TEST_CASE(a_restart_takes_two_seconds_to_the_tick) {
  fixture x;
  x.start();
  x.receiver().store(1);
  x.receiver().restart("connection lost");
  x.sim.run_until_idle();
  BOOST_TEST(x.receiver().stops == 1);
  BOOST_TEST(x.reports == (texts{"connection lost; trying again in 2 s"}));
  x.sim.advance(1999ms);
  BOOST_TEST(x.receiver().starts == 1);
  BOOST_TEST(x.receiver().is_stopped());
  x.sim.advance(1ms);
  BOOST_TEST(x.receiver().starts == 2);
  BOOST_TEST(!x.receiver().is_stopped());
  x.receiver().restart("connection lost again", 10s);
  x.sim.advance(10s - 1ms);
  BOOST_TEST(x.receiver().starts == 2);
  x.sim.advance(1ms);
  BOOST_TEST(x.receiver().starts == 3);
  BOOST_TEST(x.log.heard == (texts{"1"})); // what was stored before is not lost
  x.tell(stop_atom::value);
  BOOST_TEST(x.receiver().stops == 3);
}

BOOST_AUTO_TEST_CASE(an_exception_in_on_start_is_a_restart) {
  fixture x;
  x.receiver().starting = [&x] {
    if (x.receiver().starts < 3)
      throw std::runtime_error("device is busy");
  };
  x.start();
  BOOST_TEST(x.reports == (texts{"on_start() failed: device is busy; trying again in 2 s"}));
  x.sim.advance(2s);
  BOOST_TEST(x.receiver().starts == 2);
  x.sim.advance(2s);
  BOOST_TEST(x.receiver().starts == 3);
  BOOST_TEST(x.reports.size() == 2U);
  x.sim.advance(1min);
  BOOST_TEST(x.receiver().starts == 3);
  BOOST_TEST(x.receiver().stops == 2);
}

BOOST_AUTO_TEST_CASE(stop_passes_on_what_is_left_and_ends_the_actor) {
  fixture x;
  x.start();
  x.receiver().stopping = [&x] {
    BOOST_TEST(x.receiver().is_stopped());
    x.receiver().store(2);
  };
  x.receiver().store(1);
  x.tell(stop_atom::value);
  BOOST_TEST(x.log.heard == (texts{"1 2", "stopped"}));
  BOOST_TEST(x.receiver().stops == 1);
  BOOST_TEST(x.is_gone());
  x.tell(stop_atom::value); // nobody is there to mind
  x.sim.advance(1h);
  BOOST_TEST(x.log.heard.size() == 2U);
}

BOOST_AUTO_TEST_CASE(stop_behind_a_flush_is_answered_behind_it) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    fixture x{seed};
    x.start();
    x.receiver().store(1);
    caf::anon_send(x.actor, flush_atom::value, batch_time{1000});
    caf::anon_send(x.actor, stop_atom::value);
    caf::anon_send(x.actor, stop_atom::value);
    x.sim.run_until_idle();
    BOOST_TEST(x.log.heard == (texts{"1", "flushed 1000 ms", "stopped"}));
  }
}

BOOST_AUTO_TEST_CASE(stop_is_answered_during_a_restart_delay) {
  fixture x;
  x.start();
  x.receiver().store(1);
  x.receiver().restart("gone for long", 1h);
  x.sim.run_until_idle();
  x.tell(stop_atom::value);
  BOOST_TEST(x.log.heard == (texts{"1", "stopped"}));
  BOOST_TEST(x.is_gone());
  x.sim.advance(2h);
  BOOST_TEST(x.receiver().starts == 1);
  BOOST_TEST(x.receiver().stops == 1);
}

BOOST_AUTO_TEST_CASE(stop_lets_threads_through_that_wait_for_credit_and_loses_nothing) {
  fixture x{0, 64};
  std::vector<std::thread> threads;
  std::atomic<int> stored = 0;
  x.receiver().starting = [&] {
    for (auto t = 0; t < 4; ++t)
      threads.emplace_back([&x, &stored, t] {
        while (!x.receiver().is_stopped()) {
          x.receiver().store(numbers(10, t));
          stored += 10;
        }
      });
  };
  x.receiver().stopping = [&threads] {
    for (auto& thread : threads)
      thread.join();
  };
  x.start(1);
  while (x.log.all.empty()) // the credit is used up, and everybody waits or soon will
    x.sim.run_until_idle();
  x.tell(stop_atom::value);
  BOOST_TEST(x.log.heard.back() == "stopped");
  BOOST_TEST(x.log.all.size() == static_cast<std::size_t>(stored));
}

BOOST_AUTO_TEST_CASE(a_restart_joins_threads_that_wait_for_credit) {
  fixture x{0, 64};
  std::thread thread;
  x.receiver().starting = [&] {
    thread = std::thread{[&x] { x.receiver().store(numbers(1000, x.receiver().starts)); }};
  };
  x.receiver().stopping = [&thread] { thread.join(); };
  x.start(1);
  while (x.log.all.empty())
    x.sim.run_until_idle();
  x.receiver().restart("other thread says so");
  x.sim.run_until_idle();
  BOOST_TEST(x.receiver().stops == 1);
  x.sim.advance(2s);
  BOOST_TEST(x.receiver().starts == 2);
  x.tell(stop_atom::value);
  BOOST_TEST(x.log.all.size() == 2000U);
}

BOOST_AUTO_TEST_CASE(giving_up_tells_the_sink_why_once) {
  fixture x;
  x.start();
  x.receiver().store(1);
  x.receiver().stop("the licence has expired");
  x.receiver().stop("still");
  x.sim.run_until_idle();
  BOOST_TEST(x.log.heard == (texts{"1", "stopped: the licence has expired"}));
  BOOST_TEST(x.receiver().stops == 1);
  BOOST_TEST(x.is_gone());
}

BOOST_AUTO_TEST_CASE(giving_up_during_a_restart_delay_is_heard) {
  fixture x;
  x.start();
  x.receiver().restart("lost");
  x.receiver().stop("and gone", ec::connection_failed);
  x.sim.run_until_idle();
  BOOST_TEST(x.log.heard == (texts{"stopped: and gone"}));
  BOOST_TEST(x.receiver().stops == 1);
  x.sim.advance(1min);
  BOOST_TEST(x.receiver().starts == 1);
}

BOOST_AUTO_TEST_CASE(reports_reach_the_user) {
  fixture x;
  x.start();
  x.receiver().report_error("a line was odd");
  x.sim.run_until_idle();
  BOOST_TEST(x.reports == (texts{"a line was odd"}));
  BOOST_TEST(!x.receiver().is_stopped());
}

BOOST_AUTO_TEST_CASE(when_the_sink_has_gone_the_receiver_ends) {
  fixture x{0, 64};
  std::thread thread;
  x.receiver().starting = [&] { thread = std::thread{[&x] { x.receiver().store(numbers(1000, 1)); }}; };
  x.receiver().stopping = [&thread] { thread.join(); };
  x.start(1);
  while (x.log.all.empty())
    x.sim.run_until_idle();
  caf::anon_send_exit(x.sink, caf::exit_reason::kill);
  x.sink_is_gone = true;
  x.sim.run_until_idle();
  BOOST_TEST(x.receiver().stops == 1);
  BOOST_TEST(x.is_gone());
}

BOOST_AUTO_TEST_CASE(when_the_sink_goes_during_a_restart_delay_the_receiver_ends) {
  fixture x;
  x.start();
  x.receiver().restart("lost", 1h);
  x.sim.run_until_idle();
  caf::anon_send_exit(x.sink, caf::exit_reason::kill);
  x.sink_is_gone = true;
  x.sim.run_until_idle();
  BOOST_TEST(x.receiver().stops == 1);
  BOOST_TEST(x.is_gone());
}

BOOST_AUTO_TEST_CASE(on_stop_is_called_when_the_actor_is_killed) {
  fixture x;
  x.start();
  x.receiver().store(1);
  caf::anon_send_exit(x.actor, caf::exit_reason::kill);
  x.sim.run_until_idle();
  BOOST_TEST(x.receiver().stops == 1);
  BOOST_TEST(x.is_gone());
  x.receiver().store(2); // of no use, and no harm
}

BOOST_AUTO_TEST_CASE(stop_before_start_ends_the_actor) {
  fixture x;
  x.tell(stop_atom::value);
  BOOST_TEST(x.is_gone());
  BOOST_TEST(x.receiver().starts == 0);
  BOOST_TEST(x.receiver().stops == 0);
}

BOOST_AUTO_TEST_CASE(a_second_start_is_ignored) {
  fixture x;
  x.start();
  x.start();
  BOOST_TEST(x.receiver().starts == 1);
  x.receiver().store(1);
  x.tell(stop_atom::value);
  BOOST_TEST(x.log.heard == (texts{"1", "stopped"}));
}

BOOST_AUTO_TEST_SUITE_END()
