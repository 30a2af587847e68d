// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/receiver/receiver_actor.hpp>

#include "puppet.hpp"
#include "records.hpp"

#include <support/simulation.hpp>

#include <boost/test/unit_test.hpp>

#include <caf/send.hpp>

#include <stdexcept>
#include <string>

using namespace sluice;
using namespace std::chrono_literals;
using sluice::test::puppet;
using sluice::test::records_of;
using sluice::test::simulated_node;
using sluice::test::simulation;

namespace {

using texts = std::vector<std::string>;

/// Writes down what a batch generator hears: "0 1 2" for a block's records, "flushed 5 ms", "stopped: why".
block_sink_actor::behavior_type sink_behavior(block_sink_actor::pointer, texts* log) {
  return {
      [log](block_atom, const batch& x) {
        std::string line;
        for (const auto i : records_of<int>({x}))
          line += (line.empty() ? "" : " ") + std::to_string(i);
        log->push_back(line);
      },
      [](report_atom, const receiver_report&) {},
      [log](flushed_atom, batch_time t) { log->push_back("flushed " + to_string(t)); },
      [log](stopped_atom, const caf::error& why) { log->push_back(why ? "stopped: " + describe(why) : "stopped"); },
  };
}

struct fixture {
  explicit fixture(std::uint64_t seed = 0, std::size_t block_bytes = default_block_bytes, bool is_logged = false)
      : sim{seed},
        node{sim.add_node("a", [](auto& config) { config.template add_message_types<caf::id_block::sluice>(); })},
        sink{node.system().spawn(sink_behavior, &heard)} {
    receiver_options options{.stream = stream_id{1}, .block_bytes = block_bytes, .is_logged = is_logged};
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
  texts heard;
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
  BOOST_TEST(x.heard.empty());
  x.sim.advance(1ms);
  BOOST_TEST(x.heard == (texts{"1"}));
  x.sim.advance(200ms); // nothing stored, nothing sent
  x.receiver().store(2);
  x.sim.advance(100ms);
  x.receiver().store(3);
  BOOST_TEST(x.heard == (texts{"1"}));
  x.sim.advance(100ms);
  BOOST_TEST(x.heard == (texts{"1", "2 3"}));
  x.tell(stop_atom::value);
}

BOOST_AUTO_TEST_CASE(a_full_block_goes_at_once) {
  fixture x{0, 8};
  x.start();
  for (auto i = 0; i < 5; ++i)
    x.receiver().store(i);
  x.sim.run_until_idle();
  BOOST_TEST(x.heard == (texts{"0 1", "2 3"}));
}

BOOST_AUTO_TEST_CASE(a_receiver_is_quiet_from_a_flush_until_somebody_stores) {
  fixture x;
  x.start();
  BOOST_TEST(!x.receiver().is_quiet());
  x.tell(flush_atom::value, batch_time{1000});
  BOOST_TEST(x.receiver().is_quiet());
  x.receiver().store(1);
  BOOST_TEST(!x.receiver().is_quiet());
  x.sim.advance(200ms);
  BOOST_TEST(x.heard.back() == "1");
  BOOST_TEST(!x.receiver().is_quiet()); // a block may be on its way until a flush is answered behind it
  x.tell(flush_atom::value, batch_time{2000});
  BOOST_TEST(x.receiver().is_quiet());
  x.tell(stop_atom::value);
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
    BOOST_TEST(x.heard == (texts{"0 1", "2 3", "4 5", "flushed 1000 ms", "6", "flushed 2000 ms", "flushed 3000 ms"}));
    x.tell(stop_atom::value);
  }
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
  BOOST_TEST(x.heard == (texts{"1"})); // what was stored before is not lost
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
  BOOST_TEST(x.heard == (texts{"1 2", "stopped"}));
  BOOST_TEST(x.receiver().stops == 1);
  BOOST_TEST(x.is_gone());
  x.tell(stop_atom::value); // nobody is there to mind
  x.sim.advance(1h);
  BOOST_TEST(x.heard.size() == 2U);
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
    BOOST_TEST(x.heard == (texts{"1", "flushed 1000 ms", "stopped"}));
  }
}

BOOST_AUTO_TEST_CASE(stop_is_answered_during_a_restart_delay) {
  fixture x;
  x.start();
  x.receiver().store(1);
  x.receiver().restart("gone for long", 1h);
  x.sim.run_until_idle();
  x.tell(stop_atom::value);
  BOOST_TEST(x.heard == (texts{"1", "stopped"}));
  BOOST_TEST(x.is_gone());
  x.sim.advance(2h);
  BOOST_TEST(x.receiver().starts == 1);
  BOOST_TEST(x.receiver().stops == 1);
}

BOOST_AUTO_TEST_CASE(giving_up_tells_the_sink_why_once) {
  fixture x;
  x.start();
  x.receiver().store(1);
  x.receiver().stop("the licence has expired");
  x.receiver().stop("still");
  x.sim.run_until_idle();
  BOOST_TEST(x.heard == (texts{"1", "stopped: the licence has expired"}));
  BOOST_TEST(x.receiver().stops == 1);
  BOOST_TEST(x.is_gone());
}

BOOST_AUTO_TEST_CASE(giving_up_during_a_restart_delay_is_heard) {
  fixture x;
  x.start();
  x.receiver().restart("lost");
  x.receiver().stop("and gone", ec::connection_failed);
  x.sim.run_until_idle();
  BOOST_TEST(x.heard == (texts{"stopped: and gone"}));
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
  fixture x;
  x.start();
  x.receiver().store(1);
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

BOOST_AUTO_TEST_CASE(options_that_cannot_be_are_refused) {
  BOOST_CHECK_NO_THROW(check(receiver_options{}));
  BOOST_CHECK_THROW(check(receiver_options{.block_interval = 0ms}), usage_error);
  BOOST_CHECK_THROW(check(receiver_options{.block_bytes = 0}), usage_error);
  BOOST_CHECK_THROW(check(receiver_options{.block_bytes = max_batch_bytes}), usage_error);
}

BOOST_AUTO_TEST_CASE(a_second_start_is_ignored) {
  fixture x;
  x.start();
  x.start();
  BOOST_TEST(x.receiver().starts == 1);
  x.receiver().store(1);
  x.tell(stop_atom::value);
  BOOST_TEST(x.heard == (texts{"1", "stopped"}));
}

BOOST_AUTO_TEST_CASE(a_receiver_is_told_what_the_batch_generator_says_of_its_blocks) {
  fixture x{0, default_block_bytes, true};
  x.start();
  BOOST_TEST(x.receiver().is_logged());
  x.receiver().store(1);
  x.receiver().mark("one");
  x.tell(flush_atom::value, batch_time{1});
  x.tell(durable_atom::value, caf::error{make_error(ec::storage_failed, "the disk is full")});
  x.tell(durable_atom::value, std::uint64_t{1});
  x.tell(commit_atom::value, std::uint64_t{1});
  BOOST_TEST(x.receiver().heard == (texts{"log error: the disk is full", "durable one", "committed one"}));
  x.receiver().mark("once more"); // of committed records
  x.sim.run_until_idle();
  BOOST_TEST(x.receiver().heard.back() == "committed once more");
  x.tell(stop_atom::value);
  BOOST_TEST(x.is_gone());
}

BOOST_AUTO_TEST_CASE(a_receiver_with_marks_stays_until_they_are_committed) {
  fixture x;
  x.start();
  x.receiver().store(1);
  x.receiver().store(2);
  x.receiver().mark("two");
  x.tell(stop_atom::value);
  BOOST_TEST(x.heard == (texts{"1 2", "stopped"}));
  x.sim.advance(1min);
  BOOST_TEST(!x.is_gone());
  BOOST_TEST(x.heard.size() == 2U); // it says no second time that it has stopped
  x.tell(commit_atom::value, std::uint64_t{1});
  BOOST_TEST(x.receiver().heard == (texts{"committed two"}));
  BOOST_TEST(x.is_gone());
}

BOOST_AUTO_TEST_CASE(a_receiver_with_marks_does_not_stay_alone) {
  fixture x;
  x.start();
  x.receiver().store(1);
  x.receiver().mark("one");
  x.tell(stop_atom::value);
  BOOST_TEST(!x.is_gone());
  caf::anon_send_exit(x.sink, caf::exit_reason::kill);
  x.sink_is_gone = true;
  x.sim.run_until_idle();
  BOOST_TEST(x.is_gone());
}

BOOST_AUTO_TEST_SUITE_END()
