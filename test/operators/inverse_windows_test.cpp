// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/operators/window/inverse_windows.hpp>

#include <functional>
#include <map>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace sluice;
using detail::window_change_kind;

namespace {

using totals = std::map<std::string, std::int64_t>;

/// The same, key by key and in the plainest way.
class truth {
public:
  void add(std::int64_t pane, const std::string& key, std::int64_t value) {
    keys_[key].values.push_back({pane, value});
  }
  void forget(const std::string& key) { keys_.erase(key); }

  template <class Filter>
  totals slide(std::int64_t first, Filter filter) {
    totals result;
    for (auto i = keys_.begin(); i != keys_.end();) {
      auto& [key, x] = *i;
      for (auto& v : x.values) {
        if (v.counted && v.pane < first)
          *x.total -= v.value;
        if (!v.counted && v.pane >= first)
          x.total = x.total.value_or(0) + v.value;
        v.counted = true;
      }
      std::erase_if(x.values, [&](const auto& v) { return v.pane < first; });
      const auto is_emitted = x.total && filter(*x.total);
      if (is_emitted)
        result[key] = *x.total;
      i = is_emitted || !x.values.empty() ? std::next(i) : keys_.erase(i);
    }
    return result;
  }

private:
  struct value {
    std::int64_t pane;
    std::int64_t value;
    bool counted = false;
  };
  struct key_values {
    std::vector<value> values;
    std::optional<std::int64_t> total;
  };
  std::map<std::string, key_values> keys_;
};

/// Sums of int64 by text, with a filter that may be changed.
struct summing {
  std::function<bool(std::int64_t)> filter = [](std::int64_t) { return true; };
  std::size_t added = 0;
  std::size_t taken = 0;
  std::size_t fails_in = 0; ///< calls until one throws; 0: none does

  void count_down() {
    if (fails_in != 0 && --fails_in == 0)
      throw std::runtime_error{"as ordered"};
  }

  auto make() {
    const auto add = [this](std::int64_t a, std::int64_t b) {
      count_down();
      ++added;
      return a + b;
    };
    const auto subtract = [this](std::int64_t a, std::int64_t b) {
      count_down();
      ++taken;
      return a - b;
    };
    const auto keeps = [this](const std::pair<std::string_view, std::int64_t>& x) { return filter(x.second); };
    return detail::inverse_windows<std::string_view, std::int64_t, decltype(add), decltype(subtract), decltype(keeps)>{
        add, subtract, keeps};
  }
};

struct ignore_notes {
  void operator()(window_change_kind, std::string_view, const std::optional<std::int64_t>&) const {}
};

template <class Windows>
void add(Windows& windows, std::string_view key, std::int64_t value) {
  const std::pair x{key, value};
  windows.add({&x, 1});
}

/// A batch of a pane with one value.
template <class Windows>
void add_batch(Windows& windows, std::int64_t pane, std::string_view key, std::int64_t value) {
  windows.open(pane);
  add(windows, key, value);
  windows.end_batch();
}

template <class Windows, class Note = ignore_notes>
totals slide(Windows& windows, std::int64_t pane, std::int64_t first, Note note = {}) {
  totals result;
  const auto use_some = [&](std::size_t n, auto make) {
    for (std::size_t i = 0; i < n; ++i)
      make(i, [&](const std::pair<std::string_view, std::int64_t>& x) {
        BOOST_REQUIRE_MESSAGE(result.insert(x).second, x.first << " came twice");
      });
  };
  windows.slide(pane, first, use_some, note);
  return result;
}

/// Keys short and long, some often and most seldom.
std::string random_key(std::mt19937_64& random) {
  const auto n = random() % (random() % 2 == 0 ? 5 : 3'000);
  return std::to_string(n) + (n % 3 == 0 ? " with a text that lies in the arena" : "");
}

} // namespace

BOOST_AUTO_TEST_SUITE(inverse_windows)

BOOST_AUTO_TEST_CASE(totals_are_those_of_the_windows_whatever_comes_and_goes) {
  std::size_t failed = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    std::mt19937_64 random{seed};
    const auto length = static_cast<std::int64_t>(1 + random() % 9);
    const auto step = static_cast<std::int64_t>(1 + random() % 12); // may be longer than the window
    summing how;
    if (random() % 2 == 0)
      how.filter = [](std::int64_t x) { return x % 7 != 0; };
    auto windows = how.make();
    truth expected;
    for (std::int64_t pane = 0; pane < 100; ++pane) {
      if (step - 1 - pane % step >= length)
        continue; // no window has this pane
      for (auto batches = random() % 5; batches != 0; --batches) {
        std::vector<std::pair<std::string, std::int64_t>> values;
        for (auto n = random() % 200; n != 0; --n)
          values.emplace_back(random_key(random), random() % 20);
        const std::vector<std::pair<std::string_view, std::int64_t>> views{values.begin(), values.end()};
        windows.open(pane);
        if (random() % 10 == 0) {
          how.fails_in = random() % 100;
          try {
            windows.add(views);
          } catch (const std::runtime_error&) {
            ++failed;
          }
          how.fails_in = 0;
          windows.abandon_batch();
          continue;
        }
        windows.add(views);
        totals reduced;
        for (const auto& [key, value] : values)
          reduced[key] += value;
        totals told;
        windows.for_each_of_batch([&](std::string_view key, std::int64_t value) {
          BOOST_REQUIRE_MESSAGE(told.emplace(key, value).second, key << " came twice");
        });
        BOOST_REQUIRE(told == reduced);
        windows.end_batch();
        for (const auto& [key, value] : reduced)
          expected.add(pane, key, value);
      }
      if (random() % 20 == 0) {
        const auto key = random_key(random);
        windows.forget(key);
        expected.forget(key);
      }
      if ((pane + 1) % step == 0)
        BOOST_REQUIRE(slide(windows, pane, pane - length + 1) == expected.slide(pane - length + 1, how.filter));
    }
  }
  BOOST_TEST(failed > 0U);
}

BOOST_AUTO_TEST_CASE(an_abandoned_batch_leaves_no_trace_also_of_keys_that_it_brought_or_woke) {
  summing how;
  auto windows = how.make();
  add_batch(windows, 0, "stays", 1);
  add_batch(windows, 0, "lingers", 2);
  BOOST_TEST((slide(windows, 0, 0) == totals{{"stays", 1}, {"lingers", 2}}));
  add_batch(windows, 1, "stays", 10);
  BOOST_TEST((slide(windows, 1, 1) == totals{{"stays", 10}, {"lingers", 0}}));
  for (auto times = 0; times < 2; ++times) {
    windows.open(2);
    for (const auto* key : {"stays", "lingers", "new", "new"})
      add(windows, key, 100);
    windows.abandon_batch();
  }
  add_batch(windows, 2, "stays", 1'000);
  how.fails_in = 2; // the abandoned values leave, one by one
  BOOST_CHECK_THROW(slide(windows, 2, 1), std::runtime_error);
  BOOST_TEST((slide(windows, 2, 1) == totals{{"stays", 1'010}, {"lingers", 0}}));
}

BOOST_AUTO_TEST_CASE(a_slide_that_failed_goes_on_where_it_was) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    std::mt19937_64 random{seed};
    summing how;
    auto windows = how.make();
    truth expected;
    std::size_t failed = 0;
    for (std::int64_t pane = 0; pane < 30; ++pane) {
      windows.open(pane);
      for (auto n = 0; n < 5; ++n)
        if (random() % 2 == 0) {
          add(windows, std::to_string(n), n + pane);
          expected.add(pane, std::to_string(n), n + pane);
        }
      windows.end_batch();
      how.fails_in = random() % 12;
      try {
        slide(windows, pane, pane - 4);
      } catch (const std::runtime_error&) {
        ++failed;
      }
      how.fails_in = 0;
      BOOST_REQUIRE(slide(windows, pane, pane - 4) == expected.slide(pane - 4, how.filter));
    }
    BOOST_TEST(failed > 0U);
  }
}

BOOST_AUTO_TEST_CASE(a_slide_costs_what_enters_and_leaves) {
  summing how;
  auto windows = how.make();
  for (std::int64_t pane = 0; pane < 10'000; ++pane) {
    add_batch(windows, pane, "x", 1);
    BOOST_REQUIRE(slide(windows, pane, pane - 999).at("x") == std::min<std::int64_t>(pane + 1, 1'000));
  }
  BOOST_TEST(how.added < 10'000U);
  BOOST_TEST(how.taken == 9'000U);
}

BOOST_AUTO_TEST_CASE(batches_of_a_pane_add_up_before_they_leave) {
  summing how;
  auto windows = how.make();
  for (auto batch = 0; batch < 100; ++batch)
    add_batch(windows, 0, "x", 1);
  BOOST_TEST(how.added <= 200U); // a total and a pane
  BOOST_TEST(slide(windows, 0, 0).at("x") == 100);
  BOOST_TEST(slide(windows, 1, 1).at("x") == 0);
  BOOST_TEST(how.taken <= 2U);
}

BOOST_AUTO_TEST_CASE(a_function_that_throws_loses_the_batch_that_is_added_and_no_other) {
  for (std::size_t fails_in = 1; fails_in <= 40; ++fails_in) {
    summing how;
    auto windows = how.make();
    truth expected;
    how.fails_in = fails_in;
    std::size_t failed = 0;
    for (auto batch = 0; batch < 5; ++batch) {
      windows.open(0);
      try {
        for (auto n = 0; n < 4; ++n)
          add(windows, std::to_string(n), 1 << batch);
      } catch (const std::runtime_error&) {
        ++failed;
        windows.abandon_batch();
        continue;
      }
      for (auto n = 0; n < 4; ++n)
        expected.add(0, std::to_string(n), 1 << batch);
      try {
        windows.end_batch();
      } catch (const std::runtime_error&) {
        ++failed;
      }
    }
    // Each batch but the first is added to the totals, and then to the pane, key by key.
    BOOST_TEST(failed == (fails_in <= 32 ? 1U : 0U));
    how.fails_in = 0;
    BOOST_TEST((slide(windows, 0, 0) == expected.slide(0, how.filter)));
    BOOST_TEST((slide(windows, 1, 1) == expected.slide(1, how.filter)));
  }
}

BOOST_AUTO_TEST_CASE(keys_that_come_once_make_room_and_mix_up_no_others) {
  summing how;
  how.filter = [](std::int64_t x) { return x != 0; };
  auto windows = how.make();
  truth expected;
  for (std::int64_t pane = 0; pane < 200; ++pane) {
    windows.open(pane);
    const auto add_key = [&](const std::string& key) {
      add(windows, key, pane + 1);
      expected.add(pane, key, pane + 1);
    };
    add_key("stays");
    for (auto n = 0; n < 100; ++n)
      add_key(std::to_string(pane) + " came once, number " + std::to_string(n));
    windows.end_batch();
    BOOST_REQUIRE(slide(windows, pane, pane - 4) == expected.slide(pane - 4, how.filter));
  }
}

BOOST_AUTO_TEST_CASE(a_key_that_the_filter_rejects_goes_on_while_its_values_are_in_the_window) {
  summing how;
  how.filter = [](std::int64_t x) { return x != 0; };
  auto windows = how.make();
  std::vector<std::int64_t> forgotten;
  const auto note = [&](std::int64_t pane) {
    return [&forgotten, pane](window_change_kind kind, std::string_view, const std::optional<std::int64_t>&) {
      if (kind == window_change_kind::forgotten)
        forgotten.push_back(pane);
    };
  };
  add_batch(windows, 0, "x", 1);
  BOOST_TEST((slide(windows, 0, -2, note(0)) == totals{{"x", 1}}));
  add_batch(windows, 1, "x", -1);
  BOOST_TEST(slide(windows, 1, -1, note(1)).empty());
  BOOST_TEST(slide(windows, 2, 0, note(2)).empty());
  BOOST_TEST((slide(windows, 3, 1, note(3)) == totals{{"x", -1}}));
  BOOST_TEST(slide(windows, 4, 2, note(4)).empty());
  BOOST_TEST(forgotten == std::vector<std::int64_t>{4}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_key_that_lingers_is_noted_again_before_its_note_is_outdated) {
  summing how;
  auto windows = how.make();
  std::vector<std::int64_t> noted;
  add_batch(windows, 0, "x", 5);
  for (std::int64_t pane = 0; pane < 12; ++pane)
    slide(windows, pane, pane - 2,
          [&](window_change_kind kind, std::string_view key, const std::optional<std::int64_t>& total) {
            BOOST_TEST((kind == window_change_kind::lingers && key == "x" && total == 0));
            noted.push_back(pane);
          });
  BOOST_TEST(noted == (std::vector<std::int64_t>{3, 6, 9}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_a_recovery_adds_again_leaves_in_its_time_and_keys_that_lingered_go_on) {
  summing how;
  auto windows = how.make();
  for (std::int64_t pane = 4; pane <= 6; ++pane)
    add_batch(windows, pane, "x", std::int64_t{1} << pane);
  windows.restore_lingering(6, "y", 70);
  add_batch(windows, 6, "z", 5);
  windows.forget("z");
  add_batch(windows, 7, "y", 7);
  BOOST_TEST((slide(windows, 7, 6) == totals{{"x", 64}, {"y", 77}}));
  BOOST_TEST(how.taken == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
