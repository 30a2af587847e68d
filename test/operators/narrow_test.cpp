// SPDX-License-Identifier: BSD-3-Clause
//
// The operators that need no shuffle: map, filter, flat_map, map_values, and split.
#include <cctype>
#include <deque>
#include <map>
#include <numeric>
#include <random>

#include <boost/test/unit_test.hpp>

#include "../support/pipeline.hpp"

using namespace sluice;
using namespace std::string_literals;
using namespace std::string_view_literals;
using test::pipeline;

namespace {

std::vector<int> numbers(int n) {
  std::vector<int> result(static_cast<std::size_t>(n));
  std::iota(result.begin(), result.end(), 0);
  return result;
}

/// Runs one batch of `records` through what `compose` makes of the input, and returns what came out.
template <record T, class Range, class Compose>
auto run_one(const Range& records, Compose&& compose, pipeline::options how = {}) {
  test::composing program;
  const auto in = program.input<T>();
  const auto out = test::collect(compose(in));
  pipeline run{program, how};
  run.feed(in, 0, records);
  const auto t = run.run_batch();
  return out->at(t.ms());
}

std::vector<std::string> pieces(std::string_view text, char separator = ' ') {
  return run_one<std::string_view>(std::vector{text}, [&](auto in) { return in.flat_map(split(separator)); });
}

struct point {
  int x;
  int y;
};

/// A range of views of a text that it owns.
class text_with_words {
public:
  explicit text_with_words(int n)
      : text_{std::make_unique<std::string>("number" + std::string(50, '_') + std::to_string(n))},
        words_{std::string_view{*text_}.substr(0, 6), std::string_view{*text_}.substr(6)} {}

  auto begin() const { return words_.begin(); }
  auto end() const { return words_.end(); }

private:
  std::unique_ptr<std::string> text_;
  std::vector<std::string_view> words_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(narrow)

BOOST_AUTO_TEST_CASE(map_filter_and_flat_map_keep_the_order_of_any_number_of_records) {
  for (const auto n : {0, 1, 1023, 1024, 1025, 5000}) {
    const auto in = numbers(n);
    std::vector<std::string> expected;
    for (const auto x : in)
      if (x % 3 != 0)
        for (auto i = 0; i < x % 4; ++i)
          expected.push_back(std::to_string(x * 2));
    const auto out =
        run_one<int>(in,
                     [](auto s) {
                       return s.filter([](int x) { return x % 3 != 0; })
                           .map([](int x) { return std::pair{x, std::to_string(x * 2)}; })
                           .flat_map([](const std::pair<int, std::string>& x) {
                             return std::vector<std::string>(static_cast<std::size_t>(x.first % 4), x.second);
                           });
                     },
                     {.block_records = 1500});
    BOOST_TEST((out == expected), n << " records");
  }
}

BOOST_AUTO_TEST_CASE(flat_map_to_an_optional_keeps_what_is_there) {
  const auto out = run_one<int>(numbers(10), [](auto s) {
    return s.flat_map([](int x) { return x % 3 == 0 ? std::optional{std::to_string(x)} : std::nullopt; });
  });
  BOOST_TEST((out == std::vector{"0"s, "3"s, "6"s, "9"s}));
}

BOOST_AUTO_TEST_CASE(a_filter_keeps_the_same_whether_many_are_kept_or_few) {
  std::mt19937 random{7};
  for (const auto n : {1, 63, 64, 65, 128, 1'000, 30'000}) {
    std::vector<std::pair<int, bool>> in; // a number, and whether it is kept
    for (unsigned one_of = 1; in.size() < static_cast<std::size_t>(n);) {
      if (random() % 500 == 0)
        one_of = 1U << random() % 9; // from all to next to none, for a while
      in.emplace_back(static_cast<int>(in.size()), random() % one_of == 0);
    }
    std::vector<int> expected;
    for (const auto& [number, kept] : in)
      if (kept)
        expected.push_back(number);
    std::size_t asked = 0;
    const auto out = run_one<std::pair<int, bool>>(in, [&](auto s) {
      return s
          .filter([&](const std::pair<int, bool>& x) {
            ++asked;
            return x.second;
          })
          .map([](const std::pair<int, bool>& x) { return x.first; });
    });
    BOOST_TEST((out == expected), n << " records");
    BOOST_TEST(asked == in.size());
  }
}

BOOST_AUTO_TEST_CASE(partitions_and_their_order_are_kept) {
  const auto in = numbers(1000);
  const auto out = run_one<int>(in, [](auto s) { return s.map([](int x) { return x + 1; }); },
                                {.partitions = 3, .block_records = 7});
  std::vector<int> expected;
  for (std::size_t p = 0; p < 3; ++p)
    for (std::size_t i = 0; i < in.size(); ++i)
      if (i / 7 % 3 == p)
        expected.push_back(in[i] + 1);
  BOOST_TEST((out == expected));
}

BOOST_AUTO_TEST_CASE(map_values_keeps_the_keys) {
  const auto out =
      run_one<std::pair<std::string_view, int>>(std::vector{std::pair{"a"sv, 1}, std::pair{"b"sv, 2}},
                                                [](auto s) { return s.map_values([](int x) { return x / 2.0; }); });
  BOOST_TEST((out == std::vector{std::pair{"a"s, 0.5}, std::pair{"b"s, 1.0}}));
}

BOOST_AUTO_TEST_CASE(a_member_is_a_function_too) {
  const std::vector<point> in{{1, 2}, {3, 4}, {0, 5}};
  BOOST_TEST((run_one<point>(in, [](auto s) { return s.map(&point::y); }) == std::vector{2, 4, 5}));
  BOOST_TEST((run_one<point>(in, [](auto s) { return s.filter(&point::x).map(&point::y); }) == std::vector{2, 4}));
  BOOST_TEST(
      (run_one<point>(
           in, [](auto s) { return s.map([](const point& p) { return std::pair{p.x, p}; }).map_values(&point::y); })
       == std::vector{std::pair{1, 2}, std::pair{3, 4}, std::pair{0, 5}}));
}

BOOST_AUTO_TEST_CASE(a_function_has_a_copy_of_its_own_on_each_partition) {
  auto numbered = [n = 0](int) mutable { return n++; };
  const auto out =
      run_one<int>(numbers(6), [&](auto s) { return s.map(numbered); }, {.partitions = 2, .block_records = 1});
  BOOST_TEST((out == std::vector{0, 1, 2, 0, 1, 2}));
}

BOOST_AUTO_TEST_CASE(a_stream_may_be_of_bools) {
  const auto in = numbers(3000);
  const auto out =
      run_one<bool>(in, [](auto s) { return s.map([](bool x) { return !x; }).filter([](bool x) { return x; }); });
  BOOST_TEST((out == std::vector{true}));
}

BOOST_AUTO_TEST_CASE(views_of_owned_text_pass_through_several_operators) {
  // Text that is owned by the records of one operator, and seen by those behind it as views into it.
  std::vector<std::string> in;
  for (auto n = 0; n < 3000; ++n)
    in.push_back("key " + std::to_string(n % 700) + " and a value too long to lie in the string itself");
  const auto out = run_one<std::string_view>(in, [](const dstream<std::string_view>& s) {
    return s.map([](std::string_view x) { return std::string{x} + "!"; })
        .map([](const std::string& x) { return std::string_view{x}; })
        .filter([](std::string_view x) { return !x.empty(); })
        .flat_map([](std::string_view x) { return std::vector{x, x.substr(4)}; })
        .flat_map(split(' '))
        .map([](std::string_view x) { return std::pair{x, x}; })
        .map_values([](std::string_view x) { return x.size(); });
  });
  std::vector<std::pair<std::string, std::size_t>> expected;
  for (const auto& line : in)
    for (const auto& text : {line + "!", (line + "!").substr(4)}) {
      std::istringstream words{text};
      for (std::string w; words >> w;)
        expected.emplace_back(w, w.size());
    }
  BOOST_TEST((out == expected));
}

BOOST_AUTO_TEST_CASE(flat_map_takes_ranges_of_any_kind) {
  const auto in = numbers(5);
  // A container of the function's own, one that outlives the call, and a view of such a one.
  const std::vector<std::string> words{"a long enough text to be on the heap", "another one of these"};
  BOOST_TEST((
      run_one<int>(in, [](auto s) { return s.flat_map([](int x) { return std::map<int, int>{{x, x}, {x + 10, 0}}; }); })
          .size()
      == 10U));
  const auto from_reference = run_one<int>(
      in, [&](auto s) { return s.flat_map([&](int) -> const std::vector<std::string>& { return words; }); });
  const auto from_view =
      run_one<int>(in, [&](auto s) { return s.flat_map([&](int) { return std::span<const std::string>{words}; }); });
  BOOST_TEST(from_reference.size() == 10U);
  BOOST_TEST((from_reference == from_view));
  BOOST_TEST(words[0] == "a long enough text to be on the heap");
}

BOOST_AUTO_TEST_CASE(elements_of_a_view_or_of_somebody_elses_container_stay_where_they_are) {
  std::vector<std::string> words{"a long enough text to be on the heap"};
  const auto in = numbers(3);
  run_one<int>(in, [&](auto s) { return s.flat_map([&](int) { return std::span<std::string>{words}; }); });
  run_one<int>(in, [&](auto s) { return s.flat_map([&](int) -> std::vector<std::string>& { return words; }); });
  BOOST_TEST(words[0] == "a long enough text to be on the heap");
}

BOOST_AUTO_TEST_CASE(views_into_the_range_itself_leave_before_it_goes) {
  const auto out = run_one<int>(numbers(100), [](auto s) {
    return s.flat_map([](int x) { return text_with_words{x}; }).filter([](std::string_view w) {
      return w != "number";
    });
  });
  BOOST_REQUIRE_EQUAL(out.size(), 100U);
  for (auto n = 0; n < 100; ++n)
    BOOST_TEST(out[static_cast<std::size_t>(n)] == std::string(50, '_') + std::to_string(n));
}

BOOST_AUTO_TEST_CASE(flat_map_with_an_emitter_emits_any_number_of_records) {
  const auto out = run_one<int>(std::vector{5000, 0, 1}, [](auto s) {
    return s.template flat_map<int>([](int n, auto& emit) {
      for (auto i = 0; i < n; ++i)
        emit(i);
    });
  });
  auto expected = numbers(5000);
  expected.push_back(0);
  BOOST_TEST((out == expected));
}

BOOST_AUTO_TEST_CASE(split_leaves_out_empty_pieces) {
  BOOST_TEST((pieces("to be or not") == std::vector{"to"s, "be"s, "or"s, "not"s}));
  BOOST_TEST((pieces("  to   be ") == std::vector{"to"s, "be"s}));
  BOOST_TEST((pieces("one") == std::vector{"one"s}));
  BOOST_TEST(pieces("").empty());
  BOOST_TEST(pieces("    ").empty());
  BOOST_TEST((pieces("a,b,,c", ',') == std::vector{"a"s, "b"s, "c"s}));
  BOOST_TEST((pieces("a\0b"sv, '\0') == std::vector{"a"s, "b"s}));
}

BOOST_AUTO_TEST_CASE(one_stream_may_have_many_consumers) {
  test::composing program;
  const auto in = program.input<int>();
  const auto doubled = in.map([](int x) { return 2 * x; });
  const auto all = test::collect(doubled);
  const auto large = test::collect(doubled.filter([](int x) { return x >= 10; }));
  const auto original = test::collect(in);
  pipeline run{program};
  run.feed(in, 0, numbers(10));
  run.run_batch();
  BOOST_TEST((all->at(1000) == std::vector{0, 2, 4, 6, 8, 10, 12, 14, 16, 18}));
  BOOST_TEST((large->at(1000) == std::vector{10, 12, 14, 16, 18}));
  BOOST_TEST((original->at(1000) == numbers(10)));
}

BOOST_AUTO_TEST_SUITE_END()
