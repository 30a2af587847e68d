// SPDX-License-Identifier: BSD-3-Clause
#include "programs.hpp"

#include <support/temporary_directory.hpp>

#include <boost/test/unit_test.hpp>

#include <iterator>
#include <map>
#include <random>

using namespace sluice::test;

namespace {

constexpr std::int64_t interval = 50;     // ms
constexpr std::int64_t max_in_flight = 4; // batches

/// A stateful word count whose process dies again and again, and a server that goes on.
class counting {
public:
  explicit counting(arguments options = {}, arguments nodes = {})
      : options_{std::move(options)}, nodes_{std::move(nodes)} {}

  line_server& server() { return server_; }
  program& run() { return *run_; }

  void start() {
    run_.emplace("stateful_network_word_count", address_of(server_)
                                                    + arguments{directory_.path().string(), "--print", "all",
                                                                "--interval", std::to_string(interval) + "ms"}
                                                    + options_ + nodes_);
  }

  /// Goes on in another process. Nothing is sent to it, so that what it prints first is what it found.
  /// Returns the time of the commit it continues from, and the totals it found there.
  std::pair<std::int64_t, word_counts> recover() {
    server_.pause();
    start();
    BOOST_TEST_REQUIRE(run_->wait_for_batch_count(1), run_->err());
    std::smatch found;
    static const std::regex continued{R"(continues from checkpoint .*, committed up to batch (\d+) ms)"};
    BOOST_TEST_REQUIRE(std::regex_search(run_->err(), found, continued), run_->err());
    return {std::stoll(found[1]), counts_of(run_->batches().front())};
  }

  /// Sends words until that many more batches have been printed, and the last of them counts some of these words: a
  /// process that was held up makes up for missed batches before it reads its socket.
  void feed(std::size_t batches) {
    const auto wanted = run_->batches().size() + batches;
    const auto before = run_->batches().empty() ? word_counts{} : counts_of(run_->batches().back());
    server_.resume();
    while (run_->batches().size() < wanted || counts_of(run_->batches().back()) == before) {
      std::string line;
      for (auto i = 0; i < 200; ++i)
        line += "word" + std::to_string(random_() % 500) + (i % 10 == 9 ? '\n' : ' ');
      server_.send(line);
      BOOST_TEST_REQUIRE(!run_->wait(5ms).has_value(), run_->err());
    }
  }

  /// kill -9. Returns the totals after each batch, as printed by this process.
  std::map<std::int64_t, word_counts> kill() {
    run_->signal(SIGKILL);
    BOOST_TEST((run_->wait(patience) == exit_status{-1, SIGKILL}));
    std::map<std::int64_t, word_counts> result;
    for (const auto& batch : run_->batches())
      result[batch.time] = counts_of(batch);
    return result;
  }

private:
  temporary_directory directory_;
  line_server server_{"", line_server::start_at::rest};
  arguments options_;
  arguments nodes_;
  std::optional<program> run_;
  std::mt19937 random_{7};
};

/// Kills the process some times. Each next one must find the totals of the last commit, and they must be those that
/// were printed for that batch: by the process that was killed, or, where its disk was too slow to commit any, by one
/// before it.
void check_kills(counting& words, std::size_t kills, std::int64_t batches_a_sync) {
  words.start();
  words.feed(6);
  std::map<std::int64_t, word_counts> printed;
  for (std::size_t i = 0; i < kills; ++i) {
    const auto by_this_process = words.kill();
    printed.insert(by_this_process.begin(), by_this_process.end());
    const auto [time, totals] = words.recover();
    BOOST_TEST_REQUIRE(printed.contains(time), "batch " << time << " was committed and not printed");
    BOOST_TEST((totals == printed.at(time)));
    // A batch is cut only when the one four before it is committed.
    const auto uncommitted = std::distance(by_this_process.upper_bound(time), by_this_process.end());
    BOOST_TEST(uncommitted <= max_in_flight + batches_a_sync - 1);
    words.feed(3 + 4 * i);
    BOOST_TEST((counts_of(words.run().batches().back()) != totals));
  }
  BOOST_TEST((words.run().stop() == stopped_as_asked), words.run().err());
}

} // namespace

BOOST_AUTO_TEST_SUITE(recovery)

BOOST_AUTO_TEST_CASE(the_totals_after_a_kill_are_exactly_those_of_the_last_commit) {
  counting words{{"--partitions", "2"}};
  check_kills(words, 5, 1);
}

BOOST_AUTO_TEST_CASE(the_same_holds_where_batches_share_a_sync) {
  counting words{{"--checkpoint-interval", "3"}};
  check_kills(words, 3, 3);
}

BOOST_AUTO_TEST_CASE(the_same_holds_over_two_workers_that_survive_the_driver) {
  worker a{"stateful_network_word_count"};
  worker b{"stateful_network_word_count"};
  counting words{{"--partitions", "3"}, {"--nodes", a.address() + ',' + b.address()}};
  check_kills(words, 3, 1);
  for (auto* each : {&a, &b}) {
    BOOST_TEST((*each)->wait_for_error("job 4 is over", patience), (*each)->err());
    BOOST_TEST(((*each)->stop() == stopped_as_asked), (*each)->err());
  }
}

BOOST_AUTO_TEST_CASE(after_a_graceful_stop_the_totals_are_those_of_everything_received) {
  const auto text = sample_text(300);
  counting words;
  words.start();
  words.server().send(text + '\n');
  BOOST_TEST_REQUIRE(words.server().wait_for_sent(text.size() + 1, patience));
  words.server().close_clients();
  BOOST_TEST_REQUIRE(words.run().wait_for_error("the server closed the connection", patience));
  BOOST_TEST((words.run().stop() == stopped_as_asked), words.run().err());
  BOOST_TEST((counts_of(words.run().batches().back()) == count_words(text)));
  const auto last = words.run().batches().back().time;
  const auto [time, totals] = words.recover();
  BOOST_TEST(time == last);
  BOOST_TEST((totals == count_words(text)));
}

BOOST_AUTO_TEST_SUITE_END()
