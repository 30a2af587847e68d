// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/actor/actor_input.hpp>

#include "records.hpp"

#include <support/simulation.hpp>

#include <boost/test/unit_test.hpp>

#include <sluice/receivers/receiver/receiver_actor.hpp>

#include <stdexcept>
#include <string>

using namespace sluice;
using namespace std::chrono_literals;
using sluice::test::records_of;
using sluice::test::simulated_node;
using sluice::test::simulation;

namespace {

using texts = std::vector<std::string>;

struct sink_log {
  texts heard;
};
struct sink_state {};

block_sink_actor::behavior_type sink_behavior(block_sink_actor::stateful_pointer<sink_state>, sink_log* log) {
  return {
      [log](block_atom, const batch& x) {
        for (auto& text : records_of<std::string_view>({x}))
          log->heard.push_back(std::move(text));
      },
      [](report_atom, const receiver_report&) {},
      [log](flushed_atom, batch_time) { log->heard.emplace_back("(flushed)"); },
      [log](stopped_atom, const caf::error& why) {
        log->heard.push_back(why ? "(" + describe(why) + ")" : "(stopped)");
      },
  };
}

/// A receiver made of an actor, its host and a sink, all simulated.
struct fixture {
  explicit fixture(actor_input_function<std::string_view> body, std::uint64_t credit = 1'000'000)
      : node{sim.add_node("a", [](auto& config) { config.template add_message_types<caf::id_block::sluice>(); })},
        sink{node.system().spawn(sink_behavior, &log)} {
    const auto input = actor_input<std::string_view>(
        std::move(body), {.on_spawn = [this](const caf::actor& x) { spawned.push_back(x); }});
    receiver_options options{.stream = stream_id{1}};
    options.report = [this](std::string_view x) { reports.emplace_back(x); };
    host = node.system().spawn(receiver_behavior, input.make_receiver(), options);
    caf::anon_send(host, start_atom::value, sink, credit);
    sim.run_until_idle();
  }
  ~fixture() {
    spawned.clear();
    host = nullptr;
    sink = nullptr;
  }

  caf::actor& user() { return spawned.back(); }
  void finish() {
    caf::anon_send(host, stop_atom::value);
    sim.run_until_idle();
  }

  texts reports;
  sink_log log;
  simulation sim;
  simulated_node& node;
  block_sink_actor sink;
  receiver_actor host;
  std::vector<caf::actor> spawned;
};

caf::behavior keep_all(caf::event_based_actor*, const actor_store<std::string_view>& store) {
  return {[store](const std::string& x) { store(x); }};
}

} // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(texts)

BOOST_AUTO_TEST_SUITE(actor_input_)

BOOST_AUTO_TEST_CASE(what_an_actor_is_sent_becomes_records) {
  fixture x{keep_all};
  caf::anon_send(x.user(), "to be");
  caf::anon_send(x.user(), "or not");
  x.sim.run_until_idle();
  caf::anon_send(x.host, flush_atom::value, batch_time{1});
  x.sim.run_until_idle();
  BOOST_TEST(x.log.heard == (texts{"to be", "or not", "(flushed)"}));
  caf::anon_send(x.user(), "to be?");
  x.sim.advance(200ms);
  BOOST_TEST(x.log.heard.back() == "to be?");
  x.finish();
  BOOST_TEST(x.log.heard.back() == "(stopped)");
  BOOST_TEST(x.reports.empty());
}

BOOST_AUTO_TEST_CASE(the_actor_ends_with_the_stream) {
  fixture x{keep_all};
  x.finish();
  BOOST_TEST(x.node.system().registry().running() == 1U); // the sink
  BOOST_TEST(x.spawned.size() == 1U);
  BOOST_TEST(x.reports.empty());
}

BOOST_AUTO_TEST_CASE(an_actor_without_credit_is_told_and_not_blocked) {
  std::vector<intake> answers;
  fixture x{[&answers](caf::event_based_actor*, const actor_store<std::string_view>& store) {
              return caf::behavior{[&answers, store](const std::string& x) { answers.push_back(store(x)); }};
            },
            1};
  caf::anon_send(x.user(), "first");
  x.sim.advance(200ms); // sent: the credit is used up
  caf::anon_send(x.user(), "second");
  x.sim.advance(200ms);
  BOOST_TEST(x.log.heard == (texts{"first", "second"}));
  caf::anon_send(x.host, credit_atom::value, std::uint64_t{10'000});
  x.sim.run_until_idle();
  caf::anon_send(x.user(), "third");
  x.sim.run_until_idle();
  BOOST_TEST((answers == std::vector{intake::open, intake::full, intake::open}));
  x.finish();
}

BOOST_AUTO_TEST_CASE(an_actor_that_dies_is_spawned_again_after_two_seconds) {
  fixture x{[](caf::event_based_actor* self, const actor_store<std::string_view>& store) {
    return caf::behavior{[self, store](const std::string& x) {
      store(x);
      if (x == "throw")
        throw std::runtime_error("bad luck");
      if (x == "quit")
        self->quit();
    }};
  }};
  caf::anon_send(x.user(), "throw");
  x.sim.advance(2s - 1ms);
  BOOST_TEST(x.spawned.size() == 1U);
  BOOST_TEST(x.reports
             == (texts{"the receiving actor has ended (an exception was thrown: bad luck); trying again in 2 s"}));
  x.sim.advance(1ms);
  BOOST_TEST(x.spawned.size() == 2U);
  caf::anon_send(x.user(), "quit");
  x.sim.advance(2s);
  BOOST_TEST(x.spawned.size() == 3U);
  BOOST_TEST(x.reports[1] == "the receiving actor has ended (normally); trying again in 2 s");
  caf::anon_send(x.user(), "stay");
  x.sim.advance(1min);
  BOOST_TEST(x.spawned.size() == 3U);
  BOOST_TEST(x.log.heard == (texts{"throw", "quit", "stay"}));
  x.finish();
}

BOOST_AUTO_TEST_CASE(a_function_that_throws_is_called_again) {
  auto calls = 0;
  fixture x{[&calls](caf::event_based_actor* self, const actor_store<std::string_view>& store) {
    if (++calls == 1)
      throw std::runtime_error("not yet");
    return keep_all(self, store);
  }};
  BOOST_TEST(x.reports
             == (texts{"the receiving actor has ended (an exception was thrown: not yet); trying again in 2 s"}));
  x.sim.advance(2s);
  BOOST_TEST(calls == 2);
  caf::anon_send(x.user(), "now");
  x.finish();
  BOOST_TEST(x.log.heard == (texts{"now", "(stopped)"}));
}

BOOST_AUTO_TEST_CASE(an_actor_may_report_and_give_up) {
  fixture x{[](caf::event_based_actor*, const actor_store<std::string_view>& store) {
    return caf::behavior{[store](const std::string& x) {
      store.report_error("odd: " + x);
      store.stop("enough");
    }};
  }};
  caf::anon_send(x.user(), "this");
  x.sim.run_until_idle();
  BOOST_TEST(x.reports == (texts{"odd: this"}));
  BOOST_TEST(x.log.heard == (texts{"(enough)"}));
  BOOST_TEST(x.node.system().registry().running() == 1U);
}

BOOST_AUTO_TEST_CASE(a_store_kept_beyond_the_end_refuses) {
  std::optional<actor_store<std::string_view>> kept;
  fixture x{[&kept](caf::event_based_actor* self, const actor_store<std::string_view>& store) {
    kept = store;
    return keep_all(self, store);
  }};
  x.sim.run_until_idle();
  BOOST_TEST(kept.has_value());
  x.finish();
  BOOST_TEST(((*kept)("late") == intake::closed));
}

BOOST_AUTO_TEST_CASE(a_function_there_must_be) { BOOST_CHECK_THROW(actor_input<int>(nullptr), usage_error); }

BOOST_AUTO_TEST_SUITE_END()
