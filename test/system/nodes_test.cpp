// SPDX-License-Identifier: BSD-3-Clause
#include "programs.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice::test;

namespace {

constexpr auto soon = 15s;

/// A word count that has printed its first batch.
class counting {
public:
  explicit counting(const std::string& nodes)
      : run_{"network_word_count", address_of(server_) + arguments{"--interval", "100ms", "--nodes", nodes}} {
    BOOST_TEST_REQUIRE(run_.wait_for_batch_count(1), run_.err());
  }

  program* operator->() { return &run_; }

private:
  line_server server_{"to be or not to be\n"};
  program run_;
};

/// The program ends soon by itself, with one line that holds all these words.
void check_fails(program& x, const std::vector<std::string>& words) {
  BOOST_TEST((x.wait(soon) == failed), x.err());
  const auto said = complaints(x);
  BOOST_TEST_REQUIRE(said.size() == 1U, x.err());
  BOOST_TEST(said[0].starts_with("error: "), said[0]);
  for (const auto& word : words)
    BOOST_TEST(said[0].find(word) != std::string::npos, said[0]);
}

void check_serves_the_next_driver(const std::string& nodes) {
  counting next{nodes};
  BOOST_TEST((next->stop() == stopped_as_asked), next->err());
}

/// A driver that is to fail before it starts, and waits for nobody.
program driver_of(const std::string& nodes) {
  return program{"network_word_count", {"127.0.0.1", "9", "--wait-for-nodes", "0s", "--nodes", nodes}};
}

} // namespace

BOOST_AUTO_TEST_SUITE(nodes)

BOOST_AUTO_TEST_CASE(a_driver_ends_when_a_worker_is_killed_and_the_other_worker_serves_the_next_one) {
  worker a;
  worker b;
  counting words{a.address() + ',' + b.address()};
  b->signal(SIGKILL);
  check_fails(*words.operator->(), {"the worker " + b.address() + " has gone", "start it again"});
  BOOST_TEST(a->wait_for_error("job 1 is over", soon), a->err());
  check_serves_the_next_driver(a.address());
}

BOOST_AUTO_TEST_CASE(a_driver_ends_when_a_worker_is_frozen) {
  worker a;
  counting words{a.address()};
  a->signal(SIGSTOP);
  check_fails(*words.operator->(), {"the worker " + a.address() + " has gone"});
  a->signal(SIGCONT);
  BOOST_TEST(a->wait_for_error("job 1 is over", soon), a->err());
  check_serves_the_next_driver(a.address());
}

BOOST_AUTO_TEST_CASE(a_worker_survives_a_driver_that_is_killed) {
  worker a;
  {
    counting words{a.address()};
    words->signal(SIGKILL);
    BOOST_TEST((words->wait(soon) == exit_status{-1, SIGKILL}));
  }
  BOOST_TEST(a->wait_for_error("job 1 is over", soon), a->err());
  check_serves_the_next_driver(a.address());
  BOOST_TEST(a->wait_for_error("job 2 is over", soon), a->err());
  BOOST_TEST((a->stop() == stopped_as_asked), a->err());
}

BOOST_AUTO_TEST_CASE(a_worker_serves_two_drivers_at_a_time) {
  worker a;
  counting first{a.address()};
  counting second{a.address()};
  BOOST_TEST((first->stop() == stopped_as_asked), first->err());
  const auto printed = second->batches().size();
  BOOST_TEST(second->wait_for_batch_count(printed + 5), second->err());
  BOOST_TEST((second->stop() == stopped_as_asked), second->err());
}

BOOST_AUTO_TEST_CASE(a_worker_that_stops_ends_its_driver) {
  worker a;
  counting words{a.address()};
  BOOST_TEST((a->stop(SIGTERM) == stopped_as_asked), a->err());
  check_fails(*words.operator->(), {"the worker " + a.address() + " has gone"});
}

BOOST_AUTO_TEST_CASE(a_worker_with_another_program_refuses) {
  worker a{"stateful_network_word_count"};
  auto driver = driver_of(a.address());
  check_fails(driver, {a.address(), "another program", "same build"});
  BOOST_TEST(a->wait_for_error("refused a driver", soon), a->err());
  BOOST_TEST((a->stop() == stopped_as_asked), a->err());
}

BOOST_AUTO_TEST_CASE(a_worker_that_is_not_running_is_named) {
  worker a;
  const auto nobody = "127.0.0.1:" + std::to_string(free_port());
  auto driver = driver_of(a.address() + ',' + nobody);
  check_fails(driver, {nobody, "Connection refused", "start it there with --node"});
}

BOOST_AUTO_TEST_CASE(a_driver_waits_for_workers_that_start_after_it_and_names_those_that_never_do) {
  const auto late = "127.0.0.1:" + std::to_string(free_port());
  const auto never = "127.0.0.1:" + std::to_string(free_port());
  {
    program driver{"network_word_count", {"127.0.0.1", "9", "--interval", "100ms", "--nodes", late}};
    BOOST_TEST(driver.wait_for_error("waits up to 30 s for node " + late, soon), driver.err());
    worker a{"network_word_count", late};
    BOOST_TEST(driver.wait_for_batch_count(1), driver.err());
    BOOST_TEST((driver.stop() == stopped_as_asked), driver.err());
  }
  program driver{"network_word_count", {"127.0.0.1", "9", "--wait-for-nodes", "500ms", "--nodes", late + ',' + never}};
  check_fails(driver, {"after 500 ms", late, never, "Connection refused", "start each there with --node"});
}

BOOST_AUTO_TEST_CASE(a_driver_that_waits_for_workers_can_be_stopped) {
  const auto never = "127.0.0.1:" + std::to_string(free_port());
  program driver{"network_word_count", {"127.0.0.1", "9", "--nodes", never}};
  BOOST_TEST_REQUIRE(driver.wait_for_error("waits up to 30 s", soon), driver.err());
  driver.signal(SIGTERM);
  BOOST_TEST((driver.wait(2s) == stopped_as_asked), driver.err());
  BOOST_TEST(driver.err().find("stopped before it had started") != std::string::npos, driver.err());
}

BOOST_AUTO_TEST_CASE(a_killed_worker_can_listen_again_at_once_where_it_did) {
  worker a;
  counting words{a.address()};
  a->signal(SIGKILL);
  BOOST_TEST(a->wait(soon).has_value());
  check_fails(*words.operator->(), {a.address()});
  worker again{"network_word_count", a.address()};
  check_serves_the_next_driver(again.address());
}

BOOST_AUTO_TEST_CASE(a_driver_that_was_frozen_says_that_it_was) {
  worker a;
  counting words{a.address()};
  words->signal(SIGSTOP);
  BOOST_TEST(a->wait_for_error("job 1 is over: its driver has gone, or does not answer any more", soon), a->err());
  words->signal(SIGCONT);
  check_fails(*words.operator->(), {"the worker " + a.address(), "this process did not run for", "--node-timeout"});
}

BOOST_AUTO_TEST_CASE(patience_is_an_option) {
  worker a{"network_word_count", arguments{"--node-timeout", "1m"}};
  const line_server server{"to be\n"};
  program words{"network_word_count",
                address_of(server) + arguments{"--interval", "100ms", "--node-timeout", "1m", "--nodes", a.address()}};
  BOOST_TEST_REQUIRE(words.wait_for_batch_count(1), words.err());
  for (auto* each : {&words, &a.process()})
    each->signal(SIGSTOP);
  words.wait(8s);
  for (auto* each : {&words, &a.process()})
    each->signal(SIGCONT);
  BOOST_TEST(words.wait_for_error("this process did not run for", soon), words.err());
  BOOST_TEST(a->wait_for_error("this process did not run for", soon), a->err());
  const auto printed = words.batches().size();
  BOOST_TEST(words.wait_for_batch_count(printed + 5), words.err());
  BOOST_TEST((words.stop() == stopped_as_asked), words.err());
}

BOOST_AUTO_TEST_CASE(a_server_that_is_no_worker_is_named_if_it_is_silent) {
  const line_server server;
  auto driver = driver_of("127.0.0.1:" + std::to_string(server.port()));
  const auto address = "127.0.0.1:" + std::to_string(server.port());
  check_fails(driver, {address, "does not answer as a Sluice node does", "start one there with --node " + address});
}

BOOST_AUTO_TEST_CASE(a_driver_that_waits_for_the_first_words_of_a_server_can_be_stopped) {
  const line_server server;
  auto driver = driver_of("127.0.0.1:" + std::to_string(server.port()));
  BOOST_TEST_REQUIRE(driver.wait_for_error("nodes 127.0.0.1:", soon), driver.err());
  driver.wait(100ms); // for it to connect
  BOOST_TEST((driver.stop() == stopped_as_asked), driver.err());
  BOOST_TEST(complaints(driver).empty(), driver.err());
}

BOOST_AUTO_TEST_CASE(a_server_that_is_no_worker_is_named_if_it_talks) {
  std::string text;
  for (auto i = 0; i < 10'000; ++i)
    text += "HTTP/1.1 400 Bad Request\r\n";
  const line_server server{text};
  auto driver = driver_of("127.0.0.1:" + std::to_string(server.port()));
  const auto address = "127.0.0.1:" + std::to_string(server.port());
  check_fails(driver, {address, "does not answer as a Sluice node does", "start one there with --node " + address});
}

BOOST_AUTO_TEST_CASE(a_worker_cannot_listen_where_somebody_does) {
  const line_server server;
  program a{"network_word_count", {"--node", "127.0.0.1:" + std::to_string(server.port())}};
  check_fails(a, {"127.0.0.1:" + std::to_string(server.port()), "is the port in use?"});
}

BOOST_AUTO_TEST_SUITE_END()
