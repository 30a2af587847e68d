// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/os/blocking_section.hpp>

#include <sluice/actors/system/config.hpp>

#include <boost/test/unit_test.hpp>

#include <future>
#include <memory>
#include <thread>

#include <caf/actor_system.hpp>
#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

using namespace sluice;

namespace {

using begin_atom = caf::atom_constant<caf::atom("begin")>;

/// Waits in its handler until another actor has had its turn.
caf::behavior waiting(caf::event_based_actor* self, std::shared_future<void> until, caf::actor other) {
  return {[=](begin_atom) {
    self->send(other, begin_atom::value);
    const blocking_section outer;
    const blocking_section inner; // makes no difference
    until.wait();
  }};
}

caf::behavior opening(caf::event_based_actor*, std::shared_ptr<std::promise<void>> done) {
  return {[done](begin_atom) { done->set_value(); }};
}

} // namespace

BOOST_AUTO_TEST_SUITE(blocking_section_)

BOOST_AUTO_TEST_CASE(an_actor_that_waits_keeps_nobody_from_the_only_thread) {
  system_config config{1, false};
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  for (int i = 0; i < 100; ++i) {
    const auto done = std::make_shared<std::promise<void>>();
    const auto other = self->spawn(opening, done);
    const auto until = done->get_future().share();
    const auto first = self->spawn(waiting, until, other);
    self->send(first, begin_atom::value);
    until.wait();
    for (const auto& x : {first, other})
      caf::anon_send_exit(x, caf::exit_reason::user_shutdown);
    self->wait_for(first, other);
  }
}

BOOST_AUTO_TEST_CASE(more_actors_may_wait_than_there_are_threads) {
  constexpr int count = 10;
  system_config config{2, false};
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  const auto done = std::make_shared<std::promise<void>>();
  const auto until = done->get_future().share();
  const auto nobody = self->spawn([](caf::event_based_actor*, int) -> caf::behavior { return {[](begin_atom) {}}; }, 0);
  for (int i = 0; i < count; ++i)
    caf::anon_send(self->spawn(waiting, until, nobody), begin_atom::value);
  caf::anon_send(self->spawn(opening, done), begin_atom::value);
  until.wait();
  caf::anon_send_exit(nobody, caf::exit_reason::user_shutdown);
}

BOOST_AUTO_TEST_CASE(on_a_thread_that_nobody_needs_it_does_nothing) {
  const blocking_section waits;
  struct : blocking_section::host {
    int begun = 0;
    int ended = 0;
    void begins_to_block() override { ++begun; }
    void has_blocked() override { ++ended; }
  } host;
  std::thread{[&host] {
    blocking_section::this_thread_is(&host);
    for (int i = 0; i < 2; ++i) {
      const blocking_section outer;
      const blocking_section inner;
      BOOST_TEST(host.ended == i);
    }
  }}.join();
  BOOST_TEST(host.begun == 2);
  BOOST_TEST(host.ended == 2);
}

BOOST_AUTO_TEST_SUITE_END()
