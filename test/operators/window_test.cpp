// SPDX-License-Identifier: BSD-3-Clause
//
// Windows, compared with the records of the batches that they are said to hold.
#include <functional>
#include <string>
#include <string_view>

#include <boost/test/unit_test.hpp>

#include "../support/pipeline.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using test::pipeline;

namespace {

using pair = std::pair<int, int>;
using owned_pairs = std::vector<pair>;

template <class T>
std::vector<T> sorted(std::vector<T> xs) {
  std::ranges::sort(xs);
  return xs;
}

owned_pairs sorted_pairs(const std::map<int, int>& sums) { return {sums.begin(), sums.end()}; }

/// Random batches, and which of them a window holds.
struct scenario {
  explicit scenario(std::uint64_t seed) : random{seed} {
    for (auto n = 0; n < 30; ++n) {
      auto& batch = batches.emplace_back();
      if (random() % 4 != 0)
        for (auto i = random() % 20; i != 0; --i)
          batch.emplace_back(static_cast<int>(random() % 6), static_cast<int>(random() % 100));
    }
    length = 1 + static_cast<int>(random() % 8);
    slide = 1 + static_cast<int>(random() % 10);
    partitions = 1 + static_cast<std::uint32_t>(seed % 3);
  }

  std::chrono::seconds length_time() const { return std::chrono::seconds{length}; }
  std::chrono::seconds slide_time() const { return std::chrono::seconds{slide}; }

  /// Whether there is a window at the end of batch n, counted from 1.
  bool is_valid(int n) const { return n % slide == 0; }

  owned_pairs window(int n) const {
    owned_pairs result;
    for (auto i = std::max(0, n - length); i < n; ++i)
      result.insert(result.end(), batches[static_cast<std::size_t>(i)].begin(),
                    batches[static_cast<std::size_t>(i)].end());
    return result;
  }

  std::map<int, int> sums(int n) const {
    std::map<int, int> result;
    for (const auto& [key, value] : window(n))
      result[key] += value;
    return result;
  }

  template <class Stream>
  void run(const test::composing& program, const Stream& in) {
    pipeline p{program, {.partitions = partitions, .seed = random() % 5, .block_records = 3}};
    for (const auto& batch : batches) {
      p.feed(in, 0, batch);
      p.cut();
      if (random() % 3 == 0)
        p.run();
    }
    p.run();
  }

  /// The same in several lives, each of which goes on from what the ones before it stored.
  template <class Stream>
  void run_with_restarts(const test::composing& program, const Stream& in) {
    std::vector<state_update> kept;
    std::size_t next = 0;
    while (next < batches.size()) {
      const auto last = static_cast<std::int64_t>(next) * 1000;
      pipeline::options how{.partitions = partitions, .seed = random() % 5, .block_records = 3};
      if (next != 0) {
        how.first = batch_time{last + 1000};
        how.zero = batch_time{0};
      }
      pipeline p{program, how};
      p.restore(kept, batch_time{last});
      for (const auto end = std::min(batches.size(), next + 1 + random() % 8); next < end; ++next) {
        p.feed(in, 0, batches[next]);
        p.cut();
      }
      p.run();
      kept.insert(kept.end(), p.updates().begin(), p.updates().end());
    }
  }

  std::mt19937_64 random;
  std::vector<owned_pairs> batches;
  int length;
  int slide;
  std::uint32_t partitions;
};

/// Rejects what stays of a key without values, and other sums, too.
struct sums_of_interest {
  int which;
  bool operator()(const pair& x) const { return x.second != 0 && (which == 0 || x.second % which != 0); }
};

constexpr std::uint64_t scenarios = 60;

} // namespace

BOOST_AUTO_TEST_SUITE(window)

BOOST_AUTO_TEST_CASE(it_holds_the_records_of_its_batches_at_the_times_of_its_slide) {
  for (std::uint64_t seed = 1; seed <= scenarios; ++seed) {
    scenario s{seed};
    test::composing program;
    const auto in = program.input<pair>();
    const auto windows = test::collect(in.window(s.length_time(), s.slide_time()));
    const auto counts = test::collect(in.window(s.length_time(), s.slide_time()).count());
    s.run(program, in);
    for (auto n = 1; n <= 30; ++n) {
      BOOST_REQUIRE_EQUAL(windows->contains(n * 1000), s.is_valid(n));
      BOOST_REQUIRE_EQUAL(counts->contains(n * 1000), s.is_valid(n));
      if (!s.is_valid(n))
        continue;
      BOOST_REQUIRE(sorted(windows->at(n * 1000)) == sorted(s.window(n)));
      BOOST_REQUIRE_EQUAL(counts->at(n * 1000).at(0), static_cast<std::int64_t>(s.window(n).size()));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_window_of_a_window_is_one_of_its_datasets) {
  test::composing program;
  const auto in = program.input<int>();
  const auto outer = test::collect(in.window(1s, 2s).window(4s, 4s));
  pipeline run{program};
  for (auto n = 1; n <= 8; ++n) {
    run.feed(in, 0, std::vector{n});
    run.cut();
  }
  run.run();
  BOOST_TEST(outer->size() == 2U);
  BOOST_TEST((outer->at(4000) == std::vector{2, 4}));
  BOOST_TEST((outer->at(8000) == std::vector{6, 8}));
}

BOOST_AUTO_TEST_CASE(a_reduction_is_that_of_the_whole_window) {
  for (std::uint64_t seed = 1; seed <= scenarios; ++seed) {
    scenario s{seed};
    test::composing program;
    const auto in = program.input<pair>();
    const auto by_key = test::collect(in.reduce_by_key_and_window(std::plus<>{}, s.length_time(), s.slide_time()));
    const auto values = in.map([](const pair& x) { return x.second; });
    const auto largest = test::collect(
        values.reduce_by_window([](int a, int b) { return std::max(a, b); }, s.length_time(), s.slide_time()));
    s.run(program, in);
    for (auto n = 1; n <= 30; ++n) {
      BOOST_REQUIRE_EQUAL(by_key->contains(n * 1000), s.is_valid(n));
      BOOST_REQUIRE_EQUAL(largest->contains(n * 1000), s.is_valid(n));
      if (!s.is_valid(n))
        continue;
      BOOST_REQUIRE(sorted(by_key->at(n * 1000)) == sorted_pairs(s.sums(n)));
      std::vector<int> expected;
      for (const auto& [key, value] : s.window(n))
        expected = {expected.empty() ? value : std::max(expected[0], value)};
      BOOST_REQUIRE(largest->at(n * 1000) == expected);
    }
  }
}

BOOST_AUTO_TEST_CASE(batches_in_no_window_are_not_reduced_behind_the_shuffle) {
  std::vector<int> seen;
  const auto add = [&seen](int a, int b) {
    seen.insert(seen.end(), {a, b});
    return a + b;
  };
  test::composing program;
  const auto in = program.input<pair>();
  const auto plain = test::collect(in.reduce_by_key_and_window(add, 1s, 3s));
  const auto with_inverse = test::collect(in.reduce_by_key_and_window(add, std::minus<>{}, 1s, 3s));
  pipeline run{program};
  for (auto n = 1; n <= 6; ++n) {
    run.feed(in, 0, owned_pairs{{1, n}}); // one value a batch: nothing to combine before the shuffle
    run.cut();
  }
  run.run();
  for (const auto& sums : {plain, with_inverse}) {
    BOOST_TEST((sums->at(3000) == owned_pairs{{1, 3}}));
    BOOST_TEST((sums->at(6000) == owned_pairs{{1, 6}}));
  }
  BOOST_TEST(!seen.empty()); // 6 comes before 3 leaves
  BOOST_TEST(std::ranges::all_of(seen, [](int x) { return x % 3 == 0; }));
}

BOOST_AUTO_TEST_CASE(with_an_inverse_a_key_stays_unless_the_filter_rejects_it) {
  for (std::uint64_t seed = 1; seed <= scenarios; ++seed) {
    scenario s{seed};
    test::composing program;
    const auto in = program.input<pair>();
    const auto kept = test::collect(
        in.reduce_by_key_and_window(std::plus<>{}, std::minus<>{}, s.length_time(), s.slide_time(), s.partitions));
    const auto filtered =
        test::collect(in.reduce_by_key_and_window(std::plus<>{}, std::minus<>{}, s.length_time(), s.slide_time(), {},
                                                  [](const pair& x) { return x.second != 0; }));
    const auto alive = test::collect(in.reduce_by_key_and_window(std::plus<>{}, std::minus<>{}, s.length_time(),
                                                                 s.slide_time(), {}, drop_dead_keys{}));
    const auto counts = test::collect(in.count_by_window(s.length_time(), s.slide_time()));
    const auto occurrences = test::collect(
        in.map([](const pair& x) { return x.first; }).count_by_value_and_window(s.length_time(), s.slide_time()));
    s.run(program, in);
    std::map<int, int> ever;
    for (auto n = 1; n <= 30; ++n) {
      if (!s.is_valid(n))
        continue;
      const auto sums = s.sums(n);
      for (auto& [key, value] : ever)
        value = 0;
      for (const auto& [key, value] : sums)
        ever[key] = value;
      BOOST_REQUIRE(sorted(kept->at(n * 1000)) == sorted_pairs(ever));
      owned_pairs without_zeros;
      for (const auto& x : sums)
        if (x.second != 0)
          without_zeros.emplace_back(x);
      BOOST_REQUIRE(sorted(filtered->at(n * 1000)) == without_zeros);
      BOOST_REQUIRE(sorted(alive->at(n * 1000)) == sorted_pairs(sums));

      std::map<int, std::int64_t> by_value;
      for (const auto& [key, value] : s.window(n))
        ++by_value[key];
      BOOST_REQUIRE((sorted(occurrences->at(n * 1000))
                     == std::vector<std::pair<int, std::int64_t>>(by_value.begin(), by_value.end())));
      // Once any data has come, an empty window counts 0; before that there is no number.
      const auto size = static_cast<std::int64_t>(s.window(n).size());
      BOOST_REQUIRE((counts->at(n * 1000) == (ever.empty() ? std::vector<std::int64_t>{} : std::vector{size})));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_filter_ends_no_key_whose_values_are_still_in_the_window) {
  test::composing program;
  const auto in = program.input<pair>();
  const auto without_zeros = test::collect(in.reduce_by_key_and_window(std::plus<>{}, std::minus<>{}, 3s, 1s, {},
                                                                       [](const pair& x) { return x.second != 0; }));
  const auto small = test::collect(in.reduce_by_key_and_window(std::plus<>{}, std::minus<>{}, 3s, 1s, {},
                                                               [](const pair& x) { return x.second < 10; }));
  pipeline run{program};
  for (const owned_pairs& batch : {owned_pairs{{1, 1}, {2, 5}}, {{1, -1}, {2, 7}}, {{2, 1}}, {}, {}, {}}) {
    run.feed(in, 0, batch);
    run.cut();
  }
  run.run();
  const auto found = [](const auto& batches, std::int64_t t) { return sorted(batches->at(t)); };
  BOOST_TEST((found(without_zeros, 2000) == owned_pairs{{2, 12}}));
  BOOST_TEST((found(without_zeros, 4000) == owned_pairs{{1, -1}, {2, 8}}));
  BOOST_TEST((found(without_zeros, 5000) == owned_pairs{{2, 1}}));
  BOOST_TEST((found(small, 3000) == owned_pairs{{1, 0}}));
  BOOST_TEST((found(small, 4000) == owned_pairs{{1, -1}, {2, 8}}));
}

BOOST_AUTO_TEST_CASE(with_an_inverse_and_a_filter_a_window_is_the_filtered_one_without_also_over_restarts) {
  for (std::uint64_t seed = 1; seed <= scenarios; ++seed) {
    scenario s{seed};
    for (auto& batch : s.batches)
      for (auto& [key, value] : batch)
        value = value % 5 - 2; // sums are often 0
    test::composing program;
    const auto in = program.input<pair>();
    const auto sums = in.reduce_by_key_and_window(std::plus<>{}, s.length_time(), s.slide_time());
    std::vector<std::shared_ptr<test::batches<pair>>> expected;
    std::vector<std::shared_ptr<test::batches<pair>>> found;
    for (const auto which : {0, 2, 3}) {
      const sums_of_interest filter{which};
      expected.push_back(test::collect(sums.filter(filter)));
      found.push_back(test::collect(in.reduce_by_key_and_window(std::plus<>{}, std::minus<>{}, s.length_time(),
                                                                s.slide_time(), s.partitions, filter)));
    }
    s.run_with_restarts(program, in);
    for (std::size_t i = 0; i < found.size(); ++i) {
      BOOST_REQUIRE_EQUAL(found[i]->size(), expected[i]->size());
      for (const auto& [t, records] : *expected[i])
        BOOST_REQUIRE_MESSAGE(sorted(found[i]->at(t)) == sorted(records), "seed " << seed << ", batch " << t);
    }
  }
}

BOOST_AUTO_TEST_CASE(groups_have_all_values_of_the_window) {
  for (std::uint64_t seed = 1; seed <= scenarios; ++seed) {
    scenario s{seed};
    test::composing program;
    const auto in = program.input<pair>();
    const auto groups = test::collect(in.group_by_key_and_window(s.length_time(), s.slide_time()));
    s.run(program, in);
    for (auto n = 1; n <= 30; ++n) {
      if (!s.is_valid(n))
        continue;
      std::map<int, std::vector<int>> expected;
      for (const auto& [key, value] : s.window(n))
        expected[key].push_back(value);
      std::map<int, std::vector<int>> found;
      for (const auto& [key, values] : groups->at(n * 1000))
        BOOST_REQUIRE(found.emplace(key, sorted(values)).second);
      for (auto& [key, values] : expected)
        std::ranges::sort(values);
      BOOST_REQUIRE(found == expected);
    }
  }
}

BOOST_AUTO_TEST_CASE(windows_of_different_lengths_and_equal_slides_are_joined) {
  test::composing program;
  const auto a = program.input<pair>();
  const auto b = program.input<pair>();
  const auto joined = test::collect(a.window(3s, 2s).join(b.window(2s, 2s)));
  pipeline run{program, {.partitions = 2, .seed = 7}};
  for (auto n = 1; n <= 4; ++n) {
    run.feed(a, 0, owned_pairs{{1, n}});
    run.feed(b, 1, owned_pairs{{1, 10 * n}});
    run.cut();
  }
  run.run();
  using result = std::pair<int, std::pair<int, int>>;
  BOOST_TEST(joined->size() == 2U);
  BOOST_TEST((sorted(joined->at(2000)) == std::vector<result>{{1, {1, 10}}, {1, {1, 20}}, {1, {2, 10}}, {1, {2, 20}}}));
  BOOST_TEST(
      (sorted(joined->at(4000))
       == std::vector<result>{{1, {2, 30}}, {1, {2, 40}}, {1, {3, 30}}, {1, {3, 40}}, {1, {4, 30}}, {1, {4, 40}}}));
}

BOOST_AUTO_TEST_CASE(values_and_keys_may_be_text) {
  using text = std::pair<std::string_view, std::string_view>;
  test::composing program;
  const auto in = program.input<text>();
  const auto longest = test::collect(in.reduce_by_key_and_window(
      [](std::string_view a, std::string_view b) { return a.size() < b.size() ? b : a; }, 2s));
  pipeline run{program};
  const auto feed = [&](const std::string& key, const std::string& value) {
    run.feed(in, 0, std::vector<text>{{key, value}});
    run.run_batch();
  };
  feed("a key of more than sixteen bytes", "a value that is not short either");
  feed("a key of more than sixteen bytes", "short");
  feed("a key of more than sixteen bytes", "a bit longer");
  using owned = std::vector<std::pair<std::string, std::string>>;
  const std::string key = "a key of more than sixteen bytes";
  BOOST_TEST((longest->at(2000) == owned{{key, "a value that is not short either"}}));
  BOOST_TEST((longest->at(3000) == owned{{key, "a bit longer"}}));
}

BOOST_AUTO_TEST_CASE(slides_count_from_the_zero_time_also_after_a_recovery) {
  test::composing program;
  const auto in = program.input<int>();
  const auto windows = test::collect(in.window(2s, 2s));
  // Begun at 5 s, so there are windows at 7, 9, 11, ...; recovered at 10 s.
  pipeline first{program, {.first = batch_time{6000}}};
  for (auto n = 0; n < 4; ++n)
    first.run_batch();
  pipeline second{program, {.first = batch_time{10'000}, .zero = batch_time{5000}}};
  for (auto n = 0; n < 4; ++n)
    second.run_batch();
  std::vector<std::int64_t> times;
  for (const auto& [t, records] : *windows)
    times.push_back(t);
  BOOST_TEST((times == std::vector<std::int64_t>{7000, 9000, 11'000, 13'000}));
}

BOOST_AUTO_TEST_CASE(a_window_goes_on_after_a_restart_as_if_there_had_been_none) {
  for (std::uint64_t seed = 1; seed <= scenarios; ++seed) {
    scenario s{seed};
    test::composing program;
    const auto in = program.input<pair>();
    const auto records = test::collect(in.window(s.length_time(), s.slide_time()));
    const auto sums = test::collect(in.reduce_by_key_and_window(std::plus<>{}, s.length_time(), s.slide_time()));
    const auto with_inverse =
        test::collect(in.reduce_by_key_and_window(std::plus<>{}, std::minus<>{}, s.length_time(), s.slide_time(), {},
                                                  [](const pair& x) { return x.second != 0; }));
    const auto alive = test::collect(in.reduce_by_key_and_window(std::plus<>{}, std::minus<>{}, s.length_time(),
                                                                 s.slide_time(), {}, drop_dead_keys{}));
    s.run_with_restarts(program, in);
    for (auto n = 1; n <= 30; ++n) {
      BOOST_REQUIRE_EQUAL(records->contains(n * 1000), s.is_valid(n));
      if (!s.is_valid(n))
        continue;
      BOOST_REQUIRE(sorted(records->at(n * 1000)) == sorted(s.window(n)));
      BOOST_REQUIRE(sorted(sums->at(n * 1000)) == sorted_pairs(s.sums(n)));
      owned_pairs without_zeros;
      for (const auto& x : s.sums(n))
        if (x.second != 0)
          without_zeros.emplace_back(x);
      BOOST_REQUIRE(sorted(with_inverse->at(n * 1000)) == without_zeros);
      BOOST_REQUIRE(sorted(alive->at(n * 1000)) == sorted_pairs(s.sums(n)));
    }
  }
}

BOOST_AUTO_TEST_CASE(lengths_and_slides_that_are_no_multiples_are_refused_by_name) {
  test::composing program;
  const auto in = program.input<pair>();
  const auto refuses = [](auto compose, const std::string& a, const std::string& b) {
    BOOST_CHECK_EXCEPTION(compose(), usage_error, [&](const usage_error& e) {
      const std::string what = e.what();
      return what.find(a) != what.npos && what.find(b) != what.npos;
    });
  };
  refuses([&] { return in.window(1500ms); }, "1500 ms", "1000 ms");
  refuses([&] { return in.window(0s); }, "0 ms", "1000 ms");
  refuses([&] { return in.window(4s, 1500ms); }, "1500 ms", "1000 ms");
  refuses([&] { return in.window(4s, -1s); }, "-1000 ms", "1000 ms");
  refuses([&] { return in.window(4s, 2s).window(3s); }, "3000 ms", "2000 ms");
  refuses([&] { return in.window(4s, 2s).window(4s, 3s); }, "3000 ms", "2000 ms");
  refuses([&] { return in.reduce_by_key_and_window(std::plus<>{}, 1500ms); }, "1500 ms", "1000 ms");
  refuses([&] { return in.window(4s, 2s).union_with(in); }, "2000 ms", "1000 ms");
  refuses([&] { return in.window(4s, 2s).join(in.window(4s, 3s)); }, "2000 ms", "3000 ms");
}

BOOST_AUTO_TEST_SUITE_END()
