// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/intake/admission.hpp>
#include <sluice/runtime/plan/partition_limit.hpp>
#include <sluice/runtime/plan/planner.hpp>

#include <sluice/actors/base/errors.hpp>

#include <boost/test/unit_test.hpp>

#include <functional>
#include <regex>
#include <string>

#include "../support/pipeline.hpp"

using namespace sluice;

namespace {

using pair = std::pair<int, int>;

constexpr std::uint64_t mib = std::uint64_t{1} << 20;

void end(const dstream<pair>& s) {
  s.foreach_rdd([](const auto&) {});
}

test::composing sums(std::optional<std::uint32_t> partitions = {}) {
  test::composing program;
  end(program.input<pair>().reduce_by_key(std::plus<>{}, partitions));
  return program;
}

std::string refusal(const topology& graph, std::uint32_t partitions, std::uint64_t budget, std::size_t nodes) {
  try {
    check_partitions_fit(graph, partitions, budget, nodes);
  } catch (const usage_error& e) {
    return e.what();
  }
  return {};
}

} // namespace

BOOST_AUTO_TEST_SUITE(partition_limit)

BOOST_AUTO_TEST_CASE(what_partitions_take_grows_with_their_square_and_outputs_do_not_count_twice) {
  const auto program = sums();
  const auto bytes = [&](std::uint32_t n) { return bytes_of_plan(make_plan(program.graph(), n)); };
  BOOST_TEST(bytes(2) < 1 * mib);
  BOOST_TEST(bytes(2000) > 3 * bytes(1000));
  BOOST_TEST(bytes(1000) > 1024 * mib);
}

BOOST_AUTO_TEST_CASE(the_largest_number_that_fits_is_named_and_fits) {
  const auto program = sums();
  BOOST_TEST(refusal(program.graph(), 300, 256 * mib, 1).empty());
  const auto said = refusal(program.graph(), 1000, 256 * mib, 1);
  std::smatch found;
  BOOST_TEST_REQUIRE(std::regex_search(said, found, std::regex{"this program can have (\\d+) here"}), said);
  const auto most = static_cast<std::uint32_t>(std::stoul(found[1]));
  BOOST_TEST(most >= 300U);
  BOOST_TEST(refusal(program.graph(), most, 256 * mib, 1).empty());
  BOOST_TEST(!refusal(program.graph(), most + 1, 256 * mib, 1).empty());
}

BOOST_AUTO_TEST_CASE(a_larger_budget_and_more_nodes_can_have_more) {
  const auto program = sums();
  BOOST_TEST(!refusal(program.graph(), 1000, 256 * mib, 1).empty());
  BOOST_TEST(refusal(program.graph(), 1000, 4096 * mib, 1).empty());
  BOOST_TEST(refusal(program.graph(), 1000, 256 * mib, 16).empty());
}

BOOST_AUTO_TEST_CASE(an_operator_with_too_many_of_its_own_is_to_have_fewer) {
  test::composing program;
  end(program.input<pair>().reduce_by_key(std::plus<>{}, 3000).reduce_by_key(std::plus<>{}, 3000));
  const auto said = refusal(program.graph(), 2, 256 * mib, 1);
  BOOST_TEST(said.find("a number of partitions of their own") != std::string::npos, said);
}

BOOST_AUTO_TEST_CASE(records_may_grow_late_where_something_but_outputs_is_behind_a_shuffle) {
  const auto grows_late = [](const test::composing& program) { return may_grow_late(make_plan(program.graph(), 2)); };
  BOOST_TEST(!grows_late(sums()));
  {
    test::composing program;
    end(program.input<pair>().map([](const pair& x) { return x; }));
    BOOST_TEST(!grows_late(program));
  }
  {
    test::composing program;
    end(program.input<pair>().reduce_by_key(std::plus<>{}).map([](const pair& x) { return x; }));
    BOOST_TEST(grows_late(program));
  }
  {
    test::composing program;
    end(program.input<pair>().reduce_by_key(std::plus<>{}).reduce_by_key(std::plus<>{}, 3));
    BOOST_TEST(grows_late(program));
  }
  {
    test::composing program;
    program.input<pair>().join(program.input<pair>()).foreach_rdd([](const auto&) {});
    BOOST_TEST(grows_late(program));
  }
}

BOOST_AUTO_TEST_SUITE_END()
