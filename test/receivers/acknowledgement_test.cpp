// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/socket/acknowledgement.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

using namespace sluice;

namespace {

/// Writes everything there is to write.
std::string write(acknowledgement_lines& x) {
  std::string result;
  while (!x.to_write().empty()) {
    result += x.to_write();
    x.written(x.to_write().size());
  }
  return result;
}

std::string store(acknowledgement_lines& x, std::uint64_t records) { return x.stored(records).value_or("none"); }

} // namespace

BOOST_AUTO_TEST_SUITE(acknowledgement_)

BOOST_AUTO_TEST_CASE(the_newest_number_is_written_once) {
  acknowledgement_lines x{acknowledgement::durable};
  x.begin();
  BOOST_TEST(x.are_complete());
  BOOST_TEST(write(x) == "");
  const auto two = store(x, 2);
  const auto seven = store(x, 7);
  BOOST_TEST(store(x, 7) == "none"); // nothing new
  BOOST_TEST(write(x) == "");
  x.cover(two);
  BOOST_TEST(write(x) == "2\n");
  BOOST_TEST(write(x) == "");
  BOOST_TEST(!x.are_complete());
  x.cover(seven);
  x.cover(two); // never backwards
  BOOST_TEST(write(x) == "7\n");
  BOOST_TEST(x.are_complete());
}

BOOST_AUTO_TEST_CASE(a_line_that_was_begun_is_finished_before_the_next) {
  acknowledgement_lines x{acknowledgement::committed};
  x.begin();
  x.cover(store(x, 100));
  BOOST_TEST(x.to_write() == "100\n");
  x.written(1);
  x.cover(store(x, 250));
  BOOST_TEST(!x.are_complete());
  BOOST_TEST(write(x) == "00\n250\n");
}

BOOST_AUTO_TEST_CASE(a_new_connection_counts_anew_and_takes_no_old_marks) {
  acknowledgement_lines x{acknowledgement::durable};
  x.begin();
  const auto old = store(x, 9);
  x.cover(store(x, 10));
  BOOST_TEST(x.to_write() == "10\n");
  x.written(1);
  x.begin();
  BOOST_TEST(write(x) == "");
  x.cover(old);
  BOOST_TEST(write(x) == "");
  x.cover(store(x, 1));
  BOOST_TEST(write(x) == "1\n");
}

BOOST_AUTO_TEST_CASE(one_block_at_a_time_is_handed_on_to_the_log) {
  acknowledgement_lines x{acknowledgement::durable};
  x.begin();
  BOOST_TEST(!x.take_flush());
  const auto one = store(x, 1);
  BOOST_TEST(x.take_flush());
  BOOST_TEST(!x.take_flush());
  const auto two = store(x, 2);
  BOOST_TEST(!x.take_flush()); // the log has not written the first one
  x.cover(one);
  BOOST_TEST(x.take_flush());
  x.cover(two);
  BOOST_TEST(!x.take_flush());
}

BOOST_AUTO_TEST_CASE(for_commits_nothing_is_handed_on_early) {
  acknowledgement_lines x{acknowledgement::committed};
  x.begin();
  store(x, 1);
  BOOST_TEST(!x.take_flush());
}

BOOST_AUTO_TEST_CASE(what_is_no_mark_of_a_connection_changes_nothing) {
  acknowledgement_lines x{acknowledgement::durable};
  x.begin();
  store(x, 5);
  for (const auto* mark : {"", "1", "one 5", "5 5", "1 "})
    x.cover(mark);
  BOOST_TEST(write(x) == "");
}

BOOST_AUTO_TEST_SUITE_END()
