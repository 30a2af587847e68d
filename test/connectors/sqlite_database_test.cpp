// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/connectors/sqlite/database.hpp>

#include <filesystem>
#include <limits>
#include <string>

#include <boost/test/unit_test.hpp>

#include <support/temporary_directory.hpp>

#include <sluice/actors/base/errors.hpp>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

std::string failure_of(const auto& step) {
  try {
    step();
  } catch (const runtime_failure& e) {
    return e.what();
  }
  return {};
}

std::int64_t count_of(sqlite::database& file, const std::string& from) {
  auto count = file.prepare("SELECT count(*) FROM " + from);
  BOOST_TEST_REQUIRE(count.next());
  return count.integer(0).value();
}

} // namespace

BOOST_AUTO_TEST_SUITE(sqlite_database)

BOOST_AUTO_TEST_CASE(values_come_back_as_they_went) {
  const test::temporary_directory in;
  sqlite::database file{in.path() / "values.db", 1s};
  file.run("CREATE TABLE t (n INTEGER, x REAL, text TEXT, data BLOB)");
  auto insert = file.prepare("INSERT INTO t VALUES (?1, ?2, ?3, ?4)");
  const bytes data{std::byte{0}, std::byte{255}};
  const std::string text{"a\0b", 3};
  insert.bind(0, std::numeric_limits<std::int64_t>::min());
  insert.bind(1, 0.5);
  insert.bind(2, text);
  insert.bind(3, bytes_view{data});
  insert.run();
  insert.bind(0, nullptr);
  insert.bind(1, std::numeric_limits<double>::quiet_NaN());
  insert.bind(2, std::string_view{});
  insert.bind(3, bytes_view{});
  insert.run();
  auto all = file.prepare("SELECT n, x = 0.5, text, hex(data), x IS NULL, typeof(text), typeof(data) FROM t");
  BOOST_TEST_REQUIRE(all.next());
  BOOST_TEST(all.integer(0).value() == std::numeric_limits<std::int64_t>::min());
  BOOST_TEST(all.integer(1).value() == 1);
  BOOST_TEST(all.text(2) == text);
  BOOST_TEST(all.text(3) == "00FF");
  BOOST_TEST_REQUIRE(all.next());
  BOOST_TEST(!all.integer(0).has_value());
  BOOST_TEST(all.integer(4).value() == 1);
  BOOST_TEST(all.text(5) == "text");
  BOOST_TEST(all.text(6) == "blob");
  BOOST_TEST(!all.next());
}

BOOST_AUTO_TEST_CASE(a_name_is_a_name_whatever_its_characters) {
  const test::temporary_directory in;
  sqlite::database file{in.path() / "names.db", 1s};
  for (const std::string name : {"select", "a b", "a\"b", "x\"; DROP TABLE \"select\"; --", "ü", "'"}) {
    file.run("CREATE TABLE " + sqlite::quoted_name(name) + " (" + sqlite::quoted_name(name) + " INTEGER)");
    file.run("INSERT INTO " + sqlite::quoted_name(name) + " VALUES (1)");
    BOOST_TEST(count_of(file, sqlite::quoted_name(name)) == 1);
  }
  BOOST_TEST(count_of(file, "sqlite_schema") == 6);
}

BOOST_AUTO_TEST_CASE(what_is_rolled_back_has_not_happened) {
  const test::temporary_directory in;
  sqlite::database file{in.path() / "back.db", 1s};
  file.run("CREATE TABLE t (n INTEGER)");
  file.begin();
  file.run("INSERT INTO t VALUES (1)");
  file.roll_back();
  file.roll_back(); // does nothing
  BOOST_TEST(count_of(file, "t") == 0);
  file.begin();
  file.run("INSERT INTO t VALUES (1)");
  file.commit();
  sqlite::database other{in.path() / "back.db", 1s};
  BOOST_TEST(count_of(other, "t") == 1);
}

BOOST_AUTO_TEST_CASE(commits_are_on_the_disk_and_readers_do_not_wait) {
  const test::temporary_directory in;
  sqlite::database file{in.path() / "modes.db", 1s};
  auto synchronous = file.prepare("PRAGMA synchronous");
  BOOST_TEST_REQUIRE(synchronous.next());
  BOOST_TEST(synchronous.integer(0).value() == 2); // FULL
  file.run("CREATE TABLE t (n INTEGER)");
  file.begin();
  file.run("INSERT INTO t VALUES (1)");
  sqlite::database other{in.path() / "modes.db", 1ms};
  BOOST_TEST(count_of(other, "t") == 0);
}

BOOST_AUTO_TEST_CASE(errors_name_the_file_and_say_why) {
  const test::temporary_directory in;
  const auto path = in.path() / "errors.db";
  const auto missing = in.path() / "missing" / "x.db";
  BOOST_TEST(failure_of([&] { sqlite::database{missing, 1s}; })
             == "SQLite file '" + missing.string() + "': unable to open database file");
  sqlite::database file{path, 1s};
  BOOST_TEST(failure_of([&] { file.run("nonsense"); })
             == "SQLite file '" + path.string() + "': near \"nonsense\": syntax error");
  file.run("CREATE TABLE t (n INTEGER NOT NULL)");
  BOOST_TEST(failure_of([&] { file.run("INSERT INTO t VALUES (NULL)"); })
             == "SQLite file '" + path.string() + "': NOT NULL constraint failed: t.n");
  file.begin();
  sqlite::database other{path, 1ms};
  BOOST_TEST(failure_of([&] { other.begin(); }).find("database is locked; another program") != std::string::npos);
  file.roll_back();
  other.begin();
}

BOOST_AUTO_TEST_SUITE_END()
