// SPDX-License-Identifier: BSD-3-Clause
//
// A program that reads files dies again and again: real processes, a real directory, kill -9.
#include "programs.hpp"

#include <support/temporary_directory.hpp>

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <map>
#include <random>

using namespace sluice::test;
namespace fs = std::filesystem;

namespace {

/// A directory to which files come, whoever reads them; each has a line of its own, once or often.
class folder {
public:
  void put(int lines = 1) {
    const auto name = "file" + std::to_string(expected_.size());
    const auto hidden = place_.path() / ('.' + name);
    {
      std::ofstream out{hidden};
      for (auto i = 0; i < lines; ++i)
        out << name << '\n';
    }
    fs::rename(hidden, place_.path() / name);
    expected_[name] += lines;
  }

  std::string path() const { return place_.path().string(); }
  const word_counts& expected() const { return expected_; }

private:
  temporary_directory place_;
  word_counts expected_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(file_recovery)

BOOST_AUTO_TEST_CASE(every_file_counts_exactly_once_however_often_the_process_is_killed) {
  const temporary_directory checkpoint;
  folder files;
  std::mt19937 random{11};
  const auto shared_syncs = arguments{"--checkpoint-interval", "3"};
  for (auto life = 0; life < 6; ++life) {
    program it{"folder_totals", arguments{files.path(), checkpoint.path().string(), "--interval", "50ms"}
                                    + (life % 2 == 1 ? shared_syncs : arguments{})};
    // A first process that dies before its first commit leaves nothing to go on from.
    BOOST_TEST_REQUIRE(it.wait_for_batch_count(8), it.err());
    for (auto n = 10 + random() % 40; n > 0; --n) {
      files.put();
      BOOST_TEST_REQUIRE(!it.wait(std::chrono::milliseconds{random() % 10}).has_value(), it.err());
    }
    it.signal(SIGKILL);
    BOOST_TEST((it.wait(patience) == exit_status{-1, SIGKILL}));
    for (auto n = random() % 5; n > 0; --n)
      files.put();
  }
  program it{"folder_totals", {files.path(), checkpoint.path().string(), "--interval", "50ms"}};
  const auto all_are_there = [&](const auto& batches) {
    return !batches.empty() && counts_of(batches.back()).size() == files.expected().size();
  };
  BOOST_TEST(it.wait_for_batches(all_are_there), it.err());
  BOOST_TEST((it.stop() == stopped_as_asked), it.err());
  BOOST_TEST((counts_of(it.batches().back()) == files.expected()));
}

BOOST_AUTO_TEST_CASE(large_files_that_are_read_over_many_batches_count_exactly_once_however_often_it_is_killed) {
  const temporary_directory checkpoint;
  folder files;
  std::mt19937 random{12};
  const arguments how{files.path(), checkpoint.path().string(), "--interval", "20ms"};
  for (auto life = 0; life < 8; ++life) {
    program it{"folder_totals", how};
    BOOST_TEST_REQUIRE(it.wait_for_batch_count(3), it.err());
    if (life % 2 == 0)
      files.put(20'000); // about fifty batches
    files.put();
    const auto batches = it.batches().size() + 5 + random() % 40;
    BOOST_TEST_REQUIRE(it.wait_for_batch_count(batches), it.err());
    it.signal(SIGKILL);
    BOOST_TEST((it.wait(patience) == exit_status{-1, SIGKILL}));
  }
  program it{"folder_totals", how};
  const auto all_are_there = [&](const auto& batches) {
    return !batches.empty() && counts_of(batches.back()) == files.expected();
  };
  BOOST_TEST(it.wait_for_batches(all_are_there), it.err());
  BOOST_TEST((it.stop() == stopped_as_asked), it.err());
  BOOST_TEST((counts_of(it.batches().back()) == files.expected()));
}

BOOST_AUTO_TEST_SUITE_END()
