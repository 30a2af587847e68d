// SPDX-License-Identifier: BSD-3-Clause
#include "programs.hpp"

#include <support/temporary_directory.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

using namespace sluice::test;

namespace {

/// The examples, and the arguments each one names in its help.
const std::map<std::string, arguments> examples{
    {"actor_word_count", {}},
    {"custom_operator", {"FILE"}},
    {"custom_receiver", {}},
    {"device_actions", {"HOST", "PORT"}},
    {"forward_word_counts", {"HOST", "PORT", "TO_HOST", "TO_PORT"}},
    {"generator_word_count", {}},
    {"network_word_count", {"HOST", "PORT"}},
    {"queue_stream", {}},
    {"recoverable_network_word_count", {"HOST", "PORT", "CHECKPOINT_DIR", "OUTPUT_FILE"}},
    {"spam_filter", {"HOST", "PORT", "SPAMMERS"}},
    {"spool_word_count", {"DIRECTORY"}},
    {"stateful_network_word_count", {"HOST", "PORT", "CHECKPOINT_DIR"}},
    {"text_folder_word_count", {"DIRECTORY"}},
    {"top_hashtags", {"HOST", "PORT"}},
    {"transactions", {"HOST", "PORT"}},
    {"windowed_network_word_count", {"HOST", "PORT"}},
    {"word_counts_in_sqlite", {"DIRECTORY", "DATABASE", "CHECKPOINT_DIR"}},
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

using strings = std::vector<std::string>;

bool contains(const strings& lines, const std::string& wanted) {
  return std::ranges::find(lines, wanted) != lines.end();
}

/// Starts an example on what a server sends, waits until `shown(batches)`, and stops it.
template <class Condition>
void run_on(const std::string& text, const std::string& example, const arguments& options, Condition shown) {
  line_server server{text};
  program it{example, address_of(server) + options + arguments{"--interval", "200ms", "--print", "all"}};
  BOOST_TEST(it.wait_for_batches(shown), it.out() << it.err());
  BOOST_TEST((it.stop() == stopped_as_asked), it.err());
}

/// Whether one of the batches has all of these lines.
auto some_batch_with(const strings& wanted) {
  return [wanted](const std::vector<printed_batch>& all) {
    return std::ranges::any_of(all, [&](const printed_batch& batch) {
      return std::ranges::all_of(wanted, [&](const auto& line) { return contains(batch.lines, line); });
    });
  };
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

BOOST_AUTO_TEST_CASE(custom_operator_writes_the_range_of_each_batch_to_its_file) {
  const temporary_directory place;
  const auto file = place.path() / "ranges";
  program it{"custom_operator", {file.string(), "--run-for", "2s", "--interval", "500ms", "--partitions", "2"}};
  BOOST_TEST_REQUIRE((it.wait(patience) == stopped_as_asked), it.err());
  BOOST_TEST(complaints(it).empty(), it.err());
  std::size_t lines = 0;
  std::ifstream in{file};
  std::int64_t last = 0;
  for (std::string line; std::getline(in, line); ++lines) {
    std::istringstream fields{line};
    std::int64_t time = 0;
    double least = 0;
    double greatest = 0;
    char comma = 0;
    fields >> time >> comma >> least >> comma >> greatest;
    BOOST_TEST(!fields.fail(), line);
    BOOST_TEST(time % 500 == 0, line);
    BOOST_TEST(time > last, line);
    BOOST_TEST((-10 <= least && least <= greatest && greatest <= 29), line);
    last = time;
  }
  BOOST_TEST(lines >= 2U);
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

BOOST_AUTO_TEST_CASE(device_actions_counts_actions_and_remembers_devices) {
  run_on("lamp-7,power on\nlamp-7,power off\noven,power on\n", "device_actions", {},
         [](const std::vector<printed_batch>& all) {
           return some_batch_with({"(power on,2)", "(power off,1)"})(all)
                  && some_batch_with({"(lamp-7,(2,power off))", "(oven,(1,power on))"})(all);
         });
}

BOOST_AUTO_TEST_CASE(transactions_adds_up_the_good_ones_and_shows_the_others) {
  run_on("1,2026-01-01,a-1,10.5,food\n2,2026-01-01,a-2,1,rent, late\n3,2026-01-02,a-1,2.25,more food\n"
         "4,2026-01-02,a-1,ten,nothing\nnonsense\n",
         "transactions", {}, [](const std::vector<printed_batch>& all) {
           return some_batch_with({"(a-1,12.75)", "(a-2,1.0)"})(all)
                  && some_batch_with({"(map#1,'ten' is not a number,4,2026-01-02,a-1,ten,nothing)",
                                      "(map#1,'nonsense' is not a number,nonsense)"})(all);
         });
}

BOOST_AUTO_TEST_CASE(spam_filter_follows_its_file_while_it_runs) {
  const temporary_directory place;
  const auto file = (place.path() / "spammers").string();
  std::ofstream{file} << "bob\n";
  line_server server{"ann: hello\nbob: buy now\n", line_server::start_at::rest};
  program it{"spam_filter", address_of(server) + arguments{file, "--interval", "200ms"}};
  BOOST_TEST(it.wait_for_batches(some_batch_with({"(ann,hello)"})), it.err());
  std::ofstream{file} << "ann\n";
  server.send("ann: buy now\nbob: sorry\n");
  BOOST_TEST(it.wait_for_batches(some_batch_with({"(bob,sorry)"})), it.err());
  BOOST_TEST((it.stop() == stopped_as_asked), it.err());
  BOOST_TEST(it.out().find("buy now") == std::string::npos, it.out());
}

BOOST_AUTO_TEST_CASE(top_hashtags_shows_the_most_frequent_first) {
  run_on("#b #a #b x #c #c #c\n#d #e #f #a\n", "top_hashtags", {}, [](const std::vector<printed_batch>& all) {
    return std::ranges::any_of(all, [](const printed_batch& batch) {
      return batch.lines == strings{"(#c,3)", "(#a,2)", "(#b,2)", "(#d,1)", "(#e,1)"};
    });
  });
}

BOOST_AUTO_TEST_CASE(windowed_network_word_count_forgets_words_that_have_left) {
  line_server server{"a b a\n", line_server::start_at::rest};
  program it{"windowed_network_word_count", address_of(server) + arguments{"--interval", "50ms"}};
  BOOST_TEST(it.wait_for_batches(some_batch_with({"(a,2)", "(b,1)"})), it.err());
  const auto before = it.batches().size();
  BOOST_TEST(it.wait_for_batch_count(before + 4), it.err());
  BOOST_TEST((it.stop() == stopped_as_asked), it.err());
  const auto all = it.batches();
  BOOST_TEST(all[before + 3].lines.empty());
  for (std::size_t i = 1; i < all.size(); ++i)
    BOOST_TEST(all[i].time - all[i - 1].time == 500);
}

BOOST_AUTO_TEST_CASE(forward_word_counts_sends_them_on) {
  const auto to = std::to_string(free_port());
  process listener{{"nc", "-lk", "127.0.0.1", to}};
  line_server server{"to be or not to be\n"};
  program it{"forward_word_counts",
             address_of(server) + arguments{"127.0.0.1", to, "--interval", "200ms", "--partitions", "2"}};
  const auto arrived = [&] {
    std::set<std::string> lines;
    std::istringstream in{listener.out()};
    for (std::string line; std::getline(in, line);)
      lines.insert(line);
    return lines == std::set<std::string>{"be 2", "not 1", "or 1", "to 2"};
  };
  BOOST_TEST(listener.wait_until(arrived, patience), listener.out() << it.err());
  BOOST_TEST((it.stop() == stopped_as_asked), it.err());
}

BOOST_AUTO_TEST_CASE(text_folder_word_count_counts_what_is_moved_into_its_directory) {
  const temporary_directory place;
  const auto text = sample_text(100);
  program it{"text_folder_word_count", {place.path().string(), "--interval", "100ms", "--print", "all"}};
  BOOST_TEST(it.wait_for_batch_count(2), it.err()); // by then no clock dates a file as older than the program
  std::ofstream{place.path() / ".new"} << text;
  std::filesystem::rename(place.path() / ".new", place.path() / "new");
  const auto counted = [&text](const auto& batches) { return sum_of(batches) == count_words(text); };
  BOOST_TEST(it.wait_for_batches(counted), it.out() << it.err());
  BOOST_TEST((it.stop() == stopped_as_asked), it.err());
}

BOOST_AUTO_TEST_SUITE_END()
