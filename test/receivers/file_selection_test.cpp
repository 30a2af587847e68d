// SPDX-License-Identifier: BSD-3-Clause
//
// Which files a batch takes, against all that ever happened, and what a process that goes on from a position takes.
#include <sluice/receivers/file/file_selection.hpp>

#include "file_reading.hpp"

#include <algorithm>
#include <map>
#include <random>

using namespace sluice;
using namespace std::chrono_literals;
using namespace sluice::test;

namespace {

std::string position_of(const reading<std::string_view>& x) { return *x.from->position(); }

/// What Spark's rules say, by looking at everything that ever happened; with the batches that could not look.
class naive_selection {
public:
  naive_selection(std::int64_t remember, std::int64_t oldest) : remember_{remember}, oldest_{oldest} {}

  /// A batch without a listing: what it would have taken is left to the next one that has one.
  void miss(std::int64_t t) { waiting_.push_back(t); }

  texts select(std::int64_t t, const fake_disk& disk) {
    miss(t);
    std::vector<std::pair<std::int64_t, std::string>> found;
    for (const auto& [path, file] : disk.files)
      if (std::ranges::any_of(waiting_, [&](auto each) { return is_taken_by(each, path, file.modified_ms); }))
        found.emplace_back(file.modified_ms, path.string());
    waiting_.clear();
    std::ranges::sort(found);
    texts result;
    for (const auto& [modified, path] : found) {
      history_.emplace_back(t, path);
      result.push_back(disk.files.at(path).content);
    }
    return result;
  }

private:
  bool is_taken_by(std::int64_t t, const std::filesystem::path& path, std::int64_t modified) const {
    const auto taken =
        std::ranges::any_of(history_, [&](const auto& x) { return x.second == path && x.first >= t - remember_; });
    const auto threshold = std::max(oldest_, t - remember_);
    return !path.filename().string().starts_with('.') && modified > threshold && modified <= t && !taken;
  }

  std::int64_t remember_;
  std::int64_t oldest_;
  std::vector<std::int64_t> waiting_;
  std::vector<std::pair<std::int64_t, std::string>> history_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(file_selection_)

BOOST_AUTO_TEST_CASE(random_arrivals_are_selected_as_the_rules_say_also_over_crashes) {
  std::size_t selected = 0;
  std::size_t selected_again = 0;
  std::size_t selected_after_crash = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    std::mt19937_64 random{seed};
    const auto below = [&random](std::int64_t n) {
      return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n));
    };
    const auto interval = duration{1 + below(1000)};
    const auto min_remember = duration{1 + below(6000)};
    const auto start = 1'000'000 + below(1000);
    const bool new_only = seed % 2 == 0;
    const file_options options{.new_files_only = new_only, .min_remember_duration = min_remember};
    auto x = lines(options, interval, start);
    // So many whole batches that they are no shorter.
    auto remember = interval.count();
    while (remember < min_remember.count())
      remember += interval.count();
    naive_selection model{remember, new_only ? start : 0};
    struct commit {
      std::int64_t time;
      std::string position;
      naive_selection model;
    };
    std::vector<commit> commits;
    std::map<std::string, int> times;
    auto t = start / interval.count() * interval.count();
    for (auto batch = 0; batch < 40; ++batch) {
      t += interval.count();
      for (auto n = below(4); n-- > 0;) {
        const auto path = "in/" + std::string(below(4) == 0 ? "." : "") + static_cast<char>('a' + below(12));
        if (below(5) == 0)
          x.disk->files.erase(path);
        else // clocks differ, and a file may be written again
          x.disk->files[path] = {t - below(2 * remember) + below(remember), path + " " + std::to_string(batch)};
      }
      const auto crashed = !commits.empty() && below(8) == 0;
      if (crashed) {
        for (auto uncommitted = below(5); uncommitted > 0 && commits.size() > 1; --uncommitted)
          commits.pop_back();
        t += below(3 * remember / interval.count()) * interval.count();
        x.disk->now = t - below(interval.count());
        restart(x, commits.back().position, options, interval);
        model = commits.back().model;
        for (auto missed = commits.back().time + interval.count(); missed < t; missed += interval.count())
          model.miss(missed);
      }
      x.disk->trouble.reset();
      if (below(6) == 0)
        x.disk->trouble = "no such luck";
      if (x.disk->trouble)
        model.miss(t);
      const auto expected = x.disk->trouble ? texts{} : model.select(t, *x.disk);
      const auto found = x.records(t);
      commits.push_back({t, position_of(x), model});
      selected_after_crash += crashed ? found.size() : 0;
      BOOST_TEST_REQUIRE(found == expected, "seed " << seed << ", batch " << batch);
      for (const auto& each : found)
        selected_again += times[each.substr(0, each.find(' '))]++ != 0 ? 1 : 0;
      selected += found.size();
    }
  }
  // The seeds are such that it all happens.
  BOOST_TEST(selected > 500U);
  BOOST_TEST(selected_again > 50U);
  BOOST_TEST(selected_after_crash > 100U);
}

BOOST_AUTO_TEST_CASE(files_of_batches_that_were_not_committed_are_read_again_and_no_others) {
  auto x = lines();
  x.disk->files["in/a"] = {1'000'500, "a"};
  x.records(1'001'000);
  const auto committed = position_of(x);
  x.disk->files["in/b"] = {1'001'500, "b"};
  x.disk->files["in/late"] = {990'000, "older than the stream"};
  BOOST_TEST(x.records(1'002'000) == (texts{"b"}), boost::test_tools::per_element());
  x.disk->files["in/c"] = {1'002'500, "c"};
  x.disk->files["in/gone"] = {1'002'600, "gone"};
  BOOST_TEST(x.records(1'003'000) == (texts{"c", "gone"}), boost::test_tools::per_element());
  // The process is down for hours. A file goes, another comes.
  x.disk->files.erase("in/gone");
  x.disk->files["in/d"] = {5'000'000, "d"};
  x.disk->now = 9'000'500;
  restart(x, committed);
  BOOST_TEST(x.records(9'001'000) == (texts{"b", "c", "d"}), boost::test_tools::per_element());
  BOOST_TEST(x.records(9'002'000).empty());
}

BOOST_AUTO_TEST_CASE(trouble_with_the_first_listing_after_a_crash_loses_nothing) {
  auto x = lines();
  x.records(1'001'000);
  const auto committed = position_of(x);
  x.disk->files["in/a"] = {1'001'500, "a"};
  restart(x, committed);
  x.disk->trouble = "it burns";
  BOOST_TEST(x.records(9'001'000).empty());
  restart(x, position_of(x));
  x.disk->trouble.reset();
  BOOST_TEST(x.records(9'002'000) == (texts{"a"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_longer_window_after_a_restart_does_not_read_again_what_a_shorter_one_has_forgotten) {
  const file_options all{.new_files_only = false, .min_remember_duration = 3s};
  auto x = lines(all);
  x.disk->files["in/a"] = {1'000'500, "a"};
  BOOST_TEST(x.records(1'001'000).size() == 1U);
  for (auto t = 1'002'000; t <= 1'010'000; t += 1000)
    BOOST_TEST(x.records(t).empty());
  x.disk->files["in/b"] = {1'010'500, "b"};
  restart(x, position_of(x), {.new_files_only = false}, 500ms);
  BOOST_TEST(x.records(1'011'000) == (texts{"b"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_position_in_another_directory_is_of_no_use) {
  auto x = lines();
  x.records(1'001'000);
  const auto committed = position_of(x);
  x.disk->files["out/a"] = {1'001'500, "a"};
  x.disk->files["out/b"] = {2'000'500, "b"};
  x.disk->now = 2'000'000;
  restart(x, committed, {}, 1s, "out");
  BOOST_TEST(x.records(2'001'000) == (texts{"b"}), boost::test_tools::per_element());
}

/// A clock that dates files and that somebody sets, beside batch times that go on.
struct set_clock {
  reading<std::string_view> x = lines();
  std::int64_t t = 1'000'000;
  int made = 0;

  /// A new file, made so many milliseconds from now.
  void make_file(std::int64_t in) {
    const auto dated = t + in - x.disk->ahead.count();
    const auto name = std::to_string(++made);
    x.disk->files["in/" + name] = {dated, name, 0, dated};
  }

  texts next_batch() {
    t += 1000;
    return x.records(t);
  }

  void make_files_for(int seconds) {
    for (auto i = 0; i < seconds; ++i) {
      make_file(500);
      BOOST_TEST(next_batch() == texts{std::to_string(made)}, boost::test_tools::per_element());
    }
  }

  /// Whether nothing is read again as batch times pass those of all files.
  bool is_quiet_for(int seconds) {
    for (auto i = 0; i < seconds; ++i)
      if (!next_batch().empty())
        return false;
    return true;
  }
};

BOOST_FIXTURE_TEST_CASE(a_clock_set_back_loses_no_file_and_reads_none_twice, set_clock) {
  make_files_for(400); // for longer than the time that comes again
  make_file(500);
  x.disk->ahead = 5min;
  make_file(600);
  BOOST_TEST(next_batch() == (texts{"402", "401"}), boost::test_tools::per_element()); // in order of their dates
  make_files_for(100);
  BOOST_TEST(is_quiet_for(400));
}

BOOST_FIXTURE_TEST_CASE(a_clock_set_forward_loses_no_file_and_reads_none_twice, set_clock) {
  make_files_for(100);
  make_file(500);
  x.disk->ahead = -5min;
  make_file(600);
  BOOST_TEST(next_batch() == (texts{"101", "102"}), boost::test_tools::per_element());
  make_files_for(100);
  BOOST_TEST(is_quiet_for(100));
  x.disk->ahead = 0min; // and back again
  make_files_for(100);
  BOOST_TEST(is_quiet_for(400));
}

BOOST_FIXTURE_TEST_CASE(a_clock_set_back_between_two_runs_reads_none_twice_and_all_that_come_then, set_clock) {
  make_files_for(400);
  x.disk->ahead = 5min;
  restart(x);
  BOOST_TEST(next_batch().empty());
  make_files_for(100);
  BOOST_TEST(is_quiet_for(400));
}

BOOST_FIXTURE_TEST_CASE(a_restart_long_after_the_jump_knows_of_it, set_clock) {
  make_files_for(10);
  x.disk->ahead = 5min;
  make_files_for(100);
  make_file(500);
  restart(x);
  make_file(600);
  BOOST_TEST(next_batch() == (texts{"111", "112"}), boost::test_tools::per_element());
  BOOST_TEST(is_quiet_for(400));
}

BOOST_AUTO_TEST_CASE(every_file_is_read_once_however_often_the_clock_is_set) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    std::mt19937_64 random{seed};
    const auto below = [&random](std::int64_t n) {
      return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n));
    };
    set_clock c;
    std::map<std::string, int> read;
    for (auto i = 0; i < 600; ++i) {
      if (below(3) == 0)
        c.make_file(1 + below(400));
      if (below(60) == 0)
        c.x.disk->ahead = duration{below(400'000) - 200'000};
      else if (below(60) == 0)
        restart(c.x);
      if (below(3) == 0)
        c.make_file(500 + below(400));
      for (const auto& x : c.next_batch())
        ++read[x];
    }
    for (auto i = 0; i < 300; ++i)
      for (const auto& x : c.next_batch())
        ++read[x];
    BOOST_REQUIRE_EQUAL(read.size(), static_cast<std::size_t>(c.made));
    BOOST_REQUIRE_MESSAGE(std::ranges::all_of(read, [](const auto& x) { return x.second == 1; }), "seed " << seed);
  }
}

BOOST_AUTO_TEST_SUITE_END()
