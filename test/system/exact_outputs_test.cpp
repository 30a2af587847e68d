// SPDX-License-Identifier: BSD-3-Clause
//
// What is in files and in an SQLite file after a process that writes them has been killed again and again.
#include "programs.hpp"

#include <support/temporary_directory.hpp>

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <set>

#include <sluice/connectors/sqlite/database.hpp>

using namespace sluice::test;
namespace fs = std::filesystem;
namespace sqlite = sluice::sqlite;

namespace {

/// Whether batches that were cut and not committed run again under their own times. Where they do not, their lines come
/// again in other batches, and what they have written is not counted here: it is known by its time.
constexpr bool batches_run_again = true;

constexpr auto kills = 20;

using lines_by_batch = std::map<std::int64_t, std::multiset<std::string>>;

/// The input: files of lines that are all different.
class folder {
public:
  void put(int lines) {
    const auto name = "file" + std::to_string(files_++);
    const auto hidden = place_.path() / ('.' + name);
    {
      std::ofstream out{hidden};
      for (auto i = 0; i < lines; ++i) {
        const auto line = name + ": line " + std::to_string(i);
        out << line << '\n';
        expected_.insert(line);
      }
    }
    fs::rename(hidden, place_.path() / name);
  }

  std::string path() const { return place_.path().string(); }
  const std::multiset<std::string>& expected() const { return expected_; }

private:
  temporary_directory place_;
  int files_ = 0;
  std::multiset<std::string> expected_;
};

/// The directories of text that say of themselves that they are whole. Others with their name must not be there.
lines_by_batch lines_in_files(const fs::path& place) {
  lines_by_batch result;
  for (const auto& each : fs::directory_iterator{place}) {
    const auto name = each.path().filename().string();
    if (!name.starts_with("lines-"))
      continue;
    BOOST_TEST_REQUIRE(fs::exists(each.path() / "_SUCCESS"), name);
    auto& lines = result[std::stoll(name.substr(6))];
    for (const auto& part : fs::directory_iterator{each.path()}) {
      std::ifstream in{part.path()};
      for (std::string line; std::getline(in, line);)
        lines.insert(line);
    }
  }
  std::erase_if(result, [](const auto& x) { return x.second.empty(); });
  return result;
}

lines_by_batch lines_in_sqlite(const fs::path& file) {
  lines_by_batch result;
  sqlite::database opened{file, 5s};
  auto rows = opened.prepare("SELECT batch_ms, line FROM lines");
  while (rows.next())
    result[rows.integer(0).value()].insert(rows.text(1));
  return result;
}

/// The time of the last commit that a process has found.
std::int64_t last_commit(const program& it) {
  static const std::regex continued{R"(continues from checkpoint .*, committed up to batch (\d+) ms)"};
  std::smatch found;
  BOOST_TEST_REQUIRE(std::regex_search(it.err(), found, continued), it.err());
  return std::stoll(found[1]);
}

std::multiset<std::string> all_of(const lines_by_batch& batches) {
  std::multiset<std::string> result;
  for (const auto& [time, lines] : batches)
    result.insert(lines.begin(), lines.end());
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(exact_outputs)

BOOST_AUTO_TEST_CASE(files_and_sqlite_have_each_line_once_however_often_the_process_is_killed) {
  const temporary_directory checkpoint;
  const temporary_directory output;
  folder files;
  std::mt19937 random{13};
  const arguments how{files.path(), checkpoint.path().string(), output.path().string(), "--interval", "20ms"};
  std::vector<std::pair<std::int64_t, std::int64_t>> lost; // times of batches without a commit: after, before
  for (auto life = 0; life <= kills; ++life) {
    program it{"exact_outputs", how};
    // A first process that dies before its first commit leaves nothing to go on from.
    BOOST_TEST_REQUIRE(it.wait_for_batch_count(3), it.err());
    if (life != 0)
      lost.emplace_back(last_commit(it), it.batches().front().time);
    if (life == kills) {
      const auto everything_is_there = [&] {
        const auto found = all_of(lines_in_sqlite(output.path() / "lines.db"));
        return std::ranges::includes(found, files.expected());
      };
      BOOST_TEST(it.wait_until(everything_is_there, patience), it.err());
      BOOST_TEST((it.stop() == stopped_as_asked), it.err());
      break;
    }
    files.put(static_cast<int>(500 + random() % 2'000)); // some batches
    const auto batches = it.batches().size() + random() % 12;
    BOOST_TEST_REQUIRE(it.wait_for_batch_count(batches), it.err());
    BOOST_TEST_REQUIRE(!it.wait(std::chrono::milliseconds{random() % 20}).has_value(), it.err());
    it.signal(SIGKILL);
    BOOST_TEST((it.wait(patience) == exit_status{-1, SIGKILL}));
  }
  auto in_files = lines_in_files(output.path());
  auto in_sqlite = lines_in_sqlite(output.path() / "lines.db");
  if (!batches_run_again)
    for (auto* batches : {&in_files, &in_sqlite})
      std::erase_if(*batches, [&](const auto& x) {
        return std::ranges::any_of(lost, [&](const auto& gap) { return x.first > gap.first && x.first < gap.second; });
      });
  BOOST_TEST((in_files == in_sqlite)); // batch by batch
  BOOST_TEST((all_of(in_files) == files.expected()));
  BOOST_TEST((all_of(in_sqlite) == files.expected()));
  for (const auto& each : fs::directory_iterator{output.path()})
    BOOST_TEST(!each.path().filename().string().ends_with("_temporary"));
}

BOOST_AUTO_TEST_SUITE_END()
