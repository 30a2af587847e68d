// SPDX-License-Identifier: BSD-3-Clause
#include "programs.hpp"

#include <support/temporary_directory.hpp>

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <sstream>

using namespace sluice::test;

namespace {

/// The examples, and the arguments each one names in its help.
const std::map<std::string, arguments> examples{
    {"actor_word_count", {}},
    {"custom_receiver", {}},
    {"generator_word_count", {}},
    {"network_word_count", {"HOST", "PORT"}},
    {"queue_stream", {}},
    {"recoverable_network_word_count", {"HOST", "PORT", "CHECKPOINT_DIR", "OUTPUT_FILE"}},
    {"stateful_network_word_count", {"HOST", "PORT", "CHECKPOINT_DIR"}},
    {"text_folder_word_count", {"DIRECTORY"}},
};

const arguments common_options{"--interval", "--print", "--partitions", "--threads", "--nodes", "--node", "--help"};

/// What an example printed in two seconds, in batches of half a second.
std::vector<printed_batch> run(const std::string& example, const arguments& options = {}) {
  program it{example, arguments{"--run-for", "2s", "--interval", "500ms", "--print", "all"} + options};
  BOOST_TEST_REQUIRE((it.wait(patience) == stopped_as_asked), it.err());
  BOOST_TEST(complaints(it).empty(), it.err());
  auto result = it.batches();
  BOOST_TEST_REQUIRE(result.size() >= 3U);
  return result;
}

/// Batches come on the grid of the clock, in order, none left out.
void check_times(const std::vector<printed_batch>& batches) {
  for (std::size_t i = 0; i < batches.size(); ++i)
    BOOST_TEST(batches[i].time == batches[0].time + static_cast<std::int64_t>(i) * 500);
  BOOST_TEST(batches[0].time % 500 == 0);
}

std::int64_t only_number(const printed_batch& batch) {
  BOOST_TEST_REQUIRE(batch.lines.size() == 1U);
  return std::stoll(batch.lines[0]);
}

} // namespace

BOOST_AUTO_TEST_SUITE(examples_)

BOOST_AUTO_TEST_CASE(every_example_explains_itself) {
  for (const auto& [name, own] : examples) {
    program it{name, {"--help"}};
    BOOST_TEST_CONTEXT(name) {
      BOOST_TEST((it.wait(patience) == stopped_as_asked), it.err());
      BOOST_TEST(it.err() == "");
      for (const auto& each : own + common_options)
        BOOST_TEST(it.out().find(each) != std::string::npos, each << " is missing in " << it.out());
    }
  }
}

BOOST_AUTO_TEST_CASE(actor_word_count_counts_its_sentence) {
  const auto batches = run("actor_word_count");
  check_times(batches);
  const auto sum = sum_of(batches);
  const auto sentences = sum.at("cow");
  BOOST_TEST(sentences > 10);
  BOOST_TEST((sum
              == word_counts{{"the", 2 * sentences},
                             {"cow", sentences},
                             {"jumped", sentences},
                             {"over", sentences},
                             {"moon", sentences}}));
}

BOOST_AUTO_TEST_CASE(custom_receiver_counts_its_even_numbers) {
  const auto batches = run("custom_receiver");
  check_times(batches);
  std::int64_t sum = 0;
  for (const auto& batch : batches)
    sum += only_number(batch);
  BOOST_TEST(sum > 50);
  BOOST_TEST(sum <= 2000);
}

BOOST_AUTO_TEST_CASE(generator_word_count_counts_words_and_lines) {
  // Two outputs a batch: the words, then the lines.
  const auto all = run("generator_word_count");
  BOOST_TEST_REQUIRE(all.size() % 2 == 0U);
  std::vector<printed_batch> words;
  std::int64_t lines = 0;
  for (std::size_t i = 0; i < all.size(); i += 2) {
    words.push_back(all[i]);
    BOOST_TEST(all[i].time == all[i + 1].time);
    lines += only_number(all[i + 1]);
  }
  check_times(words);
  BOOST_TEST(lines > 1000);
  std::int64_t count = 0;
  for (const auto& [word, n] : sum_of(words))
    count += n;
  BOOST_TEST(count >= 5 * lines);
  BOOST_TEST(count <= 15 * lines);
}

BOOST_AUTO_TEST_CASE(queue_stream_counts_a_dataset_a_batch) {
  const auto batches = run("queue_stream", {"--partitions", "2"});
  check_times(batches);
  std::size_t full = 0;
  for (const auto& batch : batches) {
    const auto counts = counts_of(batch);
    BOOST_TEST((counts.empty() || counts.size() == 10U));
    full += counts.size() / 10;
    for (const auto& [digit, count] : counts)
      BOOST_TEST(count == 100);
  }
  BOOST_TEST(full >= 1U);
}

BOOST_AUTO_TEST_CASE(queue_stream_stops_on_a_signal_although_it_has_a_thread_of_its_own) {
  program it{"queue_stream", {"--interval", "100ms"}};
  BOOST_TEST(it.wait_for_batch_count(1), it.err());
  BOOST_TEST((it.stop() == stopped_as_asked), it.err());
}

BOOST_AUTO_TEST_CASE(recoverable_network_word_count_appends_its_counts_to_a_file) {
  const temporary_directory place;
  const auto file = place.path() / "counts";
  const auto text = sample_text(100);
  for (auto runs = 1; runs <= 2; ++runs) {
    line_server server{text};
    program it{"recoverable_network_word_count",
               address_of(server)
                   + arguments{(place.path() / "checkpoint").string(), file.string(), "--interval", "100ms"}};
    BOOST_TEST_REQUIRE(server.wait_for_sent(text.size(), patience));
    server.close();
    BOOST_TEST_REQUIRE(it.wait_for_error("the server closed the connection", patience), it.err());
    BOOST_TEST((it.stop() == stopped_as_asked), it.err());
    BOOST_TEST((it.err().find("continues from checkpoint") != std::string::npos) == (runs == 2), it.err());
    word_counts twice;
    std::ifstream in{file};
    for (std::string line; std::getline(in, line);) {
      std::istringstream fields{line};
      std::int64_t time = 0;
      fields >> time;
      const auto last = line.rfind(' ');
      const auto first = line.find(' ') + 1;
      twice[line.substr(first, last - first)] += std::stoll(line.substr(last + 1));
    }
    auto wanted = count_words(text);
    for (auto& [word, count] : wanted)
      count *= runs;
    BOOST_TEST((twice == wanted));
  }
}

BOOST_AUTO_TEST_CASE(text_folder_word_count_counts_what_is_moved_into_its_directory) {
  const temporary_directory place;
  const auto text = sample_text(100);
  program it{"text_folder_word_count", {place.path().string(), "--interval", "100ms", "--print", "all"}};
  BOOST_TEST(it.wait_for_batch_count(1), it.err());
  std::ofstream{place.path() / ".new"} << text;
  std::filesystem::rename(place.path() / ".new", place.path() / "new");
  const auto counted = [&text](const auto& batches) { return sum_of(batches) == count_words(text); };
  BOOST_TEST(it.wait_for_batches(counted), it.err());
  BOOST_TEST((it.stop() == stopped_as_asked), it.err());
}

BOOST_AUTO_TEST_SUITE_END()
