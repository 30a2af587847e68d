// SPDX-License-Identifier: BSD-3-Clause
//
// What becomes of a store whose file was cut, flipped or zeroed somewhere: it is refused, or it says what is damaged,
// or it has all that was in it. Each is opened in a process of its own, so that one that dies of a signal is seen.
#include "store_fixtures.hpp"

#include <sluice/state/store/lmdb_pages.hpp>

#include <algorithm>
#include <fstream>
#include <functional>
#include <random>

#include <sys/wait.h>
#include <unistd.h>

using namespace sluice;
using namespace sluice::test;
namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t page_bytes = 4096;

enum outcome { whole = 0, refused = 1, wrong = 2 };

/// A store with small and large values, many keys, and pages that were given up.
std::map<std::string, std::string> write_store(const fs::path& dir) {
  std::mt19937_64 random{5};
  auto store = value_or_throw(lmdb_store::open(dir, small_map()));
  for (int round = 0; round < 12; ++round) {
    std::vector<std::string> values;
    for (int i = 0; i < 60; ++i)
      values.push_back(
          std::string(random() % 20 == 0 ? random() % 40'000 : random() % 300, static_cast<char>('a' + round)));
    write_batch batch;
    for (const auto& value : values)
      batch.put("key " + std::to_string(random() % 700), as_bytes(value));
    batch.erase_range("key " + std::to_string(random() % 10), "key " + std::to_string(random() % 10) + "3");
    require_ok(store->apply(batch));
  }
  return contents(*store);
}

/// Opens the store in another process, and says what was found there; -1 if that process died of a signal.
int outcome_of(const fs::path& dir, const std::map<std::string, std::string>& expected) {
  const auto child = ::fork();
  BOOST_REQUIRE(child >= 0);
  if (child == 0) {
    for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGABRT, SIGILL})
      ::signal(signal, SIG_DFL);
    auto result = refused;
    if (auto store = lmdb_store::open(dir, small_map())) {
      std::map<std::string, std::string> found;
      const auto err = (*store)->scan({}, {}, [&found](std::string_view key, bytes_view value) {
        found.emplace(key, as_text(value));
        return true;
      });
      // What is free is used, too.
      write_batch batch;
      const std::string value(100'000, 'x');
      batch.put("new", as_bytes(value));
      if (!err)
        result = found == expected ? whole : wrong;
      if (!err && !(*store)->apply(batch)) {
        found.clear();
        const auto again = (*store)->scan({}, {}, [&found](std::string_view key, bytes_view x) {
          found.emplace(key, as_text(x));
          return true;
        });
        found.erase("new");
        if (again || found != expected)
          result = wrong;
      }
    }
    ::_exit(result);
  }
  int status = 0;
  BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// A store, and copies of it to damage.
struct fixture {
  temporary_directory place;
  fs::path original = place.path() / "original";
  std::map<std::string, std::string> expected = write_store(original);
  std::string bytes = read_file(original / "data.mdb");
  std::uint64_t used = used_bytes();

  static std::string read_file(const fs::path& file) {
    std::ifstream in{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
  }

  /// Bytes up to the last page that is not all zeros.
  std::uint64_t used_bytes() const { return (bytes.find_last_not_of('\0') / page_bytes + 1) * page_bytes; }

  /// Checks a copy with `content` as its file.
  int check(const std::string& content, const std::string& what) { return check(content, what, expected); }

  int check(const std::string& content, const std::string& what, const std::map<std::string, std::string>& wanted) {
    const auto dir = place.path() / "copy";
    fs::remove_all(dir);
    fs::create_directory(dir);
    fs::copy_file(original / "sluice.store", dir / "sluice.store");
    std::ofstream{dir / "data.mdb", std::ios::binary}.write(content.data(),
                                                            static_cast<std::streamsize>(content.size()));
    const auto result = outcome_of(dir, wanted);
    BOOST_TEST((result == whole || result == refused), what << (result == wrong ? ": wrong data" : ": a signal"));
    return result;
  }

  std::string flipped(std::uint64_t byte, unsigned bit) const {
    auto result = bytes;
    result[byte] = static_cast<char>(result[byte] ^ (1 << bit));
    return result;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(lmdb_damage, fixture)

BOOST_AUTO_TEST_CASE(a_whole_file_has_no_damage) {
  const auto read = [this](std::uint64_t offset, std::span<std::byte> to) {
    if (offset + to.size() > bytes.size())
      return false;
    std::memcpy(to.data(), bytes.data() + offset, to.size());
    return true;
  };
  const auto damage = find_damaged_page(read, bytes.size());
  BOOST_TEST(!damage, damage.value_or(""));
  BOOST_TEST(check(bytes, "nothing") == whole);
}

BOOST_AUTO_TEST_CASE(a_file_is_whole_after_every_transaction_of_a_long_history) {
  std::mt19937_64 random{9};
  const auto dir = place.path() / "long";
  for (int round = 0; round < 40; ++round) {
    auto store = value_or_throw(lmdb_store::open(dir, small_map())); // which looks at all pages
    for (auto n = random() % 6; n > 0; --n) {
      const std::string value(random() % 3 == 0 ? random() % 200'000 : random() % 500, 'v');
      write_batch batch;
      for (auto k = random() % 40; k > 0; --k)
        batch.put(std::to_string(random() % 1000), as_bytes(value));
      if (random() % 4 == 0)
        batch.erase_range(std::to_string(random() % 1000), {});
      require_ok(store->apply(batch));
    }
  }
}

BOOST_AUTO_TEST_CASE(after_a_meta_page_could_not_be_written_there_is_what_was_there_before) {
  // LMDB then writes that page again, with the roots of the new transaction under the number and the last page of the
  // one before it.
  constexpr std::uint64_t last_page_and_number = 136;
  for (const bool begins_with_nothing : {false, true}) {
    const auto dir = place.path() / (begins_with_nothing ? "nothing" : "something");
    const auto store = value_or_throw(lmdb_store::open(dir, small_map()));
    for (std::uint64_t transaction = 1; transaction <= 8; ++transaction) {
      const auto there = contents(*store);
      const auto before = read_file(dir / "data.mdb");
      const auto key = std::to_string(transaction);
      write_batch batch;
      batch.put(key, as_bytes(key));
      if (transaction == 1 && begins_with_nothing)
        batch.erase(key);
      require_ok(store->apply(batch));
      auto failed = read_file(dir / "data.mdb");
      const auto where = transaction % 2 * page_bytes + last_page_and_number;
      failed.replace(where, 16, before, where, 16);
      BOOST_TEST(check(failed, "transaction " + key, there) == whole);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_file_that_was_cut_is_refused) {
  const auto pages = used / page_bytes;
  const auto step = std::max<std::uint64_t>(1, pages / (20 * seed_count(1)));
  for (std::uint64_t page = 0; page < pages; page += step)
    check(bytes.substr(0, page * page_bytes), "cut before page " + std::to_string(page));
}

BOOST_AUTO_TEST_CASE(a_flipped_bit_in_a_meta_page_is_told_or_harmless) {
  // All that a meta page has is in its first bytes.
  std::mt19937_64 random{3};
  for (std::uint64_t i = 0; i < 40 * seed_count(1); ++i) {
    const auto byte = random() % 2 * page_bytes + random() % 152;
    const auto bit = static_cast<unsigned>(random() % 8);
    check(flipped(byte, bit), "bit " + std::to_string(bit) + " of byte " + std::to_string(byte));
  }
  // The number of the transaction, bit by bit.
  for (const auto meta : {std::uint64_t{0}, page_bytes})
    for (unsigned bit = 0; bit < 8; ++bit)
      BOOST_TEST(check(flipped(meta + 144, bit), "transaction, bit " + std::to_string(bit)) == refused);
}

BOOST_AUTO_TEST_CASE(a_flipped_bit_in_the_header_of_a_page_is_told_or_harmless) {
  std::mt19937_64 random{4};
  for (std::uint64_t i = 0; i < 60 * seed_count(1); ++i) {
    const auto byte = random() % (used / page_bytes) * page_bytes + random() % 64;
    const auto bit = static_cast<unsigned>(random() % 8);
    check(flipped(byte, bit), "bit " + std::to_string(bit) + " of byte " + std::to_string(byte));
  }
}

BOOST_AUTO_TEST_CASE(a_flipped_bit_anywhere_is_told_or_harmless) {
  std::mt19937_64 random{6};
  for (std::uint64_t i = 0; i < 30 * seed_count(1); ++i) {
    const auto byte = random() % used;
    const auto bit = static_cast<unsigned>(random() % 8);
    check(flipped(byte, bit), "bit " + std::to_string(bit) + " of byte " + std::to_string(byte));
  }
}

BOOST_AUTO_TEST_CASE(a_page_of_zeros_is_told_or_harmless) {
  const auto pages = used / page_bytes;
  const auto step = std::max<std::uint64_t>(1, pages / (20 * seed_count(1)));
  for (std::uint64_t page = 0; page < pages; page += step) {
    auto content = bytes;
    std::fill_n(content.begin() + static_cast<std::ptrdiff_t>(page * page_bytes), page_bytes, '\0');
    check(content, "page " + std::to_string(page) + " is zeros");
  }
}

BOOST_AUTO_TEST_SUITE_END()
