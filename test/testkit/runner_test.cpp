// SPDX-License-Identifier: BSD-3-Clause
//
// The same scenarios on the harness with 1, 2 and 3 partitions and on the simulated cluster with 0, 1 and 2 workers.
#include <chrono>
#include <functional>
#include <numeric>
#include <set>
#include <string>

#include <boost/test/unit_test.hpp>

#include <sluice/actors/base/errors.hpp>

#include "every_runner.hpp"

using namespace sluice;
using namespace sluice::testkit;
using test::on_every_runner;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

using counts = std::map<std::string, std::int64_t>;
using count_record = std::pair<std::string_view, std::int64_t>;

dstream<count_record> ones(const dstream<std::string_view>& lines) {
  return lines.flat_map(split(' ')).map([](std::string_view word) { return count_record{word, 1}; });
}

/// Counts words, of a batch and of all batches.
void word_count(composing& c) {
  const auto words = ones(c.input<std::string_view>("lines"));
  c.output(words.reduce_by_key(std::plus<>{}), "counts");
  const auto add_up = [fault = c.fault("add up")](std::span<const std::int64_t> values,
                                                  std::optional<std::int64_t> total) {
    fault();
    return std::optional{std::accumulate(values.begin(), values.end(), total.value_or(0))};
  };
  c.output(words.update_state_by_key(add_up).named("totals"), "totals");
}

/// An output's pairs in the n-th batch.
counts counted(const runner& run, const std::string& output, std::size_t n) {
  const auto records = run.output<count_record>(output, n);
  BOOST_REQUIRE_MESSAGE(records, "no dataset in batch " << n);
  return {records->begin(), records->end()};
}

template <class F>
void must_fail(F&& f, const std::string& reason) {
  BOOST_CHECK_EXCEPTION(f(), batch_failure, [&](const batch_failure& e) {
    BOOST_TEST(std::string{e.what()}.find(reason) != std::string::npos, e.what());
    return true;
  });
}

} // namespace

BOOST_AUTO_TEST_SUITE(testkit_runner)

BOOST_AUTO_TEST_CASE(what_is_fed_to_a_batch_comes_out_of_it) {
  on_every_runner(word_count, [](runner& run) {
    run.feed<std::string_view>("lines", {"to be or not to be", "that is"});
    run.advance();
    run.advance();
    run.feed_partitions<std::string_view>("lines", {{"the"}, {}, {"the question"}});
    run.advance();
    BOOST_TEST(
        (counted(run, "counts", 1) == counts{{"to", 2}, {"be", 2}, {"or", 1}, {"not", 1}, {"that", 1}, {"is", 1}}));
    BOOST_TEST(counted(run, "counts", 2).empty());
    BOOST_TEST((counted(run, "counts", 3) == counts{{"the", 2}, {"question", 1}}));
    BOOST_TEST(run.output<count_record>("counts").size() == 3U);
    BOOST_TEST(run.now() == 3U);
    BOOST_TEST((run.output<count_record>("counts").rbegin()->first == run.time(3)));
  });
}

BOOST_AUTO_TEST_CASE(an_input_may_have_no_dataset) {
  on_every_runner(word_count, [](runner& run) {
    run.feed_none("lines");
    run.advance(2);
    BOOST_TEST(!run.output<count_record>("counts", 1));
    BOOST_TEST((run.output<count_record>("counts", 2) == std::vector<owned_t<count_record>>{}));
  });
}

BOOST_AUTO_TEST_CASE(state_is_that_of_the_last_commit) {
  on_every_runner(word_count, [](runner& run) {
    using totals = std::map<std::string, std::int64_t>;
    BOOST_TEST((run.state<std::string_view, std::int64_t>("totals").empty()));
    run.feed<std::string_view>("lines", {"a b a"});
    run.advance();
    run.feed<std::string_view>("lines", {"b c"});
    run.advance();
    BOOST_TEST((run.state<std::string_view, std::int64_t>("totals") == totals{{"a", 2}, {"b", 2}, {"c", 1}}));
    run.crash();
    BOOST_TEST((run.state<std::string_view, std::int64_t>("totals") == totals{{"a", 2}, {"b", 2}, {"c", 1}}));
    BOOST_CHECK_THROW((run.state<std::string_view, std::string>("totals")), usage_error);
  });
}

BOOST_AUTO_TEST_CASE(a_program_that_crashed_continues_from_the_last_commit) {
  on_every_runner(word_count, [](runner& run) {
    run.feed<std::string_view>("lines", {"a b"});
    run.advance();
    run.feed<std::string_view>("lines", {"lost"});
    run.crash();
    BOOST_TEST(!run.is_running());
    BOOST_CHECK_THROW(run.advance(), usage_error);
    run.recover();
    run.feed<std::string_view>("lines", {"b"});
    run.advance();
    BOOST_TEST((counted(run, "counts", 2) == counts{{"b", 1}}));
    BOOST_TEST((counted(run, "totals", 2) == counts{{"a", 1}, {"b", 2}}));
    BOOST_TEST((counted(run, "totals", 1) == counts{{"a", 1}, {"b", 1}}));
  });
}

BOOST_AUTO_TEST_CASE(streams_with_a_checkpoint_interval_continue_from_the_last_commit) {
  const auto compose = [](composing& c) {
    const auto words = ones(c.input<std::string_view>("lines"));
    const auto add_up = [](std::span<const std::int64_t> values, std::optional<std::int64_t> total) {
      return std::optional{std::accumulate(values.begin(), values.end(), total.value_or(0))};
    };
    c.output(words.update_state_by_key(add_up).named("totals").checkpoint(2s), "totals");
    const auto count = [](std::string_view word, const std::optional<std::int64_t>& n, state<std::int64_t>& sum) {
      sum.update(sum.get_option().value_or(0) + *n);
      return count_record{word, sum.get()};
    };
    c.output(words.map_with_state(state_spec<std::int64_t>(count)).checkpoint(3s).named("counts"), "counts");
  };
  on_every_runner(compose, [](runner& run) {
    counts truth;
    for (std::size_t n = 1; n <= 10; ++n) {
      const auto word = "w" + std::to_string(n % 4);
      run.feed<std::string_view>("lines", {word});
      run.advance();
      ++truth[word];
      BOOST_TEST((counted(run, "totals", n) == truth));
      BOOST_TEST((counted(run, "counts", n) == counts{{word, truth[word]}}));
      if (n % 5 != 0) { // after bases of the one, of the other, of both and of none
        run.crash();
        run.recover();
      }
      BOOST_TEST((run.state<std::string_view, std::int64_t>("totals") == truth));
      BOOST_TEST((run.state<std::string_view, std::int64_t>("counts") == truth));
    }
  });
}

BOOST_AUTO_TEST_CASE(whether_there_has_been_a_dataset_is_remembered_though_it_was_empty) {
  on_every_runner(word_count, [](runner& run) {
    const auto again = [&run] {
      run.crash();
      run.recover();
      run.feed_none("lines");
      run.advance();
      return run.output<count_record>("totals", run.now()).has_value();
    };
    run.feed_none("lines");
    run.advance();
    BOOST_TEST(!again());
    BOOST_TEST(!again());
    run.advance();
    BOOST_TEST(again());
    BOOST_TEST(again());
  });
}

BOOST_AUTO_TEST_CASE(a_checkpoint_interval_that_makes_no_sense_is_refused) {
  const auto compose = [](composing& c) {
    c.output(c.input<int>("numbers").window(2s, 2s).named("window").checkpoint(3s), "windows");
  };
  BOOST_CHECK_EXCEPTION(harness{compose}, usage_error, [](const usage_error& e) {
    BOOST_TEST(e.what()
               == "checkpoint: 'window' cannot be checkpointed every 3000 ms, as it has a batch every 2000 ms: "
                  "the interval must be a multiple of that"s);
    return true;
  });
}

BOOST_AUTO_TEST_CASE(a_batch_whose_output_fails_is_not_committed) {
  on_every_runner(word_count, [](runner& run) {
    run.fail_output("totals", 2);
    run.feed<std::string_view>("lines", {"a"});
    run.advance();
    run.feed<std::string_view>("lines", {"a"});
    must_fail([&] { run.advance(); }, "'totals' fails");
    BOOST_TEST(!run.is_running());
    run.recover();
    run.feed<std::string_view>("lines", {"b"});
    run.advance();
    BOOST_TEST((counted(run, "totals", 3) == counts{{"a", 1}, {"b", 1}}));
    BOOST_TEST(!run.output<count_record>("totals", 2));
  });
}

BOOST_AUTO_TEST_CASE(a_function_that_throws_fails_its_batch) {
  on_every_runner(word_count, [](runner& run) {
    run.fail_next("add up");
    run.feed<std::string_view>("lines", {"a"});
    must_fail([&] { run.advance(); }, "'add up' fails");
    run.recover();
    run.feed<std::string_view>("lines", {"b"});
    run.advance();
    BOOST_TEST((counted(run, "totals", 2) == counts{{"b", 1}}));
  });
}

BOOST_AUTO_TEST_CASE(what_is_printed_is_there_to_be_read) {
  const auto compose = [](composing& c) { c.input<int>("numbers").reduce(std::plus<>{}).print(); };
  on_every_runner(compose, [](runner& run) {
    run.feed<int>("numbers", {1, 2, 3});
    run.advance();
    run.crash();
    run.recover();
    run.feed<int>("numbers", {10});
    run.advance();
    BOOST_TEST(run.printed()
               == "-------------------------------------------\n"
                  "Time: 1577836801000 ms\n"
                  "-------------------------------------------\n"
                  "6\n\n"
                  "-------------------------------------------\n"
                  "Time: 1577836802000 ms\n"
                  "-------------------------------------------\n"
                  "10\n\n");
  });
}

BOOST_AUTO_TEST_CASE(windows_slide_over_the_batches) {
  const auto compose = [](composing& c) { c.output(c.input<int>("numbers").window(2s, 2s), "pairs"); };
  on_every_runner(compose, [](runner& run) {
    for (int i = 1; i <= 4; ++i) {
      run.feed<int>("numbers", {i});
      run.advance();
    }
    const auto& all = run.output<int>("pairs");
    BOOST_TEST(all.size() == 2U);
    BOOST_TEST((std::multiset(all.begin()->second.begin(), all.begin()->second.end()) == std::multiset{1, 2}));
    BOOST_TEST((std::multiset(all.rbegin()->second.begin(), all.rbegin()->second.end()) == std::multiset{3, 4}));
    BOOST_TEST((all.begin()->first == run.time(2)));
    BOOST_TEST((all.rbegin()->first == run.time(4)));
  });
}

BOOST_AUTO_TEST_CASE(mistakes_of_the_test_are_named) {
  on_every_runner(word_count, [](runner& run) {
    BOOST_CHECK_EXCEPTION(run.feed<std::string_view>("line", {"a"}), usage_error, [](const usage_error& e) {
      return std::string_view{e.what()} == "the program has no input 'line'; there are: lines";
    });
    BOOST_CHECK_THROW(run.feed<int>("lines", {1}), usage_error);
    BOOST_CHECK_THROW(run.output<int>("counts"), usage_error);
    BOOST_CHECK_THROW(run.output<int>("nothing"), usage_error);
    BOOST_CHECK_THROW(run.fail_output("nothing"), usage_error);
    BOOST_CHECK_THROW(run.recover(), usage_error);
  });
  BOOST_CHECK_THROW(harness([](composing& c) { c.input<int>("numbers"); }), usage_error);
  BOOST_CHECK_THROW((harness{word_count, {.partitions = 0}}), usage_error);
}

BOOST_AUTO_TEST_SUITE_END()
