// SPDX-License-Identifier: BSD-3-Clause
#include "answering_server.hpp"
#include "samples.hpp"

#include <sluice/tool/doctor/findings.hpp>
#include <support/temporary_directory.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>

using namespace sluice::tool;
using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t gib = std::uint64_t{1} << 30U;

machine_facts good_machine() { return {65536, 65536, 4, 16 * gib, 8 * gib, std::nullopt, true, "madvise"}; }

/// The names of what is not well.
std::string warnings(const std::vector<finding>& all) {
  std::string result;
  for (const auto& x : all) {
    BOOST_TEST(x.is_well == x.advice.empty(), x.name);
    if (!x.is_well)
      result.append(result.empty() ? "" : ", ").append(x.name);
  }
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(findings)

BOOST_AUTO_TEST_CASE(a_good_machine_has_nothing_to_warn_of) {
  BOOST_TEST(warnings(judge_machine(good_machine())) == "");
  BOOST_TEST(warnings(judge_disk("/d", {"", 100 * gib, 200 * gib, false, false, 2ms, 9ms})) == "");
}

BOOST_AUTO_TEST_CASE(each_shortage_has_its_advice) {
  BOOST_TEST(warnings(judge_machine({1024, 1024, 1, gib, gib / 10, gib / 10, false, "always"}))
             == "open files, clock, cores, memory, memory limit, huge pages");
  BOOST_TEST(warnings(judge_disk("/d", {"", gib / 2, 200 * gib, false, false, 30ms, 90ms})) == "disk, sync");
  BOOST_TEST(warnings(judge_disk("/d", {"", 100 * gib, 200 * gib, true, false, 2ms, 9ms})) == "disk");
  BOOST_TEST(warnings(judge_disk("/d", {"Permission denied", 0, 0, false, false, 0us, 0us})) == "disk");
}

BOOST_AUTO_TEST_CASE(a_finding_is_a_line_and_its_advice_another) {
  BOOST_TEST(findings_view({{true, "cores", "4 cores", ""}, {false, "clock", "not synchronised", "start chrony"}}, {})
             == "ok       cores         4 cores\n"
                "warning  clock         not synchronised\n"
                "                       → start chrony\n");
}

BOOST_AUTO_TEST_CASE(a_port_is_free_or_somebody_is_named) {
  answering_server program{http_reply_text(200, sample_overview().dump())};
  const auto of_program = look_at_port(program.port());
  BOOST_TEST((of_program.use == port_use::sluice_program));
  BOOST_TEST(of_program.by == "word_count");
  answering_server other{"SSH-2.0\r\n\r\n"};
  const auto of_other = look_at_port(other.port());
  BOOST_TEST((of_other.use == port_use::other));
  BOOST_TEST(of_other.by.starts_with("process tools_findings"), of_other.by);
  BOOST_TEST(judge_port(4040, {}).is_well);
  BOOST_TEST(judge_port(4040, of_program).is_well);
  BOOST_TEST(!judge_port(4040, of_other).is_well);
}

BOOST_AUTO_TEST_CASE(the_least_limit_of_the_groups_around_counts) {
  const temporary_directory in;
  const auto write = [&in](const std::string& group, const std::string& text) {
    std::filesystem::create_directories(in.path() / group);
    std::ofstream{in.path() / group / "memory.max"} << text << '\n';
  };
  BOOST_TEST(!memory_limit_of_group(in.path(), "/a/b").has_value());
  write("a/b", "max");
  BOOST_TEST(!memory_limit_of_group(in.path(), "/a/b").has_value());
  write("a", "1048576");
  BOOST_TEST(memory_limit_of_group(in.path(), "/a/b").value_or(0) == 1048576);
  write("a/b", "4096");
  BOOST_TEST(memory_limit_of_group(in.path(), "/a/b").value_or(0) == 4096);
  BOOST_TEST(memory_limit_of_group(in.path(), "/").has_value() == false);
}

BOOST_AUTO_TEST_CASE(this_machine_says_something) {
  const auto here = look_at_machine();
  BOOST_TEST(here.cores > 0);
  BOOST_TEST(here.memory > 0);
  BOOST_TEST(chosen_of("always [madvise] never") == "madvise");
  BOOST_TEST(chosen_of("") == "");
}

BOOST_AUTO_TEST_CASE(a_disk_is_measured_and_nothing_stays) {
  const temporary_directory in;
  const auto here = measure_disk(in.path());
  BOOST_TEST(here.trouble == "");
  BOOST_TEST(here.size > 0);
  BOOST_TEST((here.median_sync <= here.worst_sync));
  BOOST_TEST(std::filesystem::is_empty(in.path()));
  BOOST_TEST(measure_disk(in.path() / "not-there").trouble != "");
}

BOOST_AUTO_TEST_SUITE_END()
