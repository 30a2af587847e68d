// SPDX-License-Identifier: BSD-3-Clause
//
// Actors do the same under our scheduler and under CAF's.
#include <sluice/actors/system/config.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <chrono>
#include <future>
#include <memory>
#include <string>

#include <pthread.h>

#include <caf/actor_system.hpp>
#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

using ball_atom = caf::atom_constant<caf::atom("ball")>;
using late_atom = caf::atom_constant<caf::atom("late")>;

struct finding {
  int hits = 0;
  std::string thread;
};

/// Counts what it throws back.
caf::behavior wall(caf::event_based_actor* self, std::shared_ptr<int> bounces) {
  return {[=](ball_atom) {
    ++*bounces;
    self->send(caf::actor_cast<caf::actor>(self->current_sender()), ball_atom::value);
  }};
}

/// Plays a hundred times, then waits for a message that comes later.
caf::behavior player(caf::event_based_actor* self, caf::actor against, std::shared_ptr<std::promise<finding>> done) {
  self->send(against, ball_atom::value);
  auto hits = std::make_shared<int>(0);
  return {[=](ball_atom) {
            if (++*hits < 100)
              self->send(against, ball_atom::value);
            else
              self->delayed_send(self, 5ms, late_atom::value);
          },
          [=](late_atom) {
            std::array<char, 16> name{};
            ::pthread_getname_np(::pthread_self(), name.data(), name.size());
            done->set_value({*hits, name.data()});
          }};
}

finding play_under(scheduler_kind scheduler) {
  system_config config{2, false, default_node_timeout, scheduler};
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  const auto done = std::make_shared<std::promise<finding>>();
  auto result = done->get_future();
  const auto bounces = std::make_shared<int>(0);
  const auto against = self->spawn(wall, bounces);
  const auto first = self->spawn(player, against, done);
  auto found = result.get();
  for (const auto& x : {first, against})
    caf::anon_send_exit(x, caf::exit_reason::user_shutdown);
  self->wait_for(first, against);
  BOOST_TEST(*bounces == 100);
  return found;
}

} // namespace

BOOST_AUTO_TEST_SUITE(scheduler_choice)

BOOST_AUTO_TEST_CASE(actors_run_on_our_workers_unless_cafs_scheduler_is_chosen) {
  const auto own = play_under(scheduler_kind::own);
  BOOST_TEST(own.hits == 100);
  BOOST_TEST(own.thread == "sluice.worker");
  const auto cafs = play_under(scheduler_kind::caf);
  BOOST_TEST(cafs.hits == 100);
  BOOST_TEST(cafs.thread != "sluice.worker");
}

BOOST_AUTO_TEST_SUITE_END()
