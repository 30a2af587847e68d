// SPDX-License-Identifier: BSD-3-Clause
//
// The command line tool beside a program that runs.
#include "programs.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

using namespace sluice::test;
using nlohmann::json;

namespace {

/// A word count with a page at a free port.
class served_program : public program {
public:
  served_program() : program{"generator_word_count", {"--interval", "200ms", "--ui", "127.0.0.1:0"}} {
    static const std::regex shown{R"(the page of this program: (http://\S+)\s)"};
    std::smatch found;
    BOOST_TEST_REQUIRE(wait_until([&] { return std::regex_search(err(), found, shown); }, patience), err());
    address_ = found[1];
  }

  const std::string& address() const { return address_; }

private:
  std::string address_;
};

/// What the tool said of a command, and how it ended.
class asked {
public:
  asked(const served_program& of, const arguments& command)
      : tool_{arguments{SLUICE_TOOL} + command + arguments{"--at", of.address()}} {
    const auto ended = tool_.wait(patience);
    BOOST_TEST_REQUIRE(ended.has_value(), tool_.err());
    status_ = *ended;
  }

  exit_status status() const { return status_; }
  const std::string& out() const { return tool_.out(); }
  const std::string& err() const { return tool_.err(); }

  json as_json() const {
    BOOST_TEST_REQUIRE((status_ == stopped_as_asked), err());
    return json::parse(out());
  }

private:
  process tool_;
  exit_status status_;
};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

} // namespace

BOOST_AUTO_TEST_SUITE(tool)

BOOST_AUTO_TEST_CASE(a_running_program_is_seen_as_it_is) {
  served_program counter;
  BOOST_TEST_REQUIRE(counter.wait_for_batch_count(5));

  const auto status = asked{counter, {"status", "--json"}}.as_json();
  BOOST_TEST(status["program"] == "generator_word_count");
  BOOST_TEST(status["state"] == "running");
  BOOST_TEST(status["totals"]["completedBatches"].get<int>() >= 1);
  BOOST_TEST(has(asked(counter, {"status"}).out(), "input     generator_stream#0  "));

  const auto graph = asked{counter, {"graph", "--json"}}.as_json();
  BOOST_TEST(graph["operators"].size() == 7U);
  const asked drawn{counter, {"graph"}};
  BOOST_TEST(has(drawn.out(), "reduce_by_key#3"), drawn.out());
  BOOST_TEST(has(drawn.out(), "← map#2 (hash)"), drawn.out());

  const asked one{counter, {"operators", "reduce_by_key"}};
  BOOST_TEST((one.status() == stopped_as_asked), one.err());
  BOOST_TEST(one.out().starts_with("reduce_by_key#3  stage "), one.out());

  const auto batches = asked{counter, {"batches", "--limit", "3", "--json"}}.as_json();
  BOOST_TEST_REQUIRE(!batches["completed"].empty());
  const auto id = batches["completed"][0]["id"].dump();
  const asked batch{counter, {"batches", id}};
  BOOST_TEST(has(batch.out(), "batch " + id + "  "), batch.out());
  BOOST_TEST(has(batch.out(), ": succeeded, "), batch.out());

  for (const auto* const command : {"reason", "nodes", "events", "config", "top"}) {
    const asked other{counter, {command}};
    BOOST_TEST((other.status() == stopped_as_asked), command << ": " << other.err());
    BOOST_TEST(!other.out().empty(), command);
  }
  BOOST_TEST((asked(counter, {"batches", "1"}).status() == failed));
  BOOST_TEST((counter.stop() == stopped_as_asked), counter.err());
}

BOOST_AUTO_TEST_CASE(stop_waits_for_the_end) {
  served_program counter;
  BOOST_TEST_REQUIRE(counter.wait_for_batch_count(2));
  // The program goes on only while somebody reads what it prints: so both are waited for.
  process stop{{SLUICE_TOOL, "stop", "--wait", "25s", "--at", counter.address()}};
  BOOST_TEST((counter.wait(patience) == stopped_as_asked), counter.err());
  BOOST_TEST((stop.wait(patience) == stopped_as_asked), stop.err());
  BOOST_TEST(stop.out().ends_with("the program has ended\n"), stop.out());
  BOOST_TEST((asked(counter, {"status"}).status() == exit_status{3, 0}));
}

BOOST_AUTO_TEST_CASE(the_log_level_changes_while_a_program_runs) {
  served_program counter;
  BOOST_TEST_REQUIRE(counter.wait_for_batch_count(1));
  BOOST_TEST(asked(counter, {"log-level", "debug"}).out() == "the log of the program now shows: debug\n");
  BOOST_TEST((counter.stop() == stopped_as_asked), counter.err());
}

BOOST_AUTO_TEST_SUITE_END()
