// SPDX-License-Identifier: BSD-3-Clause
//
// Real programs that something holds up, each cause in three shapes: the page names the cause and its place. Programs
// that nothing holds up hear no complaint.
#include "programs.hpp"
#include "watched_program.hpp"

#include <atomic>
#include <chrono>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "../support/temporary_directory.hpp"

using namespace sluice::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace data = boost::unit_test::data;

namespace {

struct injected {
  std::string what;     ///< the program; its cause is the part before the slash
  std::string place;    ///< the operator that is named; empty: none
  arguments more = {};  ///< for its command line
  bool is_kept = false; ///< it has a checkpoint

  std::string cause() const { return what.substr(0, what.find('/')); }

  friend std::ostream& operator<<(std::ostream& to, const injected& x) { return to << x.what; }
};

const arguments four{"--partitions", "4"};

/// More than any machine needs.
arguments many_partitions() {
  const auto cores = std::max(1U, std::thread::hardware_concurrency());
  return {"--partitions", std::to_string(std::max(56U, 3 * cores)), "--interval", "50ms"};
}

const arguments short_interval{"--partitions", "2", "--interval", "1ms"};
const arguments little_memory{"--partitions", "4", "--memory-budget", "16MiB", "--interval", "1s"};
const arguments logged{"--partitions", "2", "--write-ahead-log", "--checkpoint-interval", "1000"};

const std::vector<injected> causes{
    {"slow_function", "slow", four},
    {"slow_function/after_a_shuffle", "culprit", four},
    {"slow_function/in_a_window", "culprit", four},
    {"skewed_key", "per key", four},
    {"skewed_key/in_a_state", "culprit", four},
    {"skewed_key/in_a_window", "culprit", four},
    {"slow_output", "foreach_rdd#1", four},
    {"slow_output/of_a_window", "foreach_rdd#2", four},
    {"slow_output/the_second", "foreach_rdd#6", four},
    {"slow_disk", "", four, true},
    {"slow_disk/of_a_state", "", four, true},
    {"slow_disk/of_a_window", "", four, true},
    {"slow_disk/of_the_log", "", logged + arguments{"--interval", "500ms"}, true},
    {"too_many_partitions", "*", many_partitions()},
    {"too_many_partitions/groups", "*", many_partitions()},
    {"too_many_partitions/windows", "*", many_partitions()},
    {"tiny_batches", "", short_interval},
    {"tiny_batches/groups", "", short_interval},
    {"tiny_batches/windows", "", short_interval},
    {"huge_records", "culprit", four},
    {"huge_records/after_a_shuffle", "culprit", four},
    {"huge_records/by_key", "culprit", four},
    {"little_credit", "culprit", little_memory},
    {"little_credit/before_a_shuffle", "culprit", little_memory},
    {"little_credit/of_two", "culprit", little_memory},
    {"growing_state", "culprit", four},
    {"growing_state/mapped", "culprit", four},
    {"growing_state/of_few_in_many", "culprit", four},
    {"growing_log", "", logged, true},
    {"growing_log/of_two", "", logged, true},
    {"growing_log/of_a_state", "", logged, true},
    {"slow_listener", "", four},
    {"slow_listener/at_submissions", "", four},
    {"slow_listener/at_outputs", "", four},
    {"restarts", "", four},
    {"restarts/of_an_output", "", four},
    {"restarts/after_a_shuffle", "", four},
    {"clock_behind", "", four},
    {"clock_behind/of_a_window", "", four},
    {"clock_behind/of_a_state", "", four},
    {"dead_letters", "no sevens", four},
    {"dead_letters/after_a_shuffle", "culprit", four},
    {"dead_letters/of_a_filter", "culprit", four},
    {"silent_receiver", "orders", four},
    {"silent_input", "orders", four},
    {"source_slower", "", four},
    {"no_records", "", four},
    {"failing_output", "foreach_rdd#1", four},
};

bool is_named(const json& reason, const injected& x) {
  if (reason["cause"] != x.cause())
    return false;
  return x.place == "*" || (x.place.empty() ? reason["operator"].is_null() : reason["operator"] == x.place);
}

/// Starts `x` after `before`, and waits until its reason is named.
void check_is_named(const injected& x, const arguments& more, const arguments& before = {}) {
  const auto begun = std::chrono::steady_clock::now();
  watched_program program{x.what, more, before};
  const auto found = program.wait_for("/api/v1/reason", [&](const json& reason) { return is_named(reason, x); });
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  const auto reason = program.get("/api/v1/reason");
  BOOST_TEST(found, reason.dump());
  BOOST_TEST_MESSAGE(x.what << " after " << took.count() << " s: " << reason["sentence"].get<std::string>());
}

/// Keeps all cores busy while it lives.
class busy_neighbours {
public:
  busy_neighbours() {
    for (unsigned i = 0; i < 2 * std::max(1U, std::thread::hardware_concurrency()); ++i)
      threads_.emplace_back([this] {
        while (!over_) {
        }
      });
  }
  ~busy_neighbours() {
    over_ = true;
    for (auto& x : threads_)
      x.join();
  }

private:
  std::atomic<bool> over_ = false;
  std::vector<std::thread> threads_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(reasons_suite)

BOOST_DATA_TEST_CASE(a_cause_is_named_with_its_place, data::make(causes), x) {
  const temporary_directory directory;
  const auto directory_of_it = "CHECKPOINT_DIR=" + (directory.path() / "checkpoint").string();
  check_is_named(x, x.more, x.is_kept ? arguments{"/usr/bin/env", directory_of_it} : arguments{});
}

const std::vector<std::string> shared{"shared_cpu", "shared_cpu/after_a_shuffle", "shared_cpu/in_a_window"};

BOOST_DATA_TEST_CASE(other_programs_that_use_the_processor_are_named, data::make(shared), what) {
  const busy_neighbours others;
  check_is_named({what, ""}, four, {"/usr/bin/nice", "-n", "19"});
}

const std::vector<std::string> on_nodes{"slow_node", "slow_node/by_key"};

BOOST_DATA_TEST_CASE(a_slow_node_is_named, data::make(on_nodes), what) {
  const auto fast = std::to_string(free_port());
  const auto slow = std::to_string(free_port());
  process quick{{SLUICE_PROGRAMS "/watched", "--node", "127.0.0.1:" + fast}};
  process lame{{SLUICE_PROGRAMS "/watched", "--node", "127.0.0.1:" + slow}, {"SLOW_NODE=1"}};
  BOOST_REQUIRE(quick.wait_for_error("worker listens at", 20s));
  BOOST_REQUIRE(lame.wait_for_error("worker listens at", 20s));
  check_is_named({what, "culprit"}, four + arguments{"--nodes", "127.0.0.1:" + fast + ",127.0.0.1:" + slow});
}

BOOST_AUTO_TEST_CASE(programs_that_nothing_holds_up_hear_no_complaint) {
  const std::vector<std::string> healthy{"healthy", "healthy/busy", "healthy/state", "healthy/receiver",
                                         "healthy/window"};
  std::vector<std::unique_ptr<watched_program>> all;
  for (const auto& what : healthy)
    all.push_back(std::make_unique<watched_program>(what, arguments{"--partitions", "2"}));
  for (const auto end = std::chrono::steady_clock::now() + 15s; std::chrono::steady_clock::now() < end;)
    for (std::size_t i = 0; i < all.size(); ++i) {
      const auto reason = all[i]->get("/api/v1/reason");
      BOOST_TEST(reason["level"] == "ok", healthy[i] << ": " << reason.dump());
      all[i]->real().wait_until([] { return false; }, 50ms);
    }
}

BOOST_AUTO_TEST_SUITE_END()
