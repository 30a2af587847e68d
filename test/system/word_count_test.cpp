// SPDX-License-Identifier: BSD-3-Clause
#include "programs.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

using namespace sluice::test;
namespace data = boost::unit_test::data;

namespace {

/// The command line of a word count that prints everything.
arguments count_from(const line_server& server, const arguments& options) {
  return address_of(server) + arguments{"--print", "all"} + options;
}

/// Sends the text and hangs up. When this returns, the program has received all of it, and counted it or not: it says
/// so when it comes to the end of a connection.
void send(const std::string& text, line_server& by, program& to) {
  by.send(text);
  BOOST_TEST_REQUIRE(by.wait_for_sent(text.size(), patience));
  by.close();
  BOOST_TEST_REQUIRE(to.wait_for_error("the server closed the connection", patience));
}

/// Numbers, one a line, sent without end until the program has gone.
class number_feed {
public:
  number_feed(line_server& by, program& to) : by_{by}, to_{to} {}

  void send_until_batches(std::size_t n) {
    while (to_.batches().size() < n) {
      send_some();
      BOOST_TEST_REQUIRE(!to_.wait(5ms).has_value());
    }
  }

  exit_status send_to_the_end() {
    while (!to_.wait(5ms))
      send_some();
    return *to_.wait();
  }

private:
  void send_some() {
    std::string lines;
    for (auto i = 0; i < 100; ++i)
      lines += std::to_string(++last_) + '\n';
    by_.send(lines);
  }

  line_server& by_;
  program& to_;
  int last_ = 0;
};

/// Whether the counts are those of 1, 2, ..., n, for some n: nothing lost, nothing twice, nothing out of order.
void check_beginning_of_numbers(const word_counts& counts, const std::string& log) {
  BOOST_TEST(!counts.empty());
  for (std::size_t i = 1; i <= counts.size(); ++i) {
    const auto found = counts.find(std::to_string(i));
    BOOST_TEST_REQUIRE((found != counts.end() && found->second == 1), "number " << i << " of " << counts.size());
  }
  BOOST_TEST(log.find("received " + std::to_string(counts.size()) + " records") != std::string::npos, log);
}

} // namespace

BOOST_AUTO_TEST_SUITE(word_count)

BOOST_DATA_TEST_CASE(every_word_is_counted_over_any_number_of_partitions, data::make({1, 2, 3}), partitions) {
  const auto text = sample_text(3000);
  line_server server;
  program counter{"network_word_count",
                  count_from(server, {"--interval", "200ms", "--partitions", std::to_string(partitions)})};
  BOOST_TEST_REQUIRE(server.wait_for_accepted(1, patience));
  send(text, server, counter);
  BOOST_TEST((counter.stop() == stopped_as_asked), counter.err());
  BOOST_TEST((sum_of(counter.batches()) == count_words(text)));
}

BOOST_AUTO_TEST_CASE(every_word_is_counted_over_two_workers) {
  const auto text = sample_text(3000);
  line_server server;
  worker a;
  worker b;
  program counter{"network_word_count",
                  count_from(server, {"--interval", "200ms", "--nodes", a.address() + ',' + b.address()})};
  BOOST_TEST_REQUIRE(server.wait_for_accepted(1, patience));
  send(text, server, counter);
  BOOST_TEST((counter.stop() == stopped_as_asked), counter.err());
  BOOST_TEST((sum_of(counter.batches()) == count_words(text)));
  for (auto* each : {&a, &b}) {
    BOOST_TEST((*each)->wait_for_error("job 1 is over", patience), (*each)->err());
    BOOST_TEST(((*each)->stop() == stopped_as_asked), (*each)->err());
  }
}

BOOST_DATA_TEST_CASE(what_has_been_received_is_counted_before_a_stop, data::make({SIGINT, SIGTERM}), signal) {
  // The interval is too long for a batch to be cut before.
  const auto text = sample_text(300);
  line_server server;
  program counter{"network_word_count", count_from(server, {"--interval", "1h"})};
  BOOST_TEST_REQUIRE(server.wait_for_accepted(1, patience));
  send(text, server, counter);
  BOOST_TEST((counter.stop(signal) == stopped_as_asked), counter.err());
  BOOST_TEST((sum_of(counter.batches()) == count_words(text)));
}

BOOST_AUTO_TEST_CASE(a_stop_in_the_middle_of_a_stream_loses_nothing_before_it) {
  line_server server;
  program counter{"network_word_count", count_from(server, {"--interval", "100ms", "--partitions", "2"})};
  number_feed feed{server, counter};
  feed.send_until_batches(5);
  counter.signal(SIGINT);
  BOOST_TEST((feed.send_to_the_end() == stopped_as_asked), counter.err());
  check_beginning_of_numbers(sum_of(counter.batches()), counter.err());
}

BOOST_AUTO_TEST_CASE(a_stop_in_the_middle_of_a_stream_over_two_workers_loses_nothing_before_it) {
  line_server server;
  worker a;
  worker b;
  program counter{"network_word_count",
                  count_from(server, {"--interval", "100ms", "--nodes", a.address() + ',' + b.address()})};
  number_feed feed{server, counter};
  feed.send_until_batches(5);
  counter.signal(SIGINT);
  BOOST_TEST((feed.send_to_the_end() == stopped_as_asked), counter.err());
  check_beginning_of_numbers(sum_of(counter.batches()), counter.err());
}

BOOST_AUTO_TEST_CASE(a_stop_does_not_wait_for_a_server_that_is_not_there) {
  program counter{"network_word_count", {"127.0.0.1", std::to_string(free_port()), "--interval", "200ms"}};
  BOOST_TEST(counter.wait_for_error("connection refused", patience));
  // A graceful stop that takes longer than ten seconds ends with another code.
  BOOST_TEST((counter.stop() == stopped_as_asked), counter.err());
}

BOOST_AUTO_TEST_CASE(a_connection_that_was_lost_is_made_again) {
  line_server server{"one two\n", line_server::start_at::rest};
  program counter{"network_word_count", count_from(server, {"--interval", "100ms"})};
  const auto counted = [](const word_counts& wanted) {
    return [&wanted](const auto& batches) { return sum_of(batches) == wanted; };
  };
  BOOST_TEST(counter.wait_for_batches(counted({{"one", 1}, {"two", 1}})), counter.err());
  server.close_clients();
  server.send("two three\n");
  BOOST_TEST(counter.wait_for_batches(counted({{"one", 1}, {"two", 2}, {"three", 1}})), counter.err());
  BOOST_TEST(server.accepted() == 2U);
  BOOST_TEST((counter.stop() == stopped_as_asked), counter.err());
}

BOOST_AUTO_TEST_CASE(a_second_signal_stops_at_once) {
  program slow{"misbehaving", {"slow-output", "unused"}};
  const auto started = [&slow] { return count_words(slow.out())["batch"]; };
  BOOST_TEST_REQUIRE(slow.wait_until([&] { return started() == 2; }, patience));
  slow.signal(SIGINT);
  BOOST_TEST_REQUIRE(slow.wait_for_error("once more to stop at once", patience));
  slow.signal(SIGINT);
  const auto before = started();
  BOOST_TEST((slow.wait(patience) == stopped_as_asked), slow.err());
  // The one that runs is not interrupted; up to four more were waiting.
  BOOST_TEST(started() <= before + 1);
}

BOOST_AUTO_TEST_CASE(a_third_signal_does_not_wait_for_the_function_that_runs) {
  program slow{"misbehaving", {"endless-output", "unused"}};
  BOOST_TEST_REQUIRE(slow.wait_for_output("batch", patience));
  slow.signal(SIGINT);
  BOOST_TEST_REQUIRE(slow.wait_for_error("once more to stop at once", patience));
  // Of one kind, two could arrive as one.
  slow.signal(SIGINT);
  slow.signal(SIGTERM);
  BOOST_TEST((slow.wait(patience) == failed), slow.err());
  const auto said = complaints(slow);
  BOOST_TEST_REQUIRE(said.size() == 1U, slow.err());
  BOOST_TEST(said[0].find("asked three times to stop") != std::string::npos, said[0]);
}

BOOST_AUTO_TEST_CASE(a_graceful_stop_ends_at_its_limit_and_says_what_is_left) {
  program slow{"misbehaving", {"slow-output", "unused", "--graceful-timeout", "1500ms"}};
  BOOST_TEST_REQUIRE(slow.wait_until([&] { return count_words(slow.out())["batch"] == 2; }, patience));
  BOOST_TEST((slow.stop() == unfinished), slow.err());
  const auto said = complaints(slow);
  BOOST_TEST_REQUIRE(said.size() >= 1U, slow.err()); // a busy machine may need its last resort
  static const std::regex line{"error: the graceful stop was not over after 1500 ms: [1-4] batches with [1-4] records "
                               "are left, .*--graceful-timeout"};
  BOOST_TEST(std::regex_match(said[0], line), said[0]);
}

BOOST_AUTO_TEST_CASE(a_time_to_run_ends_so_too) {
  program slow{"misbehaving", {"slow-output", "unused", "--graceful-timeout", "1500ms", "--run-for", "2s"}};
  BOOST_TEST((slow.wait(10s) == unfinished), slow.err());
}

BOOST_AUTO_TEST_CASE(a_function_that_never_returns_is_named_and_the_process_ends_without_it) {
  for (const auto& [way, ready, who] : {std::tuple{"endless-output", "batch", "operator"},
                                        std::tuple{"endless-listener", "listening", "streaming listener"}})
    for (const auto* threads : {"1", "2"}) {
      program it{"misbehaving", {way, "unused", "--graceful-timeout", "1s", "--threads", threads}};
      BOOST_TEST_REQUIRE(it.wait_for_output(ready, patience), it.err());
      it.signal(SIGTERM);
      BOOST_TEST((it.wait(5s) == unfinished), it.err());
      const auto said = complaints(it);
      BOOST_TEST_REQUIRE(!said.empty(), it.err());
      BOOST_TEST(said.back().find("does not return") != std::string::npos, said.back());
      BOOST_TEST(said.back().find(who) != std::string::npos, said.back());
      BOOST_TEST(it.out().find(ready) != std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(a_signal_that_was_ignored_before_stops_the_program) {
  // So a shell starts what a script puts into the background.
  line_server server;
  process counter{arguments{"sh", "-c", R"(trap "" INT; exec "$0" "$@")"}
                  + command("network_word_count", count_from(server, {"--interval", "200ms"}))};
  BOOST_TEST_REQUIRE(server.wait_for_accepted(1, patience));
  counter.signal(SIGINT);
  BOOST_TEST((counter.wait(patience) == stopped_as_asked), counter.err());
}

BOOST_AUTO_TEST_SUITE_END()
