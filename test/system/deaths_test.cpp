// SPDX-License-Identifier: BSD-3-Clause
//
// Workers that are killed, and drivers that are stopped, at any moment of a program's start: real processes, kill -9.
// SLUICE_TEST_ROUNDS is how many drivers each case starts without state and with it, SLUICE_TEST_KEYS how many keys
// they have to load, SLUICE_TEST_SECONDS how long their end may take.
#include "programs.hpp"

#include <support/environment.hpp>
#include <support/temporary_directory.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>

using namespace sluice::test;
namespace fs = std::filesystem;

namespace {

const auto rounds = number_from_environment("SLUICE_TEST_ROUNDS", 4);
const auto keys = number_from_environment("SLUICE_TEST_KEYS", 20'000);

/// How long the end of a driver may take; more where other tests and sanitizers may have all of the machine.
const auto at_most = std::chrono::seconds{number_from_environment(
    "SLUICE_TEST_SECONDS", std::getenv("SLUICE_TEST_ROUNDS") != nullptr ? 5 : patience.count())};

/// A program with a checkpoint that holds some keys.
class stateful_program {
public:
  explicit stateful_program(std::size_t key_count) {
    fs::create_directory(input());
    program writer{"many_keys", arguments_with({"--interval", "200ms"})};
    BOOST_TEST_REQUIRE(writer.wait_for_batch_count(1), writer.err()); // it takes no files that were there before
    if (key_count != 0) {
      std::ofstream file{place_.path() / "file"};
      for (std::size_t i = 0; i < key_count; ++i)
        file << "key" << i << '\n';
      file.close();
      fs::rename(place_.path() / "file", input() / "file");
    }
    BOOST_TEST_REQUIRE(writer.wait_for_output('\n' + std::to_string(key_count) + '\n', patience), writer.err());
    BOOST_TEST_REQUIRE((writer.stop() == stopped_as_asked), writer.err());
  }

  arguments arguments_with(const arguments& more) const {
    return arguments{input().string(), (place_.path() / "checkpoint").string(), "--partitions", "2"} + more;
  }

private:
  fs::path input() const { return place_.path() / "input"; }

  temporary_directory place_;
};

/// Two workers, at the same two ports however often they are killed.
class workers {
public:
  workers() {
    for (auto& each : list_)
      each = std::make_unique<worker>("many_keys");
  }

  std::string addresses() const { return list_[0]->address() + ',' + list_[1]->address(); }
  std::string address(std::size_t i) const { return list_[i]->address(); }

  void kill(std::size_t i) {
    list_[i]->process().signal(SIGKILL);
    BOOST_TEST_REQUIRE(list_[i]->process().wait(patience).has_value());
  }

  void start_again(std::size_t i) {
    const auto at = list_[i]->address();
    list_[i] = std::make_unique<worker>("many_keys", at);
  }

private:
  std::array<std::unique_ptr<worker>, 2> list_;
};

struct fixture {
  workers nodes;
  std::mt19937 random{std::random_device{}()};

  /// A driver that has run for a random time of up to a second.
  std::unique_ptr<program> start_driver(const stateful_program& what) {
    auto result = std::make_unique<program>("many_keys", what.arguments_with({"--interval", "200ms", "--wait-for-nodes",
                                                                              "1s", "--nodes", nodes.addresses()}));
    result->wait(std::chrono::milliseconds{random() % 1000});
    return result;
  }

  /// How a driver ends that has to end now.
  std::optional<exit_status> end_of(program& driver) {
    const auto before = clock_type::now();
    const auto result = driver.wait(at_most);
    slowest = std::max(slowest, clock_type::now() - before);
    return result;
  }

  ~fixture() {
    BOOST_TEST_MESSAGE("the slowest driver was gone after "
                       << std::chrono::duration_cast<std::chrono::milliseconds>(slowest).count() << " ms");
  }

private:
  using clock_type = std::chrono::steady_clock;

  clock_type::duration slowest{};
};

} // namespace

BOOST_AUTO_TEST_SUITE(deaths)

BOOST_FIXTURE_TEST_CASE(a_driver_ends_with_its_line_whenever_a_worker_is_killed, fixture) {
  for (const auto key_count : {std::size_t{0}, keys}) {
    const stateful_program what{key_count};
    for (std::size_t round = 0; round < rounds; ++round) {
      auto driver = start_driver(what);
      const auto which = random() % 2;
      nodes.kill(which);
      BOOST_TEST((end_of(*driver) == failed), driver->err());
      const auto said = complaints(*driver);
      BOOST_TEST_REQUIRE(said.size() == 1U, driver->err());
      BOOST_TEST(said[0].starts_with("error: "), said[0]);
      BOOST_TEST(said[0].find(nodes.address(which)) != std::string::npos, said[0]);
      nodes.start_again(which);
    }
  }
}

BOOST_FIXTURE_TEST_CASE(a_driver_ends_whenever_it_is_told_to_stop, fixture) {
  for (const auto key_count : {std::size_t{0}, keys}) {
    const stateful_program what{key_count};
    for (std::size_t round = 0; round < rounds; ++round) {
      auto driver = start_driver(what);
      driver->signal(SIGTERM);
      const auto how = end_of(*driver);
      BOOST_TEST_REQUIRE(how.has_value(), driver->err());
      // Before its main function runs, nobody takes the signal.
      if (*how == exit_status{-1, SIGTERM} && driver->err().empty())
        continue;
      BOOST_TEST((*how == stopped_as_asked), driver->err());
      BOOST_TEST(driver->err().find("stopping: ") != std::string::npos, driver->err());
      BOOST_TEST(complaints(*driver).empty(), driver->err());
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
