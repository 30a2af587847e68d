// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/view/state_view.hpp>

#include <sluice/actors/batch/batch_io.hpp>

#include <map>
#include <random>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "store_fixtures.hpp"

using namespace sluice;
using namespace sluice::test;
using namespace std::chrono_literals;
using detail::state_view;

namespace {

using change = std::pair<std::string, std::optional<std::int64_t>>;
using words = std::map<std::string, std::int64_t>;

const auto start = state_view::clock::time_point{};

std::vector<state_description> counts(std::uint32_t partitions) { return {{"counts", partitions, "(text,i64)"}}; }

state_id part(std::uint32_t n) { return {"counts", partition_id{n}}; }

batch changes(const std::vector<change>& x) { return make_batch<change>(x); }

state_update update(std::uint32_t partition, std::int64_t t, const std::vector<change>& x,
                    change_kind kind = change_kind::delta) {
  return {part(partition), batch_time{t}, kind, {changes(x)}, {}};
}

std::string key_of(const std::string& text) {
  std::string result;
  detail::key_writer{result}.put_text(text);
  return result;
}

const state_view::kept_operator& counts_of(const state_view& in) { return in.operators().at("counts"); }

std::optional<std::int64_t> value(const state_view& in, const std::string& key, std::int64_t t) {
  const auto found = in.find(counts_of(in), key_of(key), batch_time{t});
  return found ? std::optional{found->value().integer(found->row)} : std::nullopt;
}

/// All of it, page by page.
words all(const state_view& in, std::int64_t t, std::size_t page = 7) {
  words result;
  std::string next;
  do {
    const auto found = in.page(counts_of(in), next, page, batch_time{t});
    BOOST_REQUIRE(found);
    for (const auto& x : found->rows)
      BOOST_TEST(result.emplace(x.key().text(x.row), x.value().integer(x.row)).second); // none comes twice
    next = found->next;
  } while (!next.empty());
  return result;
}

void commit(state_view& in, std::int64_t t, std::vector<state_update> x, state_view::clock::time_point now = start) {
  in.begin(batch_time{t}, std::move(x));
  while (value_or_throw(in.step(3, now))) {
  }
}

} // namespace

BOOST_AUTO_TEST_SUITE(state_view_suite)

BOOST_AUTO_TEST_CASE(keys_are_found_as_of_each_commit) {
  state_view view{counts(2), batch_time{1}, {}};
  require_ok(view.load(part(0), changes({{"a", 1}, {"b", 2}})));
  require_ok(view.load(part(0), changes({{"b", 3}})));
  require_ok(view.load(part(1), changes({{"c", 4}, {"gone", 5}})));
  require_ok(view.load(part(1), changes({{"gone", std::nullopt}})));
  BOOST_CHECK((all(view, 1) == words{{"a", 1}, {"b", 3}, {"c", 4}}));
  commit(view, 2, {update(0, 2, {{"a", 10}, {"d", 11}}), update(1, 2, {{"c", std::nullopt}})});
  commit(view, 3, {update(0, 3, {{"a", std::nullopt}, {"b", 12}})});
  BOOST_CHECK((all(view, 1) == words{{"a", 1}, {"b", 3}, {"c", 4}}));
  BOOST_CHECK((all(view, 2) == words{{"a", 10}, {"b", 3}, {"d", 11}}));
  BOOST_CHECK((all(view, 3) == words{{"b", 12}, {"d", 11}}));
  BOOST_CHECK(value(view, "a", 1) == 1);
  BOOST_CHECK(value(view, "a", 2) == 10);
  BOOST_CHECK(!value(view, "a", 3));
  BOOST_CHECK(!value(view, "unknown", 3));
  BOOST_TEST(counts_of(view).keys() == 2U);
}

BOOST_AUTO_TEST_CASE(a_commit_is_seen_when_all_of_it_is_there) {
  state_view view{counts(1), batch_time{1}, {}};
  require_ok(view.load(part(0), changes({{"a", 1}, {"b", 1}, {"c", 1}})));
  view.begin(batch_time{2}, {update(0, 2, {{"a", 2}, {"b", 2}, {"c", 2}})});
  BOOST_TEST(value_or_throw(view.step(2, start)));
  BOOST_TEST(view.newest().ms() == 1);
  BOOST_CHECK((all(view, 1) == words{{"a", 1}, {"b", 1}, {"c", 1}}));
  BOOST_TEST(!view.has(batch_time{2}));
  BOOST_TEST(!value_or_throw(view.step(2, start)));
  BOOST_TEST(view.newest().ms() == 2);
  BOOST_CHECK((all(view, 2) == words{{"a", 2}, {"b", 2}, {"c", 2}}));
}

BOOST_AUTO_TEST_CASE(a_base_takes_the_place_of_all_that_was_there) {
  state_view view{counts(2), batch_time{1}, {}};
  require_ok(view.load(part(0), changes({{"a", 1}, {"b", 1}})));
  require_ok(view.load(part(1), changes({{"c", 1}})));
  commit(view, 2, {update(0, 2, {{"a", 2}, {"e", 2}}, change_kind::base)});
  commit(view, 3, {update(1, 3, {}, change_kind::base)});
  BOOST_CHECK((all(view, 1) == words{{"a", 1}, {"b", 1}, {"c", 1}}));
  BOOST_CHECK((all(view, 2) == words{{"a", 2}, {"c", 1}, {"e", 2}}));
  BOOST_CHECK((all(view, 3) == words{{"a", 2}, {"e", 2}}));
}

BOOST_AUTO_TEST_CASE(commits_are_given_up_when_they_are_old_or_take_too_much) {
  state_view view{counts(1), batch_time{1}, {.kept = 10s}};
  require_ok(view.load(part(0), changes({{"a", 1}})));
  commit(view, 2, {update(0, 2, {{"a", 2}})}, start);
  commit(view, 3, {update(0, 3, {{"a", 3}})}, start + 9s);
  BOOST_TEST(view.has(batch_time{1}));
  commit(view, 4, {update(0, 4, {{"a", 4}})}, start + 11s);
  BOOST_TEST(!view.has(batch_time{1}));
  BOOST_CHECK(value(view, "a", 2) == 2);
  BOOST_CHECK(value(view, "a", 4) == 4);
  state_view small{counts(1), batch_time{1}, {.most_former = 10'000}};
  for (std::int64_t t = 2; t < 10; ++t) {
    std::vector<change> many;
    for (int i = 0; i < 200; ++i)
      many.emplace_back(std::to_string(i), t);
    commit(small, t, {update(0, t, many)});
  }
  BOOST_TEST(small.newest().ms() == 9);
  BOOST_TEST(small.oldest().ms() > 5);
  BOOST_CHECK(value(small, "7", small.oldest().ms()) == small.oldest().ms());
}

BOOST_AUTO_TEST_CASE(a_state_that_is_too_large_is_refused) {
  state_view view{counts(1), batch_time{1}, {.most_bytes = 1'000}};
  error err;
  for (int i = 0; i < 100 && !err; ++i)
    err = view.load(part(0), changes({{"key " + std::to_string(i), i}}));
  BOOST_TEST(describe(err).find("too large") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(states_without_keys_are_listed_and_no_more) {
  state_view view{{{"window", 1, "(text,i64)"}, {"words", 1, "text"}}, batch_time{1}, {}};
  using pair = std::pair<std::string, std::int64_t>;
  require_ok(view.load({"window", partition_id{0}}, make_batch<pair>(std::vector<pair>{{"a", 1}})));
  require_ok(view.load({"words", partition_id{0}}, make_batch<std::string>(std::vector<std::string>{"a"})));
  BOOST_TEST(!view.operators().at("window").key);
  BOOST_TEST(!view.operators().at("words").key);
}

BOOST_AUTO_TEST_CASE(a_cursor_of_nobody_is_an_error) {
  state_view view{counts(1), batch_time{1}, {}};
  require_ok(view.load(part(0), changes({{"a", 1}})));
  for (const auto* const from : {"x", "1", "0.", "0.1.2", "-1.0", "0.99999999999999999999999"})
    BOOST_TEST_CONTEXT(from) { BOOST_TEST(!view.page(counts_of(view), from, 10, batch_time{1})); }
  BOOST_TEST(value_or_throw(view.page(counts_of(view), "7.0", 10, batch_time{1})).rows.empty());
}

BOOST_AUTO_TEST_CASE(random_changes_agree_with_a_model) {
  for (unsigned seed = 1; seed <= 50; ++seed) {
    std::mt19937 random{seed};
    const auto below = [&random](unsigned n) { return random() % n; };
    state_view view{counts(1), batch_time{0}, {}};
    std::map<std::int64_t, words> model{{0, {}}};
    for (std::int64_t t = 1; t <= 30; ++t) {
      auto now = model[t - 1];
      std::vector<state_update> updates;
      for (auto n = below(3); n-- != 0;) {
        const auto is_base = below(6) == 0;
        std::vector<change> x;
        for (auto k = below(12); k-- != 0;) {
          const auto key = std::to_string(below(20));
          const auto to = below(4) == 0 ? std::nullopt : std::optional<std::int64_t>{below(1000)};
          if (!is_base)
            x.emplace_back(key, to);
          if (to)
            now[key] = *to;
          else
            now.erase(key);
        }
        if (is_base)
          x.assign(now.begin(), now.end());
        updates.push_back(update(0, t, x, is_base ? change_kind::base : change_kind::delta));
      }
      commit(view, t, std::move(updates));
      model[t] = std::move(now);
    }
    for (const auto& [t, expected] : model)
      BOOST_TEST_CONTEXT("seed " << seed << ", commit " << t) {
        BOOST_CHECK(all(view, t, 1 + below(9)) == expected);
        for (int k = 0; k < 20; ++k) {
          const auto key = std::to_string(k);
          const auto found = expected.find(key);
          BOOST_CHECK(value(view, key, t) == (found == expected.end() ? std::nullopt : std::optional{found->second}));
        }
      }
  }
}

BOOST_AUTO_TEST_SUITE_END()
