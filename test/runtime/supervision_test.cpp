// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/system/config.hpp>
#include <sluice/actors/system/ownership.hpp>
#include <sluice/actors/system/roll_call.hpp>
#include <sluice/runtime/driver/supervision.hpp>

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <boost/test/unit_test.hpp>

#include <stdexcept>

using namespace sluice;

namespace {

caf::behavior idle(caf::event_based_actor*, int) {
  return {[](int) {}};
}

/// Some actors, whose addresses stand for those of a run.
struct fixture {
  system_config config{1, false};
  caf::actor_system system{config};
  caf::actor actor = system.spawn(idle, 0);
  caf::actor stranger = system.spawn(idle, 0);
  supervision watched;

  ~fixture() {
    for (const auto& each : {actor, stranger})
      caf::anon_send_exit(each, caf::exit_reason::kill);
  }

  std::string end_of(const participant& x, const caf::error& why) {
    watched.watch(actor.address(), x);
    const auto what = watched.died(actor.address(), why);
    BOOST_TEST((what.act == verdict::action::end_run));
    return describe(what.why);
  }
};

const node_address worker{"127.0.0.1", 4711};

} // namespace

BOOST_AUTO_TEST_SUITE(supervision_)

BOOST_FIXTURE_TEST_CASE(a_death_names_who_died_and_where_and_why, fixture) {
  const auto boom = make_error(ec::user_code_failed, "boom");
  BOOST_TEST(end_of({role::stage, "operator 'counts', partition 3", worker}, boom)
             == "operator 'counts', partition 3 on node 127.0.0.1:4711 has ended: boom");
  BOOST_TEST(end_of({role::stage, "operator 'counts', partition 3"}, boom)
             == "operator 'counts', partition 3 has ended: boom");
  BOOST_TEST(end_of({role::input, "input 'lines'"}, boom) == "input 'lines' has ended: boom");
  BOOST_TEST(end_of({role::store, "the store of the checkpoint"}, error{})
             == "the store of the checkpoint has ended without a word");
}

BOOST_FIXTURE_TEST_CASE(the_error_keeps_its_kind, fixture) {
  watched.watch(actor.address(), {role::store, "the store"});
  const auto what = watched.died(actor.address(), make_error(ec::storage_failed, "the disk is full"));
  BOOST_TEST(is(what.why, ec::storage_failed));
}

BOOST_FIXTURE_TEST_CASE(all_actors_of_a_worker_that_has_gone_speak_for_the_worker, fixture) {
  for (const auto& x : {participant{role::node, "the worker", worker},
                        participant{role::stage, "operator 'counts', partition 3", worker}}) {
    const auto said = end_of(x, caf::make_error(caf::exit_reason::remote_link_unreachable));
    BOOST_TEST(said.starts_with("the worker 127.0.0.1:4711 has gone"), said);
    BOOST_TEST(said.find("start it again") != std::string::npos, said);
  }
}

BOOST_FIXTURE_TEST_CASE(a_stranger_s_death_and_a_second_one_change_nothing, fixture) {
  watched.watch(actor.address(), {role::stage, "operator 'counts', partition 3"});
  BOOST_TEST((watched.died(stranger.address(), {}).act == verdict::action::go_on));
  BOOST_TEST((watched.died(actor.address(), {}).act == verdict::action::end_run));
  BOOST_TEST((watched.died(actor.address(), {}).act == verdict::action::go_on));
}

BOOST_FIXTURE_TEST_CASE(what_somebody_says_who_gives_up_is_the_reason, fixture) {
  const auto what = watched.gave_up(make_error(ec::receiver_stopped, "the well has run dry"));
  BOOST_TEST((what.act == verdict::action::end_run));
  BOOST_TEST(describe(what.why) == "the well has run dry");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(ownership)

BOOST_FIXTURE_TEST_CASE(an_actor_ends_with_its_owner_also_if_that_has_ended_before, fixture) {
  const auto owned = [](caf::event_based_actor* self, const caf::actor& owner) -> caf::behavior {
    belong_to(self, owner);
    return {[](int) {}};
  };
  const auto early = system.spawn(owned, actor);
  caf::scoped_actor self{system};
  caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
  self->wait_for(early);
  const auto late = system.spawn(owned, actor);
  self->wait_for(late);
  const auto ownerless = system.spawn(owned, caf::actor{});
  self->wait_for(ownerless);
  BOOST_TEST(system.registry().running() == 2U); // the stranger, and ourselves
}

BOOST_FIXTURE_TEST_CASE(what_is_thrown_in_an_actor_is_why_it_ends, fixture) {
  const auto thrower = [](caf::event_based_actor* self, const caf::actor& owner, bool at_birth) -> caf::behavior {
    belong_to(self, owner);
    if (at_birth)
      throw std::runtime_error{"no such device"};
    return {[](int) { throw 5; }};
  };
  caf::scoped_actor self{system};
  for (const auto at_birth : {true, false}) {
    const auto x = system.spawn(thrower, stranger, at_birth);
    self->monitor(x);
    self->send(x, 1);
    self->receive([&](const caf::down_msg& down) {
      BOOST_TEST(is(down.reason, ec::user_code_failed));
      BOOST_TEST(describe(down.reason).find(at_birth ? "no such device" : "not derived from") != std::string::npos);
    });
  }
}

BOOST_FIXTURE_TEST_CASE(an_actor_is_on_the_roll_until_it_has_ended, fixture) {
  const auto roll = std::make_shared<roll_call>();
  roll->enter(actor, "first");
  roll->enter(stranger, "second");
  const auto third = roll->enter("third");
  BOOST_TEST((roll->present() == std::vector<std::string>{"first", "second", "third"}));
  caf::scoped_actor self{system};
  caf::anon_send_exit(actor, caf::exit_reason::kill);
  self->wait_for(actor);
  roll->leave(third);
  BOOST_TEST((roll->present() == std::vector<std::string>{"second"}));
  roll->enter(actor, "one that has ended");
  BOOST_TEST((roll->present() == std::vector<std::string>{"second"}));
}

BOOST_AUTO_TEST_SUITE_END()
