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

class virtual_clock final : public wall_clock {
public:
  explicit virtual_clock(const simulation& of) : of_{of} {}

  std::chrono::microseconds now() const override {
    return std::chrono::duration_cast<std::chrono::microseconds>(of_.now().time_since_epoch());
  }

private:
  const simulation& of_;
};

/// A receiver made of an actor, its host and a sink, all simulated.
struct fixture {
  explicit fixture(actor_input_function<std::string_view> body, std::uint64_t credit = 1'000'000,
                   bool is_logged = false, double max_rate = 0)
      : node{sim.add_node("a", [](auto& config) { config.template add_message_types<caf::id_block::sluice>(); })},
        sink{node.system().spawn(sink_behavior, &log)} {
    const auto input = actor_input<std::string_view>(
        std::move(body), {.on_spawn = [this](const caf::actor& x) { spawned.push_back(x); }});
    receiver_options options{.stream = stream_id{1}, .is_logged = is_logged};
    options.rate.max_rate = max_rate;
    options.clock = std::make_shared<virtual_clock>(sim);
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

caf::behavior keep_all_durably(caf::event_based_actor* self, const actor_store<std::string_view>& store) {
  return {[self, store](const std::string& x) { return store.durably(self, x); }};
}

/// The fixture, and somebody who writes down the answers to its requests.
struct logged_fixture : fixture {
  explicit logged_fixture(bool is_logged = true, double max_rate = 0)
      : fixture{keep_all_durably, 1'000'000, is_logged, max_rate} {}

  void request(const std::string& text) {
    // An argument, because CAF makes a null tuple of none.
    node.system().spawn(
        [this](caf::event_based_actor* self, const std::string& what) {
          self->request(user(), caf::infinite, what)
              .then([this, what] { answers.push_back(what); },
                    [this, what](const caf::error& why) { answers.push_back(what + ": " + describe(why)); });
        },
        text);
    sim.run_until_idle();
  }
  template <class What>
  void tell(What what) {
    caf::anon_send(host, durable_atom::value, std::move(what));
    sim.run_until_idle();
  }

  /// Ends the stream, whose host stays until its marks are committed. Returns how many actors are left: the sink.
  std::size_t finish_and_commit(std::uint64_t blocks) {
    finish();
    caf::anon_send(host, commit_atom::value, blocks);
    sim.run_until_idle();
    return node.system().registry().running();
  }

  texts answers;
};

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

BOOST_AUTO_TEST_CASE(a_sender_is_answered_when_its_record_is_in_the_log) {
  logged_fixture x;
  x.request("to be");
  BOOST_TEST(x.log.heard == (texts{"to be"})); // at once, and not after the block interval
  x.request("or not");
  x.request("to be?");
  BOOST_TEST(x.log.heard.size() == 1U); // those wait until the log has the first one
  BOOST_TEST(x.answers.empty());
  x.tell(std::uint64_t{1});
  BOOST_TEST(x.answers == (texts{"to be"}));
  BOOST_TEST(x.log.heard == (texts{"to be", "or not", "to be?"}));
  x.tell(std::uint64_t{2});
  BOOST_TEST(x.answers == (texts{"to be", "or not", "to be?"}));
  BOOST_TEST(x.finish_and_commit(2) == 1U);
}

BOOST_AUTO_TEST_CASE(a_sender_is_told_that_the_log_is_full_and_when_it_is_not_any_more) {
  logged_fixture x;
  x.request("a");
  x.tell(caf::error{make_error(ec::storage_failed, "the disk is full")});
  BOOST_TEST(x.answers == (texts{"a: the disk is full"}));
  x.request("b");
  BOOST_TEST(x.answers.back() == "b: nothing was stored: the disk is full");
  x.tell(std::uint64_t{1});
  x.request("c");
  x.tell(std::uint64_t{2});
  BOOST_TEST(x.answers.back() == "c");
  BOOST_TEST(x.log.heard == (texts{"a", "c"}));
  x.finish();
}

BOOST_AUTO_TEST_CASE(a_sender_that_waits_when_the_stream_stops_is_answered) {
  logged_fixture x;
  x.request("a");
  BOOST_TEST(x.finish_and_commit(1) == 1U);
  BOOST_TEST_REQUIRE(x.answers.size() == 1U);
  BOOST_TEST(x.answers[0].starts_with("a: the receiver has stopped before"));
}

BOOST_AUTO_TEST_CASE(records_are_counted_on_when_the_actor_is_spawned_again) {
  logged_fixture x;
  x.request("a");
  caf::anon_send_exit(x.user(), caf::exit_reason::kill);
  x.sim.advance(2s);
  BOOST_TEST(x.answers.size() == 1U);
  x.request("b");
  x.tell(std::uint64_t{1}); // "a"
  BOOST_TEST(x.answers.size() == 1U);
  x.tell(std::uint64_t{2});
  BOOST_TEST(x.answers.back() == "b");
  x.finish();
}

BOOST_AUTO_TEST_CASE(without_a_log_a_sender_gets_the_error) {
  logged_fixture x{false};
  x.request("a");
  BOOST_TEST_REQUIRE(x.answers.size() == 1U);
  BOOST_TEST(x.answers[0].starts_with("a: nothing was stored: "));
  x.finish();
}

BOOST_AUTO_TEST_CASE(answers_wait_for_the_log_and_for_the_limit_of_the_rate) {
  logged_fixture x{true, 10};
  x.request("a");
  x.request("b");
  x.tell(std::uint64_t{1});
  x.sim.advance(99ms);
  BOOST_TEST(x.answers.empty());
  x.sim.advance(1ms);
  BOOST_TEST(x.answers == (texts{"a"}));
  x.sim.advance(1s);
  BOOST_TEST(x.answers == (texts{"a"})); // the log has not got the other one
  x.tell(std::uint64_t{2});
  BOOST_TEST(x.answers == (texts{"a", "b"}));
  x.request("c"); // its turn has come meanwhile
  x.request("d");
  x.tell(std::uint64_t{3});
  BOOST_TEST(x.answers == (texts{"a", "b", "c"}));
  x.tell(std::uint64_t{4});
  BOOST_TEST(x.answers.size() == 3U);
  x.finish(); // it is in the log, and nobody waits for the rate any more
  BOOST_TEST(x.answers == (texts{"a", "b", "c", "d"}));
}

BOOST_AUTO_TEST_CASE(a_function_there_must_be) { BOOST_CHECK_THROW(actor_input<int>(nullptr), usage_error); }

BOOST_AUTO_TEST_SUITE_END()
