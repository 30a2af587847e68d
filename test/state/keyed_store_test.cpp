// SPDX-License-Identifier: BSD-3-Clause
#include "store_fixtures.hpp"

#include <boost/mpl/list.hpp>

#include <cstdint>
#include <cstring>
#include <random>

using namespace sluice;
using namespace sluice::test;

namespace {

using backends = boost::mpl::list<memory_backend, lmdb_backend>;
using truth = std::map<std::string, std::string>;

error put(keyed_store& store, std::string key, std::string_view value) {
  write_batch batch;
  batch.put(std::move(key), as_bytes(value));
  return store.apply(batch);
}

std::string random_bytes(std::mt19937_64& random, std::size_t size) {
  std::string result(size, '\0');
  for (auto& c : result)
    c = static_cast<char>(random());
  return result;
}

/// Keys collide often, and some are as long as can be.
std::string random_key(std::mt19937_64& random) {
  std::string result(random() % 20 == 0 ? max_key_bytes : 1 + random() % 3, '\xff');
  result[result.size() - 1] = static_cast<char>(random() % 7 * 40);
  return result;
}

std::size_t random_size(std::mt19937_64& random) {
  switch (random() % 4) {
    case 0: return random() % 2;
    case 1: return random() % 64;
    case 2: return random() % 5000;
    default: return random() % 40'000;
  }
}

void erase_range(truth& t, const std::string& from, const std::string& end) {
  if (end.empty() || from < end)
    t.erase(t.lower_bound(from), end.empty() ? t.end() : t.lower_bound(end));
}

} // namespace

BOOST_AUTO_TEST_SUITE(keyed_store_suite)

BOOST_AUTO_TEST_CASE_TEMPLATE(what_was_written_is_there_after_closing_and_opening, Backend, backends) {
  Backend backend;
  const std::string with_zeros{"a\0b", 3};
  const std::string large(3'000'000, 'x');
  {
    auto& store = backend.open("s");
    write_batch batch;
    batch.put("empty", {});
    batch.put(with_zeros, as_bytes(with_zeros));
    batch.put("large", as_bytes(large));
    batch.put(std::string(max_key_bytes, '\xff'), as_bytes("last"));
    require_ok(store.apply(batch));
  }
  backend.close();
  auto& store = backend.open("s");
  const truth expected{
      {"empty", ""}, {with_zeros, with_zeros}, {"large", large}, {std::string(max_key_bytes, '\xff'), "last"}};
  BOOST_CHECK(contents(store) == expected);
  const auto found = value_or_throw(store.get("large"));
  BOOST_REQUIRE(found);
  BOOST_CHECK(as_text(*found) == large);
  BOOST_CHECK(!value_or_throw(store.get("larg")));
  BOOST_CHECK(!value_or_throw(store.get("large1")));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(operations_of_a_batch_happen_in_order, Backend, backends) {
  Backend backend;
  auto& store = backend.open("s");
  write_batch batch;
  batch.put("a", as_bytes("1"));
  batch.put("a", as_bytes("2"));
  batch.erase("b");
  batch.put("b", as_bytes("3"));
  batch.put("c", as_bytes("4"));
  batch.put("d", as_bytes("5"));
  batch.erase_range("c", "d");
  batch.erase_range("z", "a");
  require_ok(store.apply(batch));
  BOOST_CHECK((contents(store) == truth{{"a", "2"}, {"b", "3"}, {"d", "5"}}));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_scan_visits_its_range_in_order_until_told_to_stop, Backend, backends) {
  Backend backend;
  auto& store = backend.open("s");
  for (const auto* key : {"a", "ab", "b", "\x80", "\xff"})
    require_ok(put(store, key, key));
  BOOST_CHECK((contents(store, "ab", "\x80") == truth{{"ab", "ab"}, {"b", "b"}}));
  BOOST_CHECK((contents(store, "\x80") == truth{{"\x80", "\x80"}, {"\xff", "\xff"}}));
  BOOST_CHECK(contents(store, "b", "a").empty());
  std::string seen;
  require_ok(store.scan({}, {}, [&seen](std::string_view key, bytes_view) {
    seen += key;
    return seen != "aab";
  }));
  BOOST_TEST(seen == "aab");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_scan_ends_cleanly_when_its_visitor_throws, Backend, backends) {
  Backend backend;
  auto& store = backend.open("s");
  require_ok(put(store, "a", "1"));
  BOOST_CHECK_THROW((void)store.scan({}, {}, [](std::string_view, bytes_view) -> bool { throw std::bad_alloc{}; }),
                    std::bad_alloc);
  require_ok(put(store, "b", "2"));
  BOOST_TEST(contents(store).size() == 2U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_batch_with_a_key_that_cannot_be_stored_does_nothing, Backend, backends) {
  Backend backend;
  auto& store = backend.open("s");
  for (const auto& key : {std::string{}, std::string(max_key_bytes + 1, 'k')}) {
    write_batch batch;
    batch.put("good", as_bytes("1"));
    batch.put(key, as_bytes("2"));
    BOOST_CHECK(is(store.apply(batch), ec::invalid_argument));
  }
  // The value is refused by its size before any byte of it is read, so there need not be any.
  write_batch too_large;
  too_large.put("good", {reinterpret_cast<const std::byte*>(&too_large), max_value_bytes + 1});
  BOOST_CHECK(is(store.apply(too_large), ec::record_too_large));
  BOOST_CHECK(contents(store).empty());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(values_under_keys_of_whole_words_are_aligned, Backend, backends) {
  Backend backend;
  auto& store = backend.open("s");
  std::mt19937_64 random{1};
  for (std::uint64_t i = 0; i < 50; ++i) {
    std::string key(8, '\0');
    std::memcpy(key.data(), &i, 8);
    require_ok(put(store, key, random_bytes(random, random_size(random))));
  }
  require_ok(store.scan({}, {}, [](std::string_view, bytes_view value) {
    BOOST_TEST(reinterpret_cast<std::uintptr_t>(value.data()) % 8 == 0U);
    return true;
  }));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(random_operations_do_what_a_map_does, Backend, backends) {
  for (std::uint64_t seed = 1; seed <= seed_count(6); ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      std::mt19937_64 random{seed};
      Backend backend;
      truth expected;
      auto* store = &backend.open("s");
      for (int round = 0; round < 60; ++round) {
        std::vector<std::string> values; // must outlive the batch, and must not move
        values.reserve(16);
        write_batch batch;
        for (auto n = random() % 16; n > 0; --n) {
          const auto key = random_key(random);
          switch (random() % 8) {
            case 0:
              batch.erase(key);
              expected.erase(key);
              break;
            case 1: {
              const auto end = random() % 10 == 0 ? std::string{} : random_key(random);
              batch.erase_range(key, end);
              erase_range(expected, key, end);
              break;
            }
            default:
              values.push_back(random_bytes(random, random_size(random)));
              batch.put(key, as_bytes(values.back()));
              expected[key] = values.back();
          }
        }
        require_ok(store->apply(batch));
        if (random() % 8 == 0) {
          backend.close();
          store = &backend.open("s");
        }
        BOOST_REQUIRE(contents(*store) == expected);
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
