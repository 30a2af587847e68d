// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <map>
#include <numeric>
#include <random>

#include <boost/test/unit_test.hpp>

#include "../actors/allocation_meter.hpp"
#include "../support/pipeline.hpp"

using namespace sluice;
using namespace std::string_literals;
using test::pipeline;

namespace {

struct visit {
  std::string_view page;
  int count;
};

/// Feeds random records over several batches and compares what comes out with a map of what went in.
template <record K, class MakeKey>
void compare_with_map(std::uint64_t seed, MakeKey&& make_key) {
  using pair = std::pair<K, std::int64_t>;
  std::mt19937_64 random{seed};
  test::composing program;
  const auto in = program.input<pair>();
  const auto out = test::collect(in.reduce_by_key(std::plus<>{}));
  pipeline run{
      program,
      {.partitions = 1 + static_cast<std::uint32_t>(seed % 3), .seed = seed, .block_records = 1 + random() % 300}};
  std::map<std::int64_t, std::map<owned_t<K>, std::int64_t>> expected;
  for (const auto size : {500, 0, 3000, 1}) {
    std::vector<owned_t<pair>> records;
    for (auto n = 0; n < size; ++n)
      records.emplace_back(make_key(random), static_cast<std::int64_t>(random() % 1000) - 500);
    std::vector<pair> views;
    for (const auto& x : records)
      views.push_back(to_view<pair>(x));
    run.feed(in, 0, views);
    auto& sums = expected[run.cut().ms()];
    for (const auto& [key, value] : records)
      sums[key] += value;
    run.run_some(random() % 10);
  }
  run.run();
  for (const auto& [t, records] : *out) {
    const std::map<owned_t<K>, std::int64_t> sums(records.begin(), records.end());
    BOOST_REQUIRE_MESSAGE(records.size() == sums.size(), "a key came twice, seed " << seed);
    BOOST_REQUIRE_MESSAGE(sums == expected.at(t), "batch " << t << ", seed " << seed);
  }
}

std::string text_of_any_length(std::mt19937_64& random) {
  std::string result(random() % 41, '\0');
  for (auto& c : result)
    c = static_cast<char>(random() % 2);
  return result;
}

std::string text_at_a_limit(std::mt19937_64& random) {
  constexpr std::array<std::size_t, 8> lengths{0, 1, 7, 8, 9, 15, 16, 17};
  std::string result(lengths[random() % lengths.size()], 'x');
  if (!result.empty())
    result[random() % result.size()] = static_cast<char>(random() % 3);
  return result;
}

/// One batch of pairs, reduced.
template <record V, class F>
auto reduce(const std::vector<std::pair<std::string_view, V>>& records, F f) {
  using pair = std::pair<std::string_view, V>;
  test::composing program;
  const auto in = program.input<pair>();
  const auto out = test::collect(in.reduce_by_key(f));
  pipeline run{program, {.partitions = 2, .block_records = 1}};
  run.feed(in, 0, records);
  run.run_batch();
  return std::map<std::string, owned_t<V>>(out->at(1000).begin(), out->at(1000).end());
}

} // namespace

BOOST_AUTO_TEST_SUITE(reduce_by_key)

BOOST_AUTO_TEST_CASE(it_reduces_what_a_map_would_for_text_keys_of_any_length) {
  for (std::uint64_t seed = 0; seed < 15; ++seed) {
    compare_with_map<std::string_view>(seed, text_of_any_length);
    compare_with_map<std::string_view>(seed, text_at_a_limit);
    compare_with_map<std::string>(seed, text_at_a_limit);
  }
}

BOOST_AUTO_TEST_CASE(it_reduces_what_a_map_would_for_number_and_composite_keys) {
  for (std::uint64_t seed = 0; seed < 15; ++seed) {
    compare_with_map<int>(seed, [](auto& random) { return static_cast<int>(random() % 2000) - 1000; });
    compare_with_map<std::pair<std::string_view, int>>(
        seed, [](auto& random) { return std::pair{text_at_a_limit(random), static_cast<int>(random() % 3)}; });
    compare_with_map<std::optional<bool>>(
        seed, [](auto& random) { return random() % 3 == 0 ? std::nullopt : std::optional{random() % 2 == 0}; });
  }
}

BOOST_AUTO_TEST_CASE(more_keys_than_are_combined_at_a_time_come_out_once_each) {
  for (const auto partitions : {1U, 3U}) {
    constexpr auto keys = 150'000;
    using pair = std::pair<std::string_view, std::int64_t>;
    test::composing program;
    const auto in = program.input<int>();
    const auto out = test::collect(in.template flat_map<std::pair<std::string, std::int64_t>>([](int from, auto& emit) {
                                       for (auto n = from; n < from + keys; ++n)
                                         emit({"a key of many " + std::to_string(n % keys), 1});
                                     })
                                       .map([](const auto& x) { return pair{x.first, x.second}; })
                                       .reduce_by_key(std::plus<>{}));
    pipeline run{program, {.partitions = partitions, .block_records = 1}};
    run.feed(in, 0, std::vector{0, 1000});
    run.run_batch();
    const auto& records = out->at(1000);
    BOOST_REQUIRE_EQUAL(records.size(), static_cast<std::size_t>(keys));
    BOOST_TEST(std::ranges::all_of(records, [](const auto& x) { return x.second == 2; }));
    // The next batch begins with nothing.
    run.run_batch();
    BOOST_TEST(out->at(2000).empty());
  }
}

BOOST_AUTO_TEST_CASE(views_of_owned_records_survive_operators_and_shuffles) {
  test::composing program;
  const auto in = program.input<std::string>();
  using view_pair = std::pair<std::string_view, std::string_view>;
  const auto out =
      test::collect(in.map([](const std::string& x) { return std::string_view{x}; })
                        .filter([](std::string_view x) { return !x.empty(); })
                        .map([](std::string_view x) { return view_pair{x.substr(0, x.find(' ')), x}; })
                        .reduce_by_key([](std::string_view a, std::string_view b) { return std::max(a, b); })
                        .map([](const view_pair& x) { return view_pair{x.second.substr(0, 5), x.second}; })
                        .reduce_by_key([](std::string_view a, std::string_view b) { return std::min(a, b); })
                        .map([](const view_pair& x) { return std::pair{std::string{x.first}, std::string{x.second}}; })
                        .map([](const auto& x) { return view_pair{x.first, x.second}; })
                        .union_with(in.map([](const std::string& x) { return view_pair{"all", x}; })));
  pipeline run{program, {.partitions = 3, .seed = 5, .block_records = 64}};
  for (auto t = 0; t < 3; ++t) {
    std::vector<std::string> records;
    for (auto n = 0; n < 3'000; ++n)
      records.push_back(std::to_string(n % 1'000) + "x and a text that is too long for the string itself "
                        + std::to_string(n));
    run.feed(in, 0, records);
    run.cut();
  }
  run.run();
  for (const auto& [t, records] : *out) {
    std::map<std::string, std::string> largest;
    std::map<std::string, std::string> expected;
    std::size_t others = 0;
    for (auto n = 0; n < 3'000; ++n) {
      const auto text =
          std::to_string(n % 1'000) + "x and a text that is too long for the string itself " + std::to_string(n);
      auto& x = largest[std::to_string(n % 1'000)];
      x = std::max(x, text);
    }
    for (const auto& [key, text] : largest) {
      auto& x = expected[text.substr(0, 5)];
      x = x.empty() ? text : std::min(x, text);
    }
    for (const auto& [key, text] : records)
      if (key == "all")
        ++others;
      else
        BOOST_REQUIRE_EQUAL(expected.at(key), text);
    BOOST_TEST(others == 3'000U);
    BOOST_TEST(records.size() == 3'000U + expected.size());
  }
}

BOOST_AUTO_TEST_CASE(a_result_may_refer_to_either_value) {
  const auto longer = [](std::string_view a, std::string_view b) { return a.size() < b.size() ? b : a; };
  const auto out = reduce<std::string_view>({{"k", "a text on the heap, being so long"},
                                             {"k", "short"},
                                             {"k", "a text that is longer than the first"},
                                             {"other", ""}},
                                            longer);
  BOOST_TEST(out.at("k") == "a text that is longer than the first");
  BOOST_TEST(out.at("other") == "");
}

BOOST_AUTO_TEST_CASE(a_result_may_own_what_the_value_type_refers_to) {
  const auto out = reduce<std::string_view>(
      {{"k", "one"}, {"k", "two"}, {"k", "and three"}},
      [](std::string_view a, std::string_view b) { return std::string(std::max(a, b)) + std::string(20, '!'); });
  BOOST_TEST(out.at("k").starts_with("two!"));
}

BOOST_AUTO_TEST_CASE(values_may_be_structs_and_lists_of_views) {
  const auto visits =
      reduce<visit>({{"k", {"/index", 1}}, {"k", {"/a/page/with/a/long/name", 2}}},
                    [](const visit& a, const visit& b) { return visit{std::max(a.page, b.page), a.count + b.count}; });
  BOOST_TEST(std::get<0>(visits.at("k")) == "/index");
  BOOST_TEST(std::get<1>(visits.at("k")) == 3);
  using texts = std::vector<std::string_view>;
  const auto lists = reduce<texts>({{"k", {"a text that is long enough for the heap"}}, {"k", {"b", "c"}}},
                                   [](const texts& a, const texts& b) {
                                     auto result = a;
                                     result.insert(result.end(), b.begin(), b.end());
                                     return result;
                                   });
  BOOST_TEST(lists.at("k").size() == 3U);
  const auto flags = reduce<bool>({{"k", false}, {"k", true}, {"other", false}}, std::logical_or<>{});
  BOOST_TEST(flags.at("k"));
  BOOST_TEST(!flags.at("other"));
}

BOOST_AUTO_TEST_CASE(it_may_be_told_how_many_partitions_to_make) {
  test::composing program;
  const auto in = program.input<std::pair<int, int>>();
  std::size_t partitions = 0;
  in.reduce_by_key(std::plus<>{}, 5).foreach_rdd([&](const rdd<std::pair<int, int>>& x) {
    partitions = x.num_partitions();
  });
  BOOST_CHECK_THROW(in.reduce_by_key(std::plus<>{}, 0), usage_error);
  pipeline run{program, {.partitions = 2}};
  std::vector<std::pair<int, int>> records;
  for (auto i = 0; i < 1000; ++i)
    records.emplace_back(i, 1);
  run.feed(in, 0, records);
  run.run_batch();
  BOOST_TEST(partitions == 5U);
}

BOOST_AUTO_TEST_CASE(reducing_allocates_by_the_batch_and_not_by_the_record) {
  using pair = std::pair<std::string_view, std::int64_t>;
  stage_effects effects;
  detail::reduce_sender<std::string_view, std::int64_t, std::plus<>> sender{
      {edge_id{0}, partition_id{0}, 2, &effects}, {}, {}};
  std::vector<std::string> words;
  for (auto n = 0; n < 500; ++n)
    words.push_back("word" + std::to_string(n) + (n % 2 == 0 ? "" : " that is longer than sixteen bytes"));
  std::vector<pair> chunk;
  for (std::size_t n = 0; n < 1'000; ++n)
    chunk.emplace_back(words[n % words.size()], 1);
  const auto send = [&](batch_time t) {
    sender.open(t);
    for (auto n = 0; n < 100; ++n)
      sender.push(chunk);
    sender.close(t, effects);
  };
  send(batch_time{1});
  const auto parcels = std::exchange(effects.parcels, {});
  BOOST_TEST(parcels.size() == 2U);
  test::reset_allocations();
  send(batch_time{2});
  BOOST_TEST(test::allocations.count < 20U);

  // And so does the half that receives.
  struct : sink<pair> {
    void push(std::span<const pair> chunk) override { records += chunk.size(); }
    std::size_t records = 0;
  } end;
  std::vector<any_sink*> consumers{&end};
  detail::reduce_operator<std::string_view, std::int64_t, std::plus<>> reducer{{"x", partition_id{0}, 1, consumers},
                                                                               {}};
  const auto receive = [&](batch_time t) {
    reducer.open(t);
    for (auto n = 0; n < 100; ++n)
      for (const auto& parcel : parcels)
        BOOST_REQUIRE(!reducer.receive(parent_index{0}, partition_id{0}, parcel.content));
    reducer.close(t, effects);
  };
  receive(batch_time{1});
  BOOST_TEST(end.records == words.size());
  test::reset_allocations();
  receive(batch_time{2});
  BOOST_TEST(test::allocations.count < 3 * 200U);
}

BOOST_AUTO_TEST_SUITE_END()
