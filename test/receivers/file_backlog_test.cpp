// SPDX-License-Identifier: BSD-3-Clause
//
// More files, or larger ones, than one batch has room for: they are read over several batches, and over the deaths of
// the process each record counts once.
#include <support/environment.hpp>

#include "file_reading.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <random>

using namespace sluice;
using namespace std::chrono_literals;
using namespace sluice::test;

namespace {

constexpr std::uint64_t kib = 1024;

std::string numbered_lines(int count, const std::string& before = "line ") {
  std::string result;
  for (auto i = 0; i < count; ++i)
    result += before + std::to_string(i) + '\n';
  return result;
}

texts numbered(int count, const std::string& before = "line ") {
  texts result;
  for (auto i = 0; i < count; ++i)
    result.push_back(before + std::to_string(i));
  return result;
}

std::uint64_t bytes_of(const std::vector<batch>& blocks) {
  return std::accumulate(blocks.begin(), blocks.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const batch& x) { return sum + x.bytes().size(); });
}

template <class Records>
void append(texts& to, const Records& records) {
  to.insert(to.end(), records.begin(), records.end());
}

} // namespace

BOOST_AUTO_TEST_SUITE(file_backlog)

BOOST_AUTO_TEST_CASE(a_large_file_is_read_over_many_batches_each_within_its_room) {
  for (const auto restarts : {false, true}) {
    auto x = lines();
    x.disk->read_at_most = 1 << 20;
    x.disk->files["in/a"] = {1'000'100, numbered_lines(200'000)};
    texts found;
    auto batches = 0;
    for (std::int64_t t = 1'001'000; found.size() < 200'000U; t += 1000) {
      const auto blocks = x.blocks(t, 256 * kib);
      BOOST_TEST_REQUIRE(bytes_of(blocks) > 0U);
      BOOST_TEST_REQUIRE(bytes_of(blocks) < 258 * kib);
      append(found, records_of<std::string_view>(blocks));
      ++batches;
      if (restarts)
        restart(x);
    }
    BOOST_TEST((found == numbered(200'000)));
    BOOST_TEST(batches > 8);
    BOOST_TEST(x.records(2'000'000).empty());
  }
}

BOOST_AUTO_TEST_CASE(room_is_counted_in_blocks_not_in_bytes_of_the_file) {
  const auto x = lines();
  x.disk->read_at_most = 1 << 20;
  x.disk->files["in/a"] = {1'000'100, std::string(1 << 20, '\n')}; // each line takes more than its byte
  auto records = std::size_t{0};
  for (std::int64_t t = 1'001'000; records < 1 << 20; t += 1000) {
    const auto blocks = x.blocks(t, 300 * kib);
    BOOST_TEST_REQUIRE(bytes_of(blocks) > 0U);
    BOOST_TEST_REQUIRE(bytes_of(blocks) < 302 * kib);
    records += records_of<std::string_view>(blocks).size();
  }
  BOOST_TEST(records == std::size_t{1 << 20});
}

BOOST_AUTO_TEST_CASE(without_room_nothing_is_read_and_nothing_is_forgotten) {
  const auto x = lines({.min_remember_duration = 2s});
  x.disk->files["in/a"] = {1'000'100, "a\n"};
  for (std::int64_t t = 1'001'000; t < 1'010'000; t += 1000)
    BOOST_TEST(x.records(t, 0).empty());
  BOOST_TEST(x.records(1'010'000, 1) == (texts{"a"}), boost::test_tools::per_element());
  BOOST_TEST(x.records(1'011'000).empty());
}

BOOST_AUTO_TEST_CASE(files_that_wait_are_read_in_order_and_those_found_meanwhile_after_them) {
  const auto x = lines({.max_files_per_batch = 2});
  for (auto i = 0; i < 5; ++i)
    x.disk->files["in/" + std::to_string(i)] = {1'000'900 - i, std::to_string(i)};
  BOOST_TEST(x.records(1'001'000) == (texts{"4", "3"}), boost::test_tools::per_element());
  x.disk->files["in/late"] = {1'000'001, "late"};
  BOOST_TEST(x.records(1'002'000) == (texts{"2", "1"}), boost::test_tools::per_element());
  BOOST_TEST(x.from->description() == "in/2\nin/1");
  BOOST_TEST(x.records(1'003'000) == (texts{"0", "late"}), boost::test_tools::per_element());
  BOOST_TEST(x.records(1'004'000).empty());
}

BOOST_AUTO_TEST_CASE(a_batch_takes_about_as_many_bytes_as_it_may_and_says_which) {
  const auto x = lines({.max_bytes_per_batch = 25}); // the disk gives 7 at a time
  x.disk->files["in/a"] = {1'000'100, "0123456789\n0123456789\n0123456789\n"};
  x.disk->files["in/b"] = {1'000'200, "b\n"};
  BOOST_TEST(x.records(1'001'000).size() == 2U);
  BOOST_TEST(x.from->description() == "in/a (bytes 0 to 22)");
  BOOST_TEST(x.records(1'002'000).size() == 2U);
  BOOST_TEST(x.from->description() == "in/a (bytes 22 to 33)\nin/b");
}

BOOST_AUTO_TEST_CASE(records_of_a_fixed_length_go_on_at_their_boundary) {
  reading<bytes_view> x;
  const auto make = [&x] { return binary_records_input("in", 1000, 1s, {}, environment_of(x.disk)).make_source(); };
  x.from = make();
  x.disk->read_at_most = 1 << 20;
  std::string content;
  for (auto i = 0; i < 1500; ++i)
    content += std::string(1000, static_cast<char>(i));
  x.disk->files["in/a"] = {100, content};
  auto next = 0;
  for (std::int64_t t = 1000; next < 1500; t += 1000) {
    const auto blocks = x.blocks(t, 200 * kib);
    BOOST_TEST_REQUIRE(bytes_of(blocks) < 203 * kib);
    for (const auto& each : records_of<bytes_view>(blocks))
      BOOST_TEST_REQUIRE((each == bytes(1000, static_cast<std::byte>(next++))));
    const auto position = *x.from->position();
    x.from = make();
    BOOST_TEST(!x.from->resume(position));
  }
  BOOST_TEST(x.records(2'000'000).empty());
}

BOOST_AUTO_TEST_CASE(a_file_for_a_function_is_in_one_batch_and_one_at_least_is_read) {
  reading<std::string_view> x;
  const auto parse = [](const auto&, std::string_view contents, auto& emit) { emit(contents); };
  x.from = file_input<std::string_view>("in", parse, 1s, {}, environment_of(x.disk)).make_source();
  x.disk->read_at_most = 1 << 20;
  for (const auto* name : {"in/a", "in/b", "in/c"})
    x.disk->files[name] = {100, std::string(100'000, name[3])};
  BOOST_TEST(x.records(1000, 1).size() == 1U);
  BOOST_TEST(x.records(2000, 100'001).size() == 1U); // a record takes some bytes more than it has
  BOOST_TEST(x.records(3000).size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_file_that_waited_for_longer_than_the_window_is_read_and_then_known) {
  const auto x = lines({.min_remember_duration = 2s, .max_files_per_batch = 1});
  for (auto i = 0; i < 9; ++i)
    x.disk->files["in/" + std::to_string(i)] = {1'000'500, std::to_string(i)};
  for (auto i = 0; i < 9; ++i)
    BOOST_TEST(x.records(1'001'000 + 1000 * i) == (texts{std::to_string(i)}), boost::test_tools::per_element());
  x.disk->files["in/8"].modified_ms = 1'009'500; // touched within the window, counted from when it was read
  BOOST_TEST(x.records(1'010'000).empty());
}

BOOST_AUTO_TEST_CASE(what_waits_under_another_name_is_read_under_that_also_the_rest_of_a_file) {
  const auto x = lines({.min_remember_duration = 2s, .max_bytes_per_batch = 4});
  x.disk->files["in/a"] = {1'000'100, "one\ntwo\nthree\n", 1};
  x.disk->files["in/b"] = {1'000'200, "b", 2};
  BOOST_TEST(x.records(1'001'000, 1) == (texts{"one"}), boost::test_tools::per_element());
  const auto rename = [&x](const char* from, const char* to) {
    x.disk->files[to] = x.disk->files.at(from);
    x.disk->files.erase(from);
  };
  rename("in/a", "in/c");
  BOOST_TEST(x.records(1'005'000, 1) == (texts{"two"}), boost::test_tools::per_element());
  // Between listing and reading, as programs do that write under another name first.
  x.disk->after_listing = [&] {
    if (x.disk->files.contains("in/c"))
      rename("in/c", "in/d");
  };
  BOOST_TEST(x.records(1'006'000, 1) == (texts{"b"}), boost::test_tools::per_element());
  BOOST_TEST(x.records(1'007'000, 1) == (texts{"three"}), boost::test_tools::per_element());
  BOOST_TEST(x.records(1'008'000).empty());
  BOOST_TEST(x.disk->warnings.empty());
}

BOOST_AUTO_TEST_CASE(files_that_wait_outlast_a_directory_that_is_away_for_a_while) {
  const auto x = lines({.min_remember_duration = 2s, .max_files_per_batch = 1});
  x.disk->files["in/a"] = {1'000'100, "a"};
  x.disk->files["in/b"] = {1'000'200, "b"};
  BOOST_TEST(x.records(1'001'000).size() == 1U);
  const auto files = std::exchange(x.disk->files, {});
  x.disk->trouble = "there is no directory 'in'";
  BOOST_TEST(x.records(1'002'000).empty());
  x.disk->trouble.reset();
  x.disk->files = files;
  BOOST_TEST(x.records(1'060'000) == (texts{"b"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_file_in_progress_that_grows_or_is_mended_goes_on_and_another_does_not) {
  const auto begin = [] {
    auto x = lines();
    x.disk->files["in/a"] = {1'000'100, "one\ntwo\n", 1};
    BOOST_TEST(x.records(1'001'000, 1) == (texts{"one"}), boost::test_tools::per_element());
    return x;
  };
  {
    const auto x = begin();
    x.disk->files["in/a"] = {1'001'100, "one\ntwo\nthree\n", 1};
    BOOST_TEST(x.records(1'002'000) == (texts{"two", "three"}), boost::test_tools::per_element());
    BOOST_TEST(x.records(1'003'000).empty());
  }
  {
    const auto x = begin(); // an editor writes another file of the name
    x.disk->files["in/a"] = {1'001'100, "one\n2\n", 7};
    BOOST_TEST(x.records(1'002'000) == (texts{"2"}), boost::test_tools::per_element());
  }
  for (const std::string other : {"One\ntwo\n", "o", ""}) {
    auto x = begin();
    x.disk->files["in/a"] = {1'001'100, other, 1};
    BOOST_TEST(describe(x.failure(1'002'000))
                   .starts_with("file 'in/a' at byte 4: it has been cut, or replaced by another, after that much of it "
                                "had been read; mend or remove"));
    // It can be started again once the file has been removed.
    restart(x);
    BOOST_TEST(!!x.failure(1'003'000));
    x.disk->files.erase("in/a");
    restart(x);
    x.disk->files["in/b"] = {1'003'500, "b"};
    BOOST_TEST(x.records(1'004'000) == (texts{"b"}), boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(the_rest_of_a_file_that_has_gone_is_told_of) {
  const auto x = lines();
  x.disk->files["in/a"] = {1'000'100, "one\ntwo\n", 1};
  x.records(1'001'000, 1);
  x.disk->files.erase("in/a");
  BOOST_TEST(x.records(1'002'000).empty());
  const auto errors = x.from->take_errors();
  BOOST_TEST_REQUIRE(errors.size() == 1U);
  BOOST_TEST((errors[0] == input_error{left_out::rest, "in/a", 4, "it has gone", 1}));
  BOOST_TEST_REQUIRE(x.disk->warnings.size() == 2U);
  BOOST_TEST(x.disk->warnings[0] == "file 'in/a' at byte 4: it has gone before the rest was read, which is left out");
}

/// Files with lines of their own, whose reading is compared with what they had.
BOOST_AUTO_TEST_CASE(random_files_in_random_room_over_random_deaths_give_each_line_once_and_in_order) {
  std::size_t parts = 0;
  std::size_t renamed = 0;
  std::size_t vanished = 0;
  std::size_t deaths = 0;
  for (std::uint64_t seed = 0; seed < seed_count(80); ++seed) {
    std::mt19937_64 random{seed};
    const auto below = [&random](std::uint64_t n) { return random() % n; };
    const file_options options{.min_remember_duration = 5s,
                               .versions = seed % 2 == 0 ? file_versions::by_name : file_versions::each_once,
                               .max_files_per_batch = 1 + below(6),
                               .max_bytes_per_batch = 1 + below(20'000)};
    auto x = lines(options);
    std::map<std::string, int> lines_of; // by the file's first name
    std::map<std::string, std::string> first_name;
    std::map<std::string, bool> may_be_incomplete;
    struct commit {
      std::string position;
      std::map<std::string, int> seen;
      std::int64_t time;
    };
    std::vector<commit> commits;
    std::map<std::string, int> seen; // the next line of each
    const auto rename_one = [&] {
      if (x.disk->files.empty())
        return;
      const auto from = std::next(x.disk->files.begin(), static_cast<std::ptrdiff_t>(below(x.disk->files.size())));
      const auto was = first_name.at(from->first.string());
      if (seen[was] == lines_of[was])
        return; // a file that has been read is another one under another name
      const auto to = "in/renamed" + std::to_string(renamed++);
      x.disk->files[to] = from->second;
      first_name[to] = was;
      x.disk->files.erase(from);
    };
    x.disk->after_listing = [&] {
      if (below(4) == 0)
        rename_one();
    };
    std::int64_t t = 1'000'000;
    const auto pull = [&] {
      t += 1000;
      x.disk->read_at_most = 1 + below(9'000);
      for (const auto& line : x.records(t, 1 + below(40'000))) {
        const auto at = line.find(' ');
        auto& next = seen[line.substr(0, at)];
        BOOST_TEST_REQUIRE(line.substr(at + 1) == std::to_string(next), "seed " << seed << ": " << line);
        ++next;
      }
      parts += x.from->description().find("bytes") != std::string::npos ? 1 : 0;
      commits.push_back({*x.from->position(), seen, t});
    };
    for (auto batch = 0; batch < 40; ++batch) {
      for (auto n = below(3); n > 0; --n) {
        const auto name = "f" + std::to_string(lines_of.size());
        const auto count = below(5) == 0 ? 3000 : static_cast<int>(below(40));
        first_name["in/" + name] = name;
        lines_of[name] = count;
        x.disk->files["in/" + name] = {t + 1 + static_cast<std::int64_t>(below(900)), numbered_lines(count, name + ' '),
                                       lines_of.size()};
      }
      if (below(6) == 0)
        rename_one();
      if (below(12) == 0 && !x.disk->files.empty()) {
        const auto gone = std::next(x.disk->files.begin(), static_cast<std::ptrdiff_t>(below(x.disk->files.size())));
        may_be_incomplete[first_name.at(gone->first.string())] = true;
        x.disk->files.erase(gone);
        ++vanished;
      }
      x.disk->trouble = below(10) == 0 ? std::optional<std::string>{"no such luck"} : std::nullopt;
      pull();
      if (below(6) == 0) { // dies; batches that are not committed are read again
        for (auto lost = below(4); lost > 0 && commits.size() > 1; --lost)
          commits.pop_back();
        seen = commits.back().seen;
        x.from = text_file_input("in", 1s, options, environment_of(x.disk)).make_source();
        BOOST_TEST_REQUIRE(!x.from->resume(commits.back().position));
        ++deaths;
      }
    }
    x.disk->trouble.reset();
    x.disk->after_listing = nullptr;
    for (auto idle = 0; idle < 3;) {
      const auto before = seen;
      pull();
      idle = seen == before ? idle + 1 : 0;
    }
    for (const auto& [name, count] : lines_of)
      BOOST_TEST_REQUIRE((seen[name] == count || may_be_incomplete[name]),
                         "seed " << seed << ": " << seen[name] << " of " << count << " lines of " << name);
  }
  // The seeds are such that it all happens.
  BOOST_TEST(parts > 150U);
  BOOST_TEST(renamed > 30U);
  BOOST_TEST(vanished > 30U);
  BOOST_TEST(deaths > 90U);
}

BOOST_AUTO_TEST_SUITE_END()
