// SPDX-License-Identifier: BSD-3-Clause
#include <support/simulation.hpp>

#include <caf/deserializer.hpp>
#include <caf/io/middleman.hpp>
#include <caf/serializer.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <vector>

// What the actors of this suite say to each other.
namespace simulation_test {

struct order {
  std::uint64_t number = 0;
  std::string what;
};

template <class Inspector>
auto inspect(Inspector& f, order& x) {
  return f(caf::meta::type_name("order"), x.number, x.what);
}

struct frame {
  std::vector<std::uint8_t> bytes;
};

inline caf::error inspect(caf::serializer& f, frame& x) {
  auto size = static_cast<std::uint32_t>(x.bytes.size());
  if (auto e = f(size))
    return e;
  return f.apply_raw(size, x.bytes.data());
}

inline caf::error inspect(caf::deserializer& f, frame& x) {
  std::uint32_t size = 0;
  if (auto e = f(size))
    return e;
  if (size > 8u << 20)
    return caf::sec::invalid_argument;
  x.bytes.resize(size);
  return f.apply_raw(size, x.bytes.data());
}

using tick = caf::atom_constant<caf::atom("tick")>;
using metronome_actor = caf::typed_actor<caf::reacts_to<tick>>;
using notes = std::vector<std::string>;

/// Takes orders and frames, and tells what it has.
using clerk_actor = caf::typed_actor<caf::replies_to<order>::with<std::uint64_t>, //
                                     caf::replies_to<frame>::with<std::uint64_t>, //
                                     caf::replies_to<caf::get_atom>::with<notes>>;

/// Connects, spawns and introduces actors on other nodes: each request is answered when it is done.
using boss_actor = caf::typed_actor<
    caf::replies_to<caf::connect_atom, std::string, std::uint16_t>::with<clerk_actor>,
    caf::replies_to<caf::spawn_atom, std::string, std::uint16_t, std::string, caf::message>::with<clerk_actor>>;

/// Writes down which actors it was told to watch are gone, and why.
using watcher_actor =
    caf::typed_actor<caf::reacts_to<caf::monitor_atom, clerk_actor>, caf::replies_to<caf::get_atom>::with<notes>>;

/// Passes an order to everyone in a list, or in its last list, and knows what they answered.
using courier_actor = caf::typed_actor<caf::reacts_to<std::vector<clerk_actor>, order>, //
                                       caf::reacts_to<order>,                           //
                                       caf::replies_to<caf::get_atom>::with<notes>>;

} // namespace simulation_test

CAF_BEGIN_TYPE_ID_BLOCK(sluice_sim_test, first_custom_type_id + 100)
CAF_ADD_TYPE_ID(sluice_sim_test, (simulation_test::order))
CAF_ADD_TYPE_ID(sluice_sim_test, (simulation_test::frame))
CAF_ADD_TYPE_ID(sluice_sim_test, (simulation_test::notes))
CAF_ADD_TYPE_ID(sluice_sim_test, (simulation_test::clerk_actor))
CAF_ADD_TYPE_ID(sluice_sim_test, (std::vector<simulation_test::clerk_actor>))
CAF_ADD_TYPE_ID(sluice_sim_test, (simulation_test::courier_actor))
CAF_END_TYPE_ID_BLOCK(sluice_sim_test)

using namespace simulation_test;
using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

struct clerk_state {
  notes seen;
};

// The two numbers are there to be sent as arguments.
clerk_actor::behavior_type clerk_behavior(clerk_actor::stateful_pointer<clerk_state> self, std::uint32_t desk,
                                          std::uint64_t first) {
  self->state.seen.push_back("desk " + std::to_string(desk));
  return {
      [self, first](const order& x) {
        self->state.seen.push_back(x.what + " " + std::to_string(x.number));
        return first + x.number;
      },
      [](const frame& x) {
        std::uint64_t sum = 0;
        for (auto b : x.bytes)
          sum += b;
        return sum;
      },
      [self](caf::get_atom) { return self->state.seen; },
  };
}

struct courier_state {
  std::vector<clerk_actor> clerks;
  notes answers;

  void pass(courier_actor::pointer self, const order& x, caf::timespan timeout) {
    for (auto& one : clerks)
      self->request(one, timeout, x)
          .then([this](std::uint64_t x) { answers.push_back(std::to_string(x)); },
                [this](const caf::error& e) { answers.push_back(caf::to_string(e)); });
  }
};

courier_actor::behavior_type courier_behavior(courier_actor::stateful_pointer<courier_state> self,
                                              caf::timespan timeout) {
  return {
      [self, timeout](const std::vector<clerk_actor>& clerks, const order& x) {
        self->state.clerks = clerks;
        self->state.pass(self, x, timeout);
      },
      [self, timeout](const order& x) { self->state.pass(self, x, timeout); },
      [self](caf::get_atom) { return self->state.answers; },
  };
}

// CAF 0.17 dereferences a null pointer when the function of an actor has no parameter but `self`: hence the timeout.
boss_actor::behavior_type boss_behavior(boss_actor::pointer self, caf::timespan timeout) {
  return {
      [self, timeout](caf::connect_atom connect, std::string& host, std::uint16_t port) {
        auto result = self->make_response_promise<clerk_actor>();
        self->request(self->system().middleman().actor_handle(), timeout, connect, std::move(host), port)
            .then(
                [result](const caf::node_id&, const caf::strong_actor_ptr& actor,
                         const std::set<std::string>&) mutable { result.deliver(caf::actor_cast<clerk_actor>(actor)); },
                [result](caf::error& e) mutable { result.deliver(std::move(e)); });
        return result;
      },
      [self, timeout](caf::spawn_atom spawn, std::string& host, std::uint16_t port, std::string& type,
                      caf::message& args) {
        auto result = self->make_response_promise<clerk_actor>();
        auto middleman = self->system().middleman().actor_handle();
        auto fail = [result](caf::error& e) mutable { result.deliver(std::move(e)); };
        self->request(middleman, timeout, caf::connect_atom::value, std::move(host), port)
            .then(
                [self, timeout, middleman, spawn, type, args, result,
                 fail](const caf::node_id& node, const caf::strong_actor_ptr&, const std::set<std::string>&) mutable {
                  self->request(middleman, timeout, spawn, node, type, args,
                                self->system().message_types<clerk_actor>())
                      .then(
                          [result](const caf::strong_actor_ptr& actor) mutable {
                            result.deliver(caf::actor_cast<clerk_actor>(actor));
                          },
                          fail);
                },
                fail);
        return result;
      },
  };
}

struct watcher_state {
  notes seen;
};

watcher_actor::behavior_type watcher_behavior(watcher_actor::stateful_pointer<watcher_state> self,
                                              const std::string& name) {
  self->set_down_handler(
      [self, name](const caf::down_msg& x) { self->state.seen.push_back(name + " " + caf::to_string(x.reason)); });
  return {
      [self](caf::monitor_atom, const clerk_actor& whom) { self->monitor(whom); },
      [self](caf::get_atom) { return self->state.seen; },
  };
}

metronome_actor::behavior_type metronome_behavior(metronome_actor::pointer self, caf::timespan step,
                                                  std::vector<caf::timespan>* log) {
  self->delayed_send(self, step, tick::value);
  return {[self, step, log](tick) {
    log->push_back(self->clock().now().time_since_epoch());
    self->delayed_send(self, step, tick::value);
  }};
}

void configure(caf::actor_system_config& config) {
  config.load<caf::io::middleman>(); // as a program does: the simulated one takes its place
  config.add_message_types<caf::id_block::sluice_sim_test>();
  config.add_actor_type("clerk", clerk_behavior);
  config.add_actor_type("courier", courier_behavior);
}

const notes gone{"b: exit_reason(remote_link_unreachable)"};

/// The value of `x`, or the end of the test case with the error as its reason.
template <class T>
T value(caf::expected<T> x) {
  if (!x)
    BOOST_FAIL(caf::to_string(x.error()));
  return std::move(*x);
}

struct cluster {
  explicit cluster(std::uint64_t seed = 0) : sim{seed} {}

  simulation sim;
  simulated_node& a = sim.add_node("a", configure);
  simulated_node& b = sim.add_node("b", configure);
  simulated_node& c = sim.add_node("c", configure);
  boss_actor boss = a.system().spawn(boss_behavior, 10s);

  /// Opens a port on a node, with an actor that does nothing.
  void open(simulated_node& node, std::uint16_t port) {
    value(sim.publish(node, node.system().spawn(clerk_behavior, 0u, std::uint64_t{0}), port));
  }

  caf::expected<clerk_actor> spawn(const std::string& host, std::uint16_t port, const std::string& type,
                                   caf::message args) {
    return sim.ask<clerk_actor>(a, boss, caf::spawn_atom::value, host, port, type, std::move(args));
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(simulation_suite)

BOOST_AUTO_TEST_CASE(published_actors_are_found_and_answer) {
  cluster x;
  auto published = x.b.system().spawn(clerk_behavior, 1u, std::uint64_t{100});
  BOOST_TEST(!x.sim.remote_actor<clerk_actor>(x.a, "b", 4711)); // nobody listens yet
  BOOST_TEST(value(x.sim.publish(x.b, published, 4711)) == 4711);
  BOOST_TEST(!x.sim.remote_actor<clerk_actor>(x.a, "c", 4711));
  auto found =
      value(x.sim.ask<clerk_actor>(x.a, x.boss, caf::connect_atom::value, std::string{"b"}, std::uint16_t{4711}));
  BOOST_TEST((found.node() == x.b.system().node()));
  BOOST_TEST(value(x.sim.ask<std::uint64_t>(x.a, found, order{7, "tea"})) == 107u);
  BOOST_TEST(value(x.sim.ask<notes>(x.a, found, caf::get_atom::value)) == (notes{"desk 1", "tea 7"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_simulated_day_fires_each_timeout_when_it_is_due) {
  std::vector<caf::timespan> seconds, odd;
  simulation sim;
  auto start = sim.now();
  sim.add_node("a").system().spawn(metronome_behavior, caf::timespan{1s}, &seconds);
  sim.add_node("b").system().spawn(metronome_behavior, caf::timespan{777777777ns}, &odd);
  sim.run_until_idle();
  sim.advance(24h);
  BOOST_TEST((sim.now() - start == 24h));
  BOOST_REQUIRE(seconds.size() == 86400u);
  for (std::size_t i = 0; i < seconds.size(); ++i)
    BOOST_REQUIRE((seconds[i] == (start + (i + 1) * 1s).time_since_epoch()));
  BOOST_TEST(odd.size() == static_cast<std::size_t>(caf::timespan{24h} / 777777777ns));
  BOOST_TEST((odd.back() == (start + odd.size() * 777777777ns).time_since_epoch()));
}

BOOST_AUTO_TEST_CASE(actors_are_spawned_on_another_node) {
  cluster x;
  x.open(x.b, 4711);
  auto spawned = value(x.spawn("b", 4711, "clerk", caf::make_message(std::uint32_t{3}, std::uint64_t{50})));
  BOOST_TEST((spawned.node() == x.b.system().node()));
  BOOST_TEST(value(x.sim.ask<std::uint64_t>(x.a, spawned, order{1, "tea"})) == 51u);
  BOOST_TEST(value(x.sim.ask<notes>(x.a, spawned, caf::get_atom::value)) == (notes{"desk 3", "tea 1"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(spawning_reports_what_is_wrong) {
  cluster x;
  x.open(x.b, 4711);
  auto error = [&](const std::string& type, caf::message args) {
    auto answer = x.spawn("b", 4711, type, std::move(args));
    return answer ? std::string{"no error"} : caf::to_string(answer.error());
  };
  auto bad_arguments = "system_error(cannot_spawn_actor_from_arguments)";
  BOOST_TEST(error("nobody", caf::make_message(1u, std::uint64_t{1})) == "system_error(unknown_type)");
  BOOST_TEST(error("clerk", caf::make_message(1u)) == bad_arguments);
  BOOST_TEST(error("clerk", caf::make_message(1u, 1u)) == bad_arguments);
  BOOST_TEST(error("courier", caf::make_message(caf::timespan{1s}))
             == "system_error(unexpected_actor_messaging_interface)");
}

BOOST_AUTO_TEST_CASE(actors_meet_through_a_third_node) {
  for (bool direct : {false, true}) {
    auto config = [direct](caf::actor_system_config& x) {
      configure(x);
      x.set("middleman.enable-automatic-connections", direct);
    };
    simulation sim;
    auto& a = sim.add_node("a", config);
    auto& b = sim.add_node("b", config);
    auto& c = sim.add_node("c", config);
    auto courier = b.system().spawn(courier_behavior, 10s);
    auto clerk = c.system().spawn(clerk_behavior, 1u, std::uint64_t{10});
    value(sim.publish(b, courier, 1));
    value(sim.publish(c, clerk, 1));
    auto far_courier = value(sim.remote_actor<courier_actor>(a, "b", 1));
    auto far_clerk = value(sim.remote_actor<clerk_actor>(a, "c", 1));
    caf::anon_send(far_courier, std::vector{far_clerk}, order{1, "tea"});
    sim.run_until_idle();
    BOOST_TEST(value(sim.ask<notes>(a, far_courier, caf::get_atom::value)) == notes{"11"},
               boost::test_tools::per_element());
    // With a gone, only a connection of their own still joins b and c.
    sim.kill(a);
    sim.run_until_idle();
    caf::anon_send(courier, order{2, "tea"});
    sim.run_until_idle();
    auto answers = value(sim.ask<notes>(b, courier, caf::get_atom::value));
    BOOST_TEST(answers == (notes{"11", direct ? "12" : "system_error(request_receiver_down)"}),
               boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(big_frames_pass) {
  cluster x;
  x.open(x.b, 4711);
  auto clerk = value(x.sim.remote_actor<clerk_actor>(x.a, "b", 4711));
  frame big;
  big.bytes.resize(1 << 20);
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < big.bytes.size(); ++i)
    sum += big.bytes[i] = static_cast<std::uint8_t>(i * i >> 7);
  BOOST_TEST(value(x.sim.ask<std::uint64_t>(x.a, clerk, big)) == sum);
}

BOOST_AUTO_TEST_CASE(the_seed_decides_the_order_and_nothing_else_does) {
  auto run = [](std::uint64_t seed) {
    cluster x{seed};
    x.open(x.c, 1);
    std::vector<courier_actor> couriers;
    for (auto node : {&x.a, &x.a, &x.b, &x.b, &x.c})
      couriers.push_back(node->system().spawn(courier_behavior, 10s));
    auto from_a = value(x.sim.remote_actor<clerk_actor>(x.a, "c", 1));
    auto from_b = value(x.sim.remote_actor<clerk_actor>(x.b, "c", 1));
    for (std::uint64_t i = 0; i < 4; ++i)
      for (std::size_t k = 0; k < couriers.size(); ++k)
        caf::anon_send(couriers[k], std::vector{k < 2 ? from_a : from_b}, order{i, std::string(1, "vwxyz"[k])});
    x.sim.run_until_idle();
    return std::pair{x.sim.trace(), value(x.sim.ask<notes>(x.a, from_a, caf::get_atom::value))};
  };
  std::set<notes> orders;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    auto first = run(seed);
    auto again = run(seed);
    BOOST_TEST(first.first == again.first);
    BOOST_TEST(first.second == again.second, boost::test_tools::per_element());
    orders.insert(first.second);
    // One sender's messages stay in order whatever the seed.
    for (auto name : {'v', 'w', 'x', 'y', 'z'}) {
      notes mine;
      std::ranges::copy_if(first.second, std::back_inserter(mine), [&](auto& x) { return x[0] == name; });
      BOOST_TEST(mine.size() == 4u);
      BOOST_TEST(std::ranges::is_sorted(mine));
    }
  }
  BOOST_TEST(orders.size() > 15u);
}

BOOST_AUTO_TEST_CASE(a_killed_node_is_noticed_and_its_name_can_return) {
  cluster x;
  x.open(x.b, 4711);
  auto clerk = value(x.sim.remote_actor<clerk_actor>(x.a, "b", 4711));
  auto watcher = x.a.system().spawn(watcher_behavior, "b:");
  caf::anon_send(watcher, caf::monitor_atom::value, clerk);
  x.sim.run_until_idle();
  x.sim.kill(x.b);
  x.sim.run_until_idle();
  BOOST_TEST(!x.b.is_alive());
  BOOST_TEST(value(x.sim.ask<notes>(x.a, watcher, caf::get_atom::value)) == gone, boost::test_tools::per_element());
  // CAF drops a request to an actor that is known to be gone: only its timeout ends it.
  BOOST_TEST((x.sim.ask<std::uint64_t>(x.a, clerk, order{1, "tea"}).error() == caf::sec::request_timeout));
  BOOST_TEST(!x.sim.remote_actor<clerk_actor>(x.a, "b", 4711));
  x.open(x.sim.add_node("b", configure), 4711);
  auto next = value(x.sim.remote_actor<clerk_actor>(x.a, "b", 4711));
  BOOST_TEST(value(x.sim.ask<std::uint64_t>(x.a, next, order{1, "tea"})) == 1u);
}

BOOST_AUTO_TEST_CASE(heartbeats_notice_a_pulled_cable) {
  simulation sim;
  auto config = [](caf::actor_system_config& c) {
    configure(c);
    c.set("middleman.heartbeat-interval", caf::timespan{1s});
    c.set("middleman.connection-timeout", caf::timespan{5s});
  };
  auto& a = sim.add_node("a", config);
  auto& b = sim.add_node("b", config);
  value(sim.publish(b, b.system().spawn(clerk_behavior, 1u, std::uint64_t{0}), 4711));
  auto clerk = value(sim.remote_actor<clerk_actor>(a, "b", 4711));
  auto watcher = a.system().spawn(watcher_behavior, "b:");
  caf::anon_send(watcher, caf::monitor_atom::value, clerk);
  sim.advance(1h);
  BOOST_TEST(value(sim.ask<notes>(a, watcher, caf::get_atom::value)).empty());
  sim.cut(a, b);
  sim.advance(5s);
  BOOST_TEST(value(sim.ask<notes>(a, watcher, caf::get_atom::value)).empty());
  sim.advance(2s);
  BOOST_TEST(value(sim.ask<notes>(a, watcher, caf::get_atom::value)) == gone, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(only_a_direct_connection_tells_of_a_death) {
  enum class way { through_a, automatic, before, after };
  for (auto how : {way::through_a, way::automatic, way::before, way::after}) {
    auto config = [how](caf::actor_system_config& x) {
      configure(x);
      x.set("middleman.enable-automatic-connections", how == way::automatic);
    };
    simulation sim;
    auto& a = sim.add_node("a", config);
    auto& b = sim.add_node("b", config);
    auto& c = sim.add_node("c", config);
    auto watcher = b.system().spawn(watcher_behavior, "c:");
    value(sim.publish(b, watcher, 1));
    value(sim.publish(c, c.system().spawn(clerk_behavior, 1u, std::uint64_t{10}), 1));
    if (how == way::before)
      value(sim.remote_actor<clerk_actor>(b, "c", 1));
    auto far_watcher = value(sim.remote_actor<watcher_actor>(a, "b", 1));
    auto far_clerk = value(sim.remote_actor<clerk_actor>(a, "c", 1));
    caf::anon_send(far_watcher, caf::monitor_atom::value, far_clerk);
    sim.run_until_idle();
    if (how == way::after)
      value(sim.remote_actor<clerk_actor>(b, "c", 1));
    sim.kill(c);
    sim.run_until_idle();
    auto seen = value(sim.ask<notes>(b, watcher, caf::get_atom::value));
    BOOST_TEST(seen == (how == way::through_a ? notes{} : notes{"c: exit_reason(remote_link_unreachable)"}),
               boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(a_closed_port_refuses_until_it_is_opened_again) {
  cluster x;
  x.open(x.b, 4711);
  auto clerk = x.b.system().spawn(clerk_behavior, 1u, std::uint64_t{10});
  BOOST_TEST((x.sim.publish(x.b, clerk, 4711).error() == caf::sec::cannot_open_port));
  value(x.sim.remote_actor<clerk_actor>(x.a, "b", 4711));
  caf::anon_send(x.b.middleman(), caf::close_atom::value, std::uint16_t{4711});
  x.sim.run_until_idle();
  BOOST_TEST(!x.sim.remote_actor<clerk_actor>(x.c, "b", 4711));
  value(x.sim.publish(x.b, clerk, 4711));
  auto found = value(x.sim.remote_actor<clerk_actor>(x.c, "b", 4711));
  BOOST_TEST(value(x.sim.ask<std::uint64_t>(x.c, found, order{1, "tea"})) == 11u);
}

BOOST_AUTO_TEST_CASE(time_stops_when_the_wait_is_over) {
  std::vector<caf::timespan> ticks;
  simulation sim;
  auto start = sim.now();
  sim.add_node("a").system().spawn(metronome_behavior, caf::timespan{7ms}, &ticks);
  BOOST_TEST(sim.advance_until([&] { return ticks.size() == 3; }, 1min));
  BOOST_TEST((sim.now() - start == 21ms));
  BOOST_TEST(!sim.advance_until([&] { return ticks.size() == 300; }, 1s));
  BOOST_TEST((sim.now() - start == 1021ms));
}

BOOST_AUTO_TEST_SUITE_END()
