// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/base/errors.hpp>
#include <sluice/runtime/driver/node_wait.hpp>

#include <boost/test/unit_test.hpp>

#include <map>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

const node_address a{"127.0.0.1", 1};
const node_address b{"127.0.0.1", 2};
const node_address c{"::1", 3};

/// Nodes that begin to listen at some time.
struct fixture {
  std::map<std::uint16_t, duration> listens_from; ///< by port; others never do
  duration now{0};
  duration until = 24h; ///< when nobody wants to wait any longer
  std::vector<std::string> said;

  error wait_for(const std::vector<node_address>& nodes, duration patience) {
    node_wait::world world;
    world.problem_at = [this](const node_address& x) -> std::optional<std::string> {
      const auto found = listens_from.find(x.port);
      if (found != listens_from.end() && found->second <= now)
        return std::nullopt;
      return "Connection refused";
    };
    world.now = [this] { return now; };
    world.pause = [this](duration d) {
      now += d;
      return now < until;
    };
    world.say = [this](std::string_view what) { said.emplace_back(what); };
    return node_wait{world}.until_all_listen(nodes, patience);
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(node_wait_)

BOOST_FIXTURE_TEST_CASE(it_waits_for_nobody_who_listens, fixture) {
  listens_from = {{1, 0s}, {2, 0s}};
  BOOST_TEST(!wait_for({a, b}, 30s));
  BOOST_TEST(!wait_for({}, 30s));
  BOOST_TEST(now.count() == 0);
  BOOST_TEST(said.empty());
}

BOOST_FIXTURE_TEST_CASE(it_says_once_for_whom_it_waits_and_goes_on_when_the_last_is_there, fixture) {
  listens_from = {{1, 0s}, {2, 3s}, {3, 5s}};
  BOOST_TEST(!wait_for({a, b, c}, 30s));
  BOOST_TEST(now.count() == 5000);
  BOOST_TEST_REQUIRE(said.size() == 1U);
  BOOST_TEST(
      said[0]
      == "waits up to 30 s for the nodes 127.0.0.1:2 (Connection refused), [::1]:3 (Connection refused); start each "
         "there with --node HOST:PORT");
}

BOOST_FIXTURE_TEST_CASE(in_the_end_it_names_all_who_are_missing, fixture) {
  listens_from = {{1, 1s}};
  const auto err = wait_for({a, b, c}, 30s);
  BOOST_TEST(is(err, ec::connection_failed));
  BOOST_TEST(
      describe(err)
      == "after 30 s, nobody listens at the nodes 127.0.0.1:2 (Connection refused), [::1]:3 (Connection refused); "
         "start each there with --node HOST:PORT");
  BOOST_TEST(now.count() == 30'000);
}

BOOST_FIXTURE_TEST_CASE(without_patience_it_looks_once, fixture) {
  BOOST_TEST(describe(wait_for({b}, 0s))
             == "nobody listens at node 127.0.0.1:2 (Connection refused); start it there with --node 127.0.0.1:2");
  BOOST_TEST(said.empty());
}

BOOST_FIXTURE_TEST_CASE(it_ends_when_nobody_wants_to_wait_any_longer, fixture) {
  until = 2s;
  BOOST_TEST(!wait_for({a}, 30s));
  BOOST_TEST(now.count() == 2000);
}

BOOST_AUTO_TEST_SUITE_END()
