// SPDX-License-Identifier: BSD-3-Clause
//
// Whatever dies, and whenever a stop comes: the run ends at once, with the reason, and leaves no actor behind.
#include <support/cluster.hpp>
#include <support/environment.hpp>

#include <boost/test/unit_test.hpp>

#include <functional>
#include <numeric>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>

using namespace sluice;
using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

constexpr auto soon = 2s;
constexpr std::uint64_t stride = 7; ///< as many seeds leave out no step

using line_queue = record_queue<std::string_view>;

/// Two shuffles, keyed state, an output.
void totals(streaming_context& ctx) {
  const auto add_up = [](std::span<const int> values, std::optional<int> total) {
    return std::optional{std::accumulate(values.begin(), values.end(), total.value_or(0))};
  };
  auto queue = std::make_shared<line_queue>();
  queue->push({"to be or not to be"});
  const auto words = ctx.queue_stream(queue).flat_map(split(' '));
  words.map([](std::string_view w) { return std::pair{w, 1}; })
      .update_state_by_key(add_up)
      .named("totals")
      .foreach_rdd([](const auto&) {});
}

runtime_options with_partitions(std::uint32_t n) {
  runtime_options how;
  how.partitions = n;
  return how;
}

/// Has `strike` happen after every few steps, up to some after the start is over. The run has to end soon, for
/// one of these reasons (begins of sentences; "" is none), and nobody is left then. Returns how many points there were.
std::size_t at_every_step(std::size_t workers, std::uint64_t seed, const std::function<void(cluster&)>& strike,
                          const std::vector<std::string>& reasons) {
  std::size_t points = 0;
  std::size_t after = 0; // the start
  for (std::uint64_t steps = seed; after < 3; steps += stride) {
    BOOST_TEST_CONTEXT(workers << " workers, seed " << seed << ", after " << steps << " steps") {
      simulated_disk disk;
      cluster c{workers, seed};
      if (!c.start_partly(steps, 100ms, totals, with_partitions(2), disk.open()))
        ++after;
      strike(c);
      c.advance(soon);
      BOOST_TEST_REQUIRE(c.is_stopped());
      const auto known = std::ranges::any_of(reasons, [&](const auto& x) {
        return x.empty() ? c.reason().empty() : c.reason().find(x) != std::string::npos;
      });
      BOOST_TEST(known, c.reason());
      BOOST_TEST(c.living_actors() == 0U);
      ++points;
    }
  }
  return points;
}

} // namespace

BOOST_AUTO_TEST_SUITE(deployment_)

BOOST_AUTO_TEST_CASE(a_worker_that_dies_at_any_step_of_the_start_ends_the_run) {
  std::size_t points = 0;
  for (std::uint64_t seed = 0; seed < seed_count(3); ++seed)
    for (const std::size_t which : {0U, 1U})
      points += at_every_step(2, seed, [which](cluster& c) { c.kill_worker(which); },
                              {"worker" + std::to_string(which) + ":4711"});
  BOOST_TEST(points > 200U);
}

BOOST_AUTO_TEST_CASE(a_stop_at_any_step_of_the_start_ends_the_run) {
  std::size_t points = 0;
  for (const std::size_t workers : {0U, 2U})
    for (std::uint64_t seed = 0; seed < seed_count(3); ++seed)
      for (const auto mode : {stop_mode::graceful, stop_mode::immediate})
        points += at_every_step(workers, seed, [mode](cluster& c) { c.stop(mode); }, {""});
  BOOST_TEST(points > 200U);
}

BOOST_AUTO_TEST_CASE(a_receiver_that_cannot_be_made_ends_the_run) {
  struct broken : receiver<std::string> {
    broken() { throw std::runtime_error{"no such device"}; }
    void on_start() override {}
    void on_stop() override {}
  };
  cluster c{0};
  c.start(1s, [](streaming_context& ctx) { ctx.receiver_stream<broken>().print(); });
  c.advance(soon);
  BOOST_TEST_REQUIRE(c.is_stopped());
  BOOST_TEST(c.reason().find("receiver_stream") != std::string::npos, c.reason());
  BOOST_TEST(c.reason().find("no such device") != std::string::npos, c.reason());
  BOOST_TEST(c.living_actors() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
