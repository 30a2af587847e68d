// SPDX-License-Identifier: BSD-3-Clause
//
// Whatever a program makes of its input and however slow it is: its memory stays within the budget, nothing is lost,
// and it stops in time. The long runs are a bench: memory_budget.
#include "programs.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>

using namespace sluice::test;

namespace {

// AddressSanitizer keeps freed memory for a while and puts space between blocks: 20 bytes of text take 64 more.
#if defined(__SANITIZE_ADDRESS__)
constexpr auto most_above_budget_mib = "704";
#else
constexpr auto most_above_budget_mib = "64";
#endif

} // namespace

BOOST_AUTO_TEST_SUITE(memory)

BOOST_AUTO_TEST_CASE(floods_keep_to_the_budget_and_lose_nothing) {
  process floods{{SLUICE_BENCHES "/bench_memory_budget", "flat_map", "slow_output", "--seconds", "10", "--budget-mib",
                  "64", "--above-mib", most_above_budget_mib}};
  const auto has_passed = floods.wait(120s) == stopped_as_asked;
  const auto said = floods.out() + floods.err();
  BOOST_TEST_REQUIRE(has_passed, said);
  for (const auto* name : {"flat_map", "slow_output"}) {
    std::smatch found;
    BOOST_TEST_REQUIRE(std::regex_search(said, found, std::regex{name + std::string{" +(\\d+)"}}), said);
    BOOST_TEST(std::stoull(found[1]) > 1000U, said);
  }
}

// What memory it takes is for the long runs: at first it grows.
BOOST_AUTO_TEST_CASE(an_overload_waits_and_loses_nothing_with_the_log_and_without) {
  process overloads{{SLUICE_BENCHES "/bench_memory_budget", "overload", "overload_logged", "--seconds", "6",
                     "--budget-mib", "64", "--above-mib", "704", "--growth-mib", "704"}};
  const auto has_passed = overloads.wait(120s) == stopped_as_asked;
  BOOST_TEST(has_passed, overloads.out() + overloads.err());
}

BOOST_AUTO_TEST_CASE(many_partitions_start_and_stop) {
  line_server server;
  program wide{"network_word_count", address_of(server) + arguments{"--partitions", "300", "--interval", "2s"}};
  BOOST_TEST(wide.wait_for_batch_count(2), wide.err());
  BOOST_TEST((wide.stop() == stopped_as_asked), wide.err());
}

BOOST_AUTO_TEST_CASE(more_partitions_than_memory_holds_are_refused_with_the_number_that_it_does) {
  for (const auto& [many, budget] : {std::pair{"1000", "256 MiB"}, {"10000", "256 MiB"}, {"1500", "300 MiB"}}) {
    arguments given{"127.0.0.1", "9", "--partitions", many};
    if (budget != std::string{"256 MiB"}) // the default
      given = given + arguments{"--memory-budget", "300MiB"};
    program too_wide{"network_word_count", given};
    BOOST_TEST((too_wide.wait(patience) == misused), too_wide.err());
    const auto said = too_wide.err();
    std::smatch found;
    BOOST_TEST_REQUIRE(std::regex_search(said, found, std::regex{"start it with --partitions (\\d+) or less"}), said);
    BOOST_TEST(said.find(std::string{"memory budget of "} + budget) != std::string::npos, said);
    BOOST_TEST(std::stoul(found[1]) >= 300U, said);
  }
}

BOOST_AUTO_TEST_SUITE_END()
