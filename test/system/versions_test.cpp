// SPDX-License-Identifier: BSD-3-Clause
//
// Programs that go back to an older commit, and copies of their checkpoints: real processes, a real directory.
#include "programs.hpp"

#include <support/temporary_directory.hpp>

#include <boost/test/unit_test.hpp>

#include <fstream>

using namespace sluice::test;

namespace {

/// A program whose batch n counts n numbers, over all its lives, and the directory where it remembers that.
struct fixture {
  temporary_directory place;
  std::string checkpoint = (place.path() / "checkpoint").string();
  std::string copy = (place.path() / "copy").string();

  static arguments in(const std::string& directory, const arguments& options = {}) {
    return arguments{"500", directory, "--interval", "20ms"} + options;
  }

  /// Lets it run for some batches and stop. Returns what it printed.
  std::vector<printed_batch> run(const arguments& given, std::size_t batches, const std::string& log = {}) {
    program it{"queue_totals", given};
    BOOST_TEST_REQUIRE(it.wait_for_batch_count(batches), it.err());
    BOOST_TEST((it.stop() == stopped_as_asked), it.err());
    BOOST_TEST(it.err().find(log) != std::string::npos, it.err());
    return it.batches();
  }

  /// Checks that it ends with 1, and says this.
  void check_fails(const arguments& given, const std::string& words) {
    program it{"queue_totals", given};
    BOOST_TEST((it.wait(patience) == exit_status{1, 0}), it.err());
    BOOST_TEST(it.err().find(words) != std::string::npos, it.err());
  }
};

std::size_t size_of(const printed_batch& x) { return counts_of(x).size(); }

} // namespace

BOOST_FIXTURE_TEST_SUITE(versions, fixture)

BOOST_AUTO_TEST_CASE(a_program_goes_on_from_the_commit_that_was_asked_for) {
  const auto first = run(in(checkpoint, {"--keep-versions", "100"}), 10);
  const auto& back_to = first[first.size() - 5];
  const auto time = std::to_string(back_to.time);
  const auto again = run(in(checkpoint, {"--keep-versions", "100", "--recover-at", std::to_string(back_to.time + 1)}),
                         3, "it goes on from the commit of batch " + time + " ms; 4 later, up to");
  BOOST_TEST(size_of(again.front()) == size_of(back_to) + 1);
  // What was committed after it is gone.
  const auto next = run(in(checkpoint), 1);
  BOOST_TEST(size_of(next.front()) == size_of(again.back()) + 1);
  check_fails(in(checkpoint, {"--recover-at", "1"}), "the oldest commit that it has is");
}

BOOST_AUTO_TEST_CASE(a_savepoint_is_written_at_a_graceful_end_and_a_program_can_go_on_from_it) {
  const auto first = run(in(checkpoint, {"--savepoint", copy}), 5, "savepoint " + copy + " is written, of batch ");
  const auto more = run(in(checkpoint), 3);
  BOOST_TEST(size_of(more.front()) == size_of(first.back()) + 1);
  const auto from_copy = run(in(copy), 1, "continues from checkpoint " + copy);
  BOOST_TEST(size_of(from_copy.front()) == size_of(first.back()) + 1);
}

BOOST_AUTO_TEST_CASE(a_savepoint_that_cannot_be_written_is_an_error) {
  std::filesystem::create_directory(copy);
  std::ofstream{copy + "/file"} << "text";
  program it{"queue_totals", in(checkpoint, {"--savepoint", copy})};
  BOOST_TEST_REQUIRE(it.wait_for_batch_count(2), it.err());
  BOOST_TEST((it.stop() == exit_status{1, 0}), it.err());
  BOOST_TEST(it.err().find("error: the savepoint '" + copy + "' cannot be written: there is something at that place")
                 != std::string::npos,
             it.err());
}

BOOST_AUTO_TEST_SUITE_END()
