// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/connectors/sqlite/sqlite_output.hpp>

#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <optional>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "../support/pipeline.hpp"
#include "../support/temporary_directory.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using test::pipeline;

namespace {

using strings = std::vector<std::string>;

strings rows_of(const std::filesystem::path& path, const std::string& query) {
  sqlite::database file{path, 1s};
  auto rows = file.prepare(query);
  strings result;
  while (rows.next())
    result.push_back(rows.text(0));
  return result;
}

/// A program of one stream and one output.
template <record T>
class one_output {
public:
  explicit one_output(sqlite_output<T> to, pipeline::options how = {}, const std::string& name = "out") {
    in_.write_to(std::move(to), name);
    run_.emplace(program_, how);
  }

  template <class Range>
  void batch(const Range& records) {
    run_->feed(in_, 0, records);
    run_->run_batch();
  }

private:
  test::composing program_;
  dstream<T> in_ = program_.template input<T>();
  std::optional<pipeline> run_;
};

template <record T>
std::string failure_of(sqlite_output<T> to, const std::vector<T>& records, pipeline::options how = {}) {
  one_output<T> run{std::move(to), how};
  try {
    run.batch(records);
  } catch (const std::exception& e) {
    return e.what();
  }
  return {};
}

struct measurement {
  std::string_view place;
  std::optional<double> value;
  bool good;
  std::chrono::seconds at;
};

enum class color : std::uint8_t { red, green };

} // namespace

BOOST_AUTO_TEST_SUITE(sqlite_output_of_records)

BOOST_AUTO_TEST_CASE(a_record_becomes_a_row_and_a_field_a_column) {
  const test::temporary_directory in;
  const auto path = in.path() / "rows.db";
  one_output<measurement> run{{path, "measured", {"place", "value", "good", "at"}, {.time_column = "batch"}}};
  run.batch(std::vector<measurement>{{"roof", 1.5, true, 3s}, {"it's \"cold\"", std::nullopt, false, -1s}});
  run.batch(std::vector<measurement>{{"", 2, true, 0s}});
  BOOST_TEST(rows_of(path, "SELECT batch || '|' || place || '|' || coalesce(value, 'none') || '|' || good || '|' || at "
                           "FROM measured ORDER BY rowid")
                 == (strings{"1000|roof|1.5|1|3", "1000|it's \"cold\"|none|0|-1", "2000||2.0|1|0"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(columns_have_names_of_their_own_where_none_are_given) {
  const test::temporary_directory in;
  const auto path = in.path() / "names.db";
  const auto names_of = [&](const std::string& table) {
    return rows_of(path, "SELECT name || ' ' || type FROM pragma_table_info('" + table + "')");
  };
  using counted = std::pair<std::string, std::int64_t>;
  using mixed = std::tuple<bytes, color, std::optional<float>>;
  one_output<counted>{{path, "pairs"}}.batch(std::vector{counted{"a", 1}});
  one_output<std::string>{{path, "texts"}}.batch(strings{"a"});
  one_output<mixed>{{path, "tuples"}}.batch(std::vector{mixed{bytes{}, color::green, std::nullopt}});
  BOOST_TEST((names_of("pairs") == strings{"key TEXT", "value INTEGER"}));
  BOOST_TEST((names_of("texts") == strings{"value TEXT"}));
  BOOST_TEST((names_of("tuples") == strings{"field1 BLOB", "field2 INTEGER", "field3 REAL"}));
  BOOST_TEST((rows_of(path, "SELECT field2 || typeof(field1) || typeof(field3) FROM tuples") == strings{"1blobnull"}));
}

BOOST_AUTO_TEST_CASE(names_that_cannot_be_are_refused_while_the_program_is_composed) {
  using out = sqlite_output<std::pair<int, int>>;
  BOOST_CHECK_THROW((out{"x.db", ""}), usage_error);
  BOOST_CHECK_THROW((out{"x.db", "sqlite_x"}), usage_error);
  BOOST_CHECK_THROW((out{"x.db", "_Sluice_outputs"}), usage_error);
  BOOST_CHECK_THROW((out{"x.db", "t", {"a"}}), usage_error);
  BOOST_CHECK_THROW((out{"x.db", "t", {"a", "A"}}), usage_error);
  BOOST_CHECK_THROW((out{"x.db", "t", {"a", ""}}), usage_error);
  BOOST_CHECK_THROW((out{"x.db", "t", {}, {.time_column = "key"}}), usage_error);
  BOOST_TEST(!std::filesystem::exists("x.db"));
}

BOOST_AUTO_TEST_CASE(a_batch_that_runs_again_is_taken_once) {
  const test::temporary_directory in;
  const auto path = in.path() / "again.db";
  const pipeline::options first{.partitions = 2, .block_records = 2};
  one_output<int>{{path, "t"}, first}.batch(std::vector{1, 2, 3, 4});
  auto again = first;
  again.reruns_until = batch_time{2000};
  one_output<int> second{{path, "t"}, again};
  second.batch(std::vector{1, 2, 3, 4});
  second.batch(std::vector{5, 6, 7, 8});
  BOOST_TEST((rows_of(path, "SELECT value FROM t ORDER BY value") == strings{"1", "2", "3", "4", "5", "6", "7", "8"}));
  BOOST_TEST(
      (rows_of(path, "SELECT output || ' ' || \"table\" || ' ' || partition || '/' || partitions || ' ' || batch "
                     "FROM _sluice_outputs")
       == strings{"out t 0/2 2000", "out t 1/2 2000"}));
}

BOOST_AUTO_TEST_CASE(a_partition_that_was_taken_alone_is_skipped_alone) {
  const test::temporary_directory in;
  const auto path = in.path() / "half.db";
  const pipeline::options how{.partitions = 2, .block_records = 2, .reruns_until = batch_time{1000}};
  {
    sqlite_output<int> half{path, "t"};
    half.on_start();
    const output_id id{"out", batch_time{1000}, 0, 2};
    BOOST_TEST(!half.begin(id).has_value());
    half.write(std::vector{1, 2}, id);
    half.commit(id);
    const output_id other{"out", batch_time{1000}, 1, 2};
    BOOST_TEST(!half.begin(other).has_value());
    half.write(std::vector{3, 4}, other); // and then it died
  }
  one_output<int>{{path, "t"}, how}.batch(std::vector{1, 2, 3, 4});
  BOOST_TEST((rows_of(path, "SELECT value FROM t ORDER BY value") == strings{"1", "2", "3", "4"}));
}

BOOST_AUTO_TEST_CASE(outputs_of_other_names_and_tables_are_other_outputs) {
  const test::temporary_directory in;
  const auto path = in.path() / "others.db";
  const pipeline::options how{.reruns_until = batch_time{1000}};
  one_output<int>{{path, "t"}, how, "a"}.batch(std::vector{1});
  one_output<int>{{path, "t"}, how, "b"}.batch(std::vector{2});
  one_output<int>{{path, "u"}, how, "a"}.batch(std::vector{3});
  BOOST_TEST((rows_of(path, "SELECT value FROM t") == strings{"1", "2"}));
  BOOST_TEST((rows_of(path, "SELECT value FROM u") == strings{"3"}));
}

BOOST_AUTO_TEST_CASE(a_new_batch_before_the_last_one_is_an_error) {
  const test::temporary_directory in;
  const auto path = in.path() / "clock.db";
  BOOST_TEST(failure_of<int>({path, "t"}, {1}, {.first = batch_time{5000}}) == "");
  const auto said = failure_of<int>({path, "t"}, {2});
  BOOST_TEST(said.find("batch 1000 ms of 'out' is new, but its output has taken batch 5000 ms") != said.npos, said);
  BOOST_TEST((rows_of(path, "SELECT value FROM t") == strings{"1"}));
}

BOOST_AUTO_TEST_CASE(a_batch_taken_in_part_needs_the_same_partitions) {
  const test::temporary_directory in;
  const auto path = in.path() / "partitions.db";
  BOOST_TEST(failure_of<int>({path, "t"}, {1, 2, 3, 4}, {.partitions = 2, .block_records = 2}) == "");
  const pipeline::options more{.partitions = 4, .block_records = 1, .reruns_until = batch_time{1000}};
  const auto said = failure_of<int>({path, "t"}, {1, 2, 3, 4}, more);
  BOOST_TEST(said.find("was taken in part with 2 partitions; start the program again with as many") != said.npos, said);
  auto later = more;
  later.first = batch_time{2000};
  BOOST_TEST(failure_of<int>({path, "t"}, {5}, later) == "");
  BOOST_TEST((rows_of(path, "SELECT value FROM t ORDER BY value") == strings{"1", "2", "3", "4", "5"}));
}

BOOST_AUTO_TEST_CASE(what_fails_in_the_middle_leaves_nothing_and_says_where) {
  const test::temporary_directory in;
  const auto path = in.path() / "failing.db";
  const auto said = failure_of<std::uint64_t>({path, "t"}, {1, ~std::uint64_t{0}});
  BOOST_TEST(said.find("18446744073709551615 does not fit a column") != said.npos, said);
  BOOST_TEST(rows_of(path, "SELECT value FROM t").empty());
  BOOST_TEST(rows_of(path, "SELECT batch FROM _sluice_outputs").empty());
  const auto missing = failure_of<int>({in.path() / "no" / "x.db", "t"}, {1});
  BOOST_TEST(missing.find("no/x.db': unable to open") != missing.npos, missing);
  const auto other = failure_of<int>({path, "t", {"another"}}, {1});
  BOOST_TEST(other.find("failing.db': table t has no column named another") != other.npos, other);
}

// One process after the other is killed while it writes, each goes on at a batch that it may have written already, as
// after a commit some batches ago, and each batch has the same records whenever it runs.
BOOST_AUTO_TEST_CASE(killed_at_any_time_it_ends_with_the_rows_of_one_uninterrupted_run) {
  const test::temporary_directory in;
  constexpr std::int64_t batches = 400;
  const auto records_of = [](std::int64_t t) {
    std::vector<int> result;
    for (auto n = 0; n < 20; ++n)
      result.push_back(static_cast<int>(t * 100 + n));
    return result;
  };
  const auto run = [&](const std::filesystem::path& path, std::int64_t first, std::optional<batch_time> reruns_until,
                       std::optional<int> begun) {
    one_output<int> program{
        {path, "t", {"n"}, {.time_column = "batch"}},
        {.partitions = 2, .block_records = 10, .first = batch_time{first * 1000}, .reruns_until = reruns_until}};
    for (auto t = first; t <= batches; ++t) {
      if (begun)
        BOOST_REQUIRE(::write(*begun, "b", 1) == 1);
      program.batch(records_of(t));
    }
  };
  run(in.path() / "uninterrupted.db", 1, {}, {});
  const auto path = in.path() / "killed.db";
  std::mt19937 random{5};
  std::int64_t committed = 0; // what a checkpoint would say
  auto kills = 0;
  for (auto ended = false; !ended;) {
    std::array<int, 2> begun{}; // a byte for each batch
    BOOST_REQUIRE(::pipe(begun.data()) == 0);
    const auto child = ::fork();
    if (child == 0) {
      run(path, committed + 1, batch_time{batches * 1000}, begun[1]);
      ::_exit(0);
    }
    ::close(begun[1]);
    if (kills < 25) {
      // So few batches a process that none ends before all have been killed, however fast the disk is.
      for (auto seen = random() % 8 + 1; seen > 0; --seen) {
        char batch = 0;
        BOOST_REQUIRE(::read(begun[0], &batch, 1) == 1);
      }
      ::usleep(static_cast<useconds_t>(random() % 2'000));
      ::kill(child, SIGKILL);
    }
    int status = 0;
    BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
    ::close(begun[0]);
    ended = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    BOOST_REQUIRE((ended || WIFSIGNALED(status)));
    kills += ended ? 0 : 1;
    if (std::filesystem::exists(path)
        && !rows_of(path, "SELECT name FROM sqlite_schema WHERE name = '_sluice_outputs'").empty())
      if (const auto last =
              rows_of(path, "SELECT CASE count(*) WHEN 2 THEN min(batch) / 1000 END FROM _sluice_outputs");
          !last.front().empty())
        committed = std::max<std::int64_t>(committed, std::stoll(last.front()) - static_cast<int>(random() % 4));
  }
  BOOST_TEST(kills == 25);
  const auto all = "SELECT batch || ':' || n FROM t ORDER BY batch, n";
  BOOST_TEST((rows_of(path, all) == rows_of(in.path() / "uninterrupted.db", all)));
}

BOOST_AUTO_TEST_SUITE_END()
