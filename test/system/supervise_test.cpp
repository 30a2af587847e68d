// SPDX-License-Identifier: BSD-3-Clause
//
// Programs that start themselves again (--supervise), and go on in their process (--on-error restart).
#include "programs.hpp"

#include <support/temporary_directory.hpp>

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <fstream>
#include <memory>
#include <optional>
#include <thread>

using namespace sluice::test;

namespace {

/// The process that the supervisor has started.
std::optional<pid_t> child_of(const program& supervisor) {
  std::ifstream in{"/proc/" + std::to_string(supervisor.pid()) + "/task/" + std::to_string(supervisor.pid())
                   + "/children"};
  pid_t result = 0;
  return in >> result ? std::optional{result} : std::nullopt;
}

/// Whether a process that is not our child has ended; perhaps nobody has asked how yet.
bool has_ended(pid_t who) {
  std::ifstream in{"/proc/" + std::to_string(who) + "/stat"};
  std::string pid;
  std::string name;
  char state = 'X';
  in >> pid >> name >> state;
  return !in || state == 'Z' || state == 'X';
}

} // namespace

BOOST_AUTO_TEST_SUITE(supervise)

BOOST_AUTO_TEST_CASE(a_program_that_aborts_is_started_again_and_counts_everything_once) {
  const temporary_directory dir;
  program run{"misbehaving", {"abort-now-and-then", dir.path().string(), "--supervise", "5", "--interval", "20ms"}};
  // 0 + 1 + … + 24, although it aborted at 9 and at 19.
  BOOST_TEST(run.wait_for_output("(0,300)", patience), run.err());
  BOOST_TEST(run.err().find("with signal 6; it is started again") != std::string::npos);
  BOOST_TEST((run.stop(SIGTERM) == stopped_as_asked), run.err());
}

BOOST_AUTO_TEST_CASE(it_gives_up_and_passes_the_exit_code_on) {
  program run{"misbehaving", {"receiver-stops", "", "--supervise", "2", "--interval", "20ms"}};
  BOOST_TEST((run.wait(patience).value_or(exit_status{}) == failed), run.err());
  BOOST_TEST(run.err().find("restarts that are left: 0") != std::string::npos, run.err());
}

BOOST_AUTO_TEST_CASE(wrong_usage_is_not_tried_again) {
  program run{"misbehaving", {"no-output", "", "--supervise", "2"}};
  BOOST_TEST((run.wait(patience).value_or(exit_status{}) == misused), run.err());
  BOOST_TEST(run.err().find("started again") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_signal_is_passed_on_once) {
  for (const auto number : {SIGINT, SIGTERM}) {
    const temporary_directory dir;
    program run{"misbehaving", {"keep-ints", dir.path().string(), "--supervise", "2", "--interval", "20ms"}};
    BOOST_REQUIRE(run.wait_for_batch_count(1));
    BOOST_TEST((run.stop(number) == stopped_as_asked), run.err());
    BOOST_TEST(run.err().find("stopping: everything received") != std::string::npos, run.err());
  }
}

BOOST_AUTO_TEST_CASE(the_program_stops_when_its_supervisor_is_killed) {
  const temporary_directory dir;
  program run{"misbehaving", {"keep-ints", dir.path().string(), "--supervise", "2", "--interval", "20ms"}};
  BOOST_REQUIRE(run.wait_for_batch_count(1));
  const auto child = child_of(run);
  BOOST_REQUIRE(child.has_value());
  run.signal(SIGKILL);
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!has_ended(*child) && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(10ms);
  BOOST_TEST(has_ended(*child));
}

BOOST_AUTO_TEST_CASE(a_function_that_throws_ends_an_epoch_and_not_the_process) {
  program run{"misbehaving", {"throw-at-5", "", "--on-error", "restart", "--max-restarts", "2", "--interval", "20ms"}};
  BOOST_TEST((run.wait(patience).value_or(exit_status{}) == failed), run.err());
  BOOST_TEST(run.err().find("epoch 1 has ended: ") != std::string::npos, run.err());
  BOOST_TEST(run.err().find("epoch 3 goes on after batch ") != std::string::npos, run.err());
  const auto said = complaints(run);
  BOOST_REQUIRE(said.size() == 1U);
  BOOST_TEST(said[0].find("this was after 2 restarts") != std::string::npos, said[0]);
}

BOOST_AUTO_TEST_CASE(a_worker_that_comes_back_is_used_again) {
  const temporary_directory dir;
  auto node = std::make_unique<worker>("misbehaving");
  const auto address = node->address();
  program run{"misbehaving",
              {"keep-ints", dir.path().string(), "--nodes", address, "--on-error", "restart", "--interval", "50ms"}};
  BOOST_REQUIRE_MESSAGE(run.wait_for_batch_count(3), run.err());
  node = nullptr; // killed
  BOOST_TEST(run.wait_for_error("epoch 1 has ended: the worker " + address + " has gone", patience), run.err());
  node = std::make_unique<worker>("misbehaving", address);
  BOOST_TEST(run.wait_for_error("epoch 2 goes on after batch ", patience), run.err());
  BOOST_TEST(run.wait_for_batch_count(run.batches().size() + 3), run.err());
  BOOST_TEST((run.stop() == stopped_as_asked), run.err());
}

BOOST_AUTO_TEST_CASE(run_for_counts_over_all_epochs) {
  program run{"misbehaving",
              {"throw-in-output", "", "--on-error", "restart", "--max-restarts", "1000", "--run-for", "1s",
               "--interval", "20ms"}};
  BOOST_TEST((run.wait(patience).value_or(exit_status{}) == stopped_as_asked), run.err());
}

BOOST_AUTO_TEST_SUITE_END()
