// SPDX-License-Identifier: BSD-3-Clause
//
// Whatever a program makes of its input and however slow it is: its memory stays within the budget, nothing is lost,
// and it stops in time. The long runs are a bench: memory_budget.
#include "programs.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdint>

using namespace sluice::test;

namespace data = boost::unit_test::data;

namespace {

constexpr std::uint64_t budget_mib = 64;

// AddressSanitizer keeps freed memory for a while and puts space between blocks: 20 bytes of text take 64 more.
#if defined(__SANITIZE_ADDRESS__)
constexpr std::uint64_t most_mib = 8 * budget_mib + 256;
#else
constexpr std::uint64_t most_mib = budget_mib + 64;
#endif

} // namespace

BOOST_AUTO_TEST_SUITE(memory)

BOOST_DATA_TEST_CASE(a_flood_keeps_to_the_budget_and_loses_nothing, data::make({"group", "slow"}), way) {
  program flood{"memory_flood", {way, "--memory-budget", std::to_string(budget_mib) + "MiB", "--run-for", "10s"}};
  BOOST_TEST_REQUIRE((flood.wait(60s) == stopped_as_asked), flood.err());
  const auto said = flood.out();
  std::smatch found;
  BOOST_TEST_REQUIRE(std::regex_search(said, found, std::regex{"in (\\d+), out (\\d+), peak (\\d+) MiB"}), said);
  BOOST_TEST(found[1] == found[2], said);
  BOOST_TEST(std::stoull(found[1]) > 1000U, said);
  BOOST_TEST(std::stoull(found[3]) <= most_mib, said);
}

BOOST_AUTO_TEST_CASE(many_partitions_start_and_stop) {
  line_server server;
  program wide{"network_word_count", address_of(server) + arguments{"--partitions", "300", "--interval", "2s"}};
  BOOST_TEST(wide.wait_for_batch_count(2), wide.err());
  BOOST_TEST((wide.stop() == stopped_as_asked), wide.err());
}

BOOST_AUTO_TEST_CASE(more_partitions_than_memory_holds_are_refused_with_the_number_that_it_does) {
  for (const auto* many : {"1000", "10000"}) {
    program too_wide{"network_word_count", {"127.0.0.1", "9", "--partitions", many}};
    BOOST_TEST((too_wide.wait(patience) == misused), too_wide.err());
    const auto said = too_wide.err();
    std::smatch found;
    BOOST_TEST_REQUIRE(std::regex_search(said, found, std::regex{"start it with --partitions (\\d+) or less"}), said);
    BOOST_TEST(said.find("memory budget of 256 MiB") != std::string::npos, said);
    BOOST_TEST(std::stoul(found[1]) >= 300U, said);
  }
}

BOOST_AUTO_TEST_SUITE_END()
