// SPDX-License-Identifier: BSD-3-Clause
//
// Files that vanish, that cannot be read, and that are passed over: what is said, and how the input goes on.
#include "file_reading.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using namespace sluice::test;

namespace {

constexpr auto both = {input_error_policy::skip_record, input_error_policy::skip_file};

input_error the_error(block_source& from) {
  const auto errors = from.take_errors();
  BOOST_TEST_REQUIRE(errors.size() == 1U);
  BOOST_TEST(from.take_errors().empty());
  return errors[0];
}

template <class Reading>
std::string the_warning(const Reading& x) {
  BOOST_TEST_REQUIRE(x.disk->warnings.size() == 1U);
  return x.disk->warnings[0];
}

} // namespace

BOOST_AUTO_TEST_SUITE(file_trouble)

BOOST_AUTO_TEST_CASE(a_file_renamed_between_listing_and_reading_is_read_under_its_new_name) {
  for (const std::uint64_t inode : {0, 7}) { // also on a disk without such numbers
    const auto x = lines();
    x.disk->files["in/a"] = {1'000'100, "a", 1};
    x.disk->files["in/x._COPYING_"] = {1'000'200, "x", inode};
    x.disk->after_listing = [&x] {
      if (auto moved = x.disk->files.extract("in/x._COPYING_")) {
        moved.key() = "in/x";
        x.disk->files.insert(std::move(moved));
      }
    };
    BOOST_TEST(x.records(1'001'000) == (texts{"a"}), boost::test_tools::per_element());
    BOOST_TEST(x.records(1'002'000) == (texts{"x"}), boost::test_tools::per_element());
    BOOST_TEST(x.records(1'003'000).empty());
    BOOST_TEST(x.disk->warnings.size() == (inode == 0 ? 1U : 0U));
  }
}

BOOST_AUTO_TEST_CASE(files_that_vanish_before_they_are_read_are_noted_once) {
  const auto x = lines();
  x.disk->files["in/a"] = {1'000'100, "a"};
  x.disk->files["in/b"] = {1'000'200, "b"};
  x.disk->after_listing = [&x] { x.disk->files.clear(); };
  BOOST_TEST(x.records(1'001'000).empty());
  BOOST_TEST(x.records(1'002'000).empty());
  BOOST_TEST(x.records(1'003'000).empty());
  BOOST_TEST(the_warning(x).starts_with("file 'in/a' has gone before it was read, and is left out; "));
  BOOST_TEST(x.from->take_errors().empty());
}

BOOST_AUTO_TEST_CASE(a_line_too_long_is_left_out_or_all_that_follows) {
  for (const std::size_t at_once : {1, 3, 7, 1000})
    for (const std::string end : {"", "\n", "\r\n", "\r"}) {
      const auto x = lines({.max_line = 5, .on_error = input_error_policy::skip_record});
      x.disk->read_at_most = at_once;
      x.disk->files["in/a"] = {1'000'100, "12345\r\n123456\nmore\n1234567890123456789\r\nlast\n123456" + end};
      BOOST_TEST(x.records(1'001'000) == (texts{"12345", "more", "last"}), boost::test_tools::per_element());
      const auto errors = x.from->take_errors();
      BOOST_TEST_REQUIRE(errors.size() == 3U);
      BOOST_TEST(
          (errors[0]
           == input_error{left_out::record, "in/a", 7, "a line is longer than the limit of 5 bytes (max_line)", 1}));
      BOOST_TEST(errors[1].offset == 19U);
      BOOST_TEST(errors[2].offset == 45U);
      BOOST_TEST(errors[2].number == 3U);
      BOOST_TEST(the_warning(x)
                 == "text_file_stream of 'in': left out a record of file 'in/a' at byte 7: a line is longer than the "
                    "limit of 5 bytes (max_line), and 2 more");
    }
  const auto x = lines({.max_line = 5, .on_error = input_error_policy::skip_file});
  x.disk->files["in/a"] = {1'000'100, "12345\r\n123456\nmore\n"};
  x.disk->files["in/b"] = {1'000'200, "b\n"};
  BOOST_TEST(x.records(1'001'000) == (texts{"12345", "b"}), boost::test_tools::per_element());
  const auto error = the_error(*x.from);
  BOOST_TEST((error.what == left_out::rest));
  BOOST_TEST(error.offset == 7U);
}

BOOST_AUTO_TEST_CASE(many_bad_records_are_counted_and_the_first_ones_told) {
  const auto x = lines({.max_line = 1, .on_error = input_error_policy::skip_record});
  std::string content;
  for (auto i = 0; i < 1000; ++i)
    content += "bad\n";
  x.disk->read_at_most = 1 << 20;
  x.disk->files["in/a"] = {1'000'100, content + "x\n"};
  BOOST_TEST(x.records(1'001'000) == (texts{"x"}), boost::test_tools::per_element());
  BOOST_TEST(x.from->take_errors().size() == 100U);
  BOOST_TEST(the_warning(x).ends_with(", and 999 more"));
  x.disk->files["in/b"] = {1'001'100, "bad\n"};
  BOOST_TEST(x.records(1'002'000).empty());
  BOOST_TEST(the_error(*x.from).number == 1001U);
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_opened_stops_the_input_until_it_can_or_is_left_out) {
  auto x = lines();
  x.disk->files["in/a"] = {1'000'100, "a"};
  x.disk->files["in/b"] = {1'000'200, "b"};
  x.disk->locked.insert("in/a");
  for (auto t = 1'001'000; t < 1'003'000; t += 1000) { // however often it is started
    BOOST_TEST(
        describe(x.failure(t)).starts_with("file 'in/a': cannot open 'in/a': Permission denied; mend or remove"));
    restart(x);
  }
  x.disk->locked.clear();
  BOOST_TEST(x.records(1'004'000) == (texts{"a", "b"}), boost::test_tools::per_element());
  for (const auto policy : both) {
    auto y = lines({.on_error = policy});
    y.disk->files = x.disk->files;
    y.disk->locked.insert("in/a");
    BOOST_TEST(y.records(1'001'000) == (texts{"b"}), boost::test_tools::per_element());
    BOOST_TEST(
        (the_error(*y.from) == input_error{left_out::file, "in/a", 0, "cannot open 'in/a': Permission denied", 1}));
    y.disk->locked.clear();
    BOOST_TEST(y.records(1'002'000).empty());
  }
}

BOOST_AUTO_TEST_CASE(a_file_that_is_cut_or_breaks_while_it_is_read_is_trouble) {
  for (const auto cut : {false, true}) {
    const auto break_it = [cut](const auto& x) {
      (cut ? x.disk->cut_to : x.disk->broken_after) = 8;
      x.disk->read_at_most = 4;
      x.disk->files["in/a"] = {1'000'100, "one\ntwo\nthree\n"};
    };
    const std::string reason = cut ? "it has been cut from 14 bytes to 8 while it was read" : "the disk is broken";
    const auto x = lines();
    break_it(x);
    const auto why = x.failure(1'001'000);
    BOOST_TEST(is(why, ec::storage_failed));
    BOOST_TEST(describe(why).starts_with("file 'in/a' at byte 8: " + reason + "; mend or remove"));
    for (const auto policy : both) {
      const auto y = lines({.on_error = policy});
      break_it(y);
      BOOST_TEST(y.records(1'001'000) == (texts{"one", "two"}), boost::test_tools::per_element());
      BOOST_TEST((the_error(*y.from) == input_error{left_out::rest, "in/a", 8, reason, 1}));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_file_mended_after_a_stop_goes_on_where_it_was) {
  auto x = lines({.max_line = 5});
  x.disk->files["in/a"] = {1'000'100, "one\ntwo\nmuch too long\nend\n", 1};
  BOOST_TEST(x.records(1'001'000, 1) == (texts{"one"}), boost::test_tools::per_element());
  BOOST_TEST(!!x.failure(1'002'000));
  restart(x, {.max_line = 5});
  x.disk->files["in/a"] = {1'002'100, "one\ntwo\nlong\nend\n", 2};
  BOOST_TEST(x.records(1'003'000) == (texts{"two", "long", "end"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_record_that_is_cut_short_is_left_out_with_or_without_its_file) {
  for (const auto policy : both) {
    reading<bytes_view> x;
    x.from = binary_records_input("in", 3, 1s, {.on_error = policy}, environment_of(x.disk)).make_source();
    x.disk->files["in/a"] = {100, "abcdefgh"};
    x.disk->files["in/b"] = {200, "abc"};
    const auto skips_file = policy == input_error_policy::skip_file;
    BOOST_TEST(x.records(1000, 1).size() == 1U);
    BOOST_TEST(x.records(2000).size() == (skips_file ? 0U : 2U));
    if (!skips_file) {
      const auto error = the_error(*x.from);
      BOOST_TEST((error.what == left_out::record));
      BOOST_TEST(error.offset == 6U);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_function_that_throws_costs_its_file_and_no_record_of_it_remains) {
  for (const auto policy : both) {
    reading<std::string_view> x;
    const auto parse = [](const auto&, std::string_view contents, auto& emit) {
      emit(contents);
      if (contents == "bad")
        throw std::runtime_error{"not well-formed"};
    };
    x.from = file_input<std::string_view>("in", parse, 1s, {.on_error = policy}, environment_of(x.disk)).make_source();
    x.disk->files["in/a"] = {100, "bad"};
    x.disk->files["in/b"] = {200, "good"};
    BOOST_TEST(x.records(1000) == (texts{"good"}), boost::test_tools::per_element());
    BOOST_TEST((the_error(*x.from) == input_error{left_out::file, "in/a", 0, "not well-formed", 1}));
  }
}

BOOST_AUTO_TEST_CASE(a_function_that_makes_too_much_of_a_file_is_an_error) {
  reading<std::string_view> x;
  const auto parse = [](input_file&, auto& emit) {
    for (;;)
      emit(std::string_view{"again and again"});
  };
  x.from = file_input<std::string_view>("in", parse, 1s, {.max_emitted = 1000}, environment_of(x.disk)).make_source();
  x.disk->files["in/a"] = {100, "a"};
  BOOST_TEST(describe(x.failure(1000))
                 .starts_with("file 'in/a': its records take more than the limit of 1000 bytes (max_emitted); mend"));
}

BOOST_AUTO_TEST_CASE(a_name_that_is_written_again_is_passed_over_with_a_warning_or_every_version_is_read) {
  const auto x = lines();
  const auto each = lines({.versions = file_versions::each_once});
  std::size_t by_name = 0;
  std::size_t by_version = 0;
  for (auto i = 0; i < 75; ++i) {
    const auto t = 1'001'000 + 1000 * i;
    for (const auto& disk : {x.disk, each.disk})
      disk->files["in/a"] = {t - 500, std::to_string(i), 100U + static_cast<unsigned>(i)};
    by_name += x.records(t).size();
    const auto found = each.records(t);
    BOOST_TEST(found == (texts{std::to_string(i)}), boost::test_tools::per_element());
    by_version += found.size();
  }
  BOOST_TEST(by_name == 2U);
  BOOST_TEST(by_version == 75U);
  BOOST_TEST(
      the_warning(x).starts_with("file 'in/a' has been modified since it was read, and is passed over: a name is "
                                 "read once in 60000 ms, and again as a whole if"));
  BOOST_TEST(each.disk->warnings.empty());
}

BOOST_AUTO_TEST_CASE(versions_are_told_apart_by_time_size_or_file_and_read_once_over_restarts) {
  const file_options options{.versions = file_versions::each_once};
  auto x = lines(options);
  x.disk->files["in/a"] = {1'000'100, "1", 1};
  BOOST_TEST(x.records(1'001'000).size() == 1U);
  restart(x, options);
  BOOST_TEST(x.records(1'002'000).empty());
  x.disk->files["in/a"] = {1'000'100, "2", 2};
  BOOST_TEST(x.records(1'003'000) == (texts{"2"}), boost::test_tools::per_element());
  x.disk->files["in/a"] = {1'000'100, "longer", 2};
  BOOST_TEST(x.records(1'004'000) == (texts{"longer"}), boost::test_tools::per_element());
  x.disk->files["in/a"] = {1'004'100, "longer", 2};
  restart(x, options);
  BOOST_TEST(x.records(1'005'000).size() == 1U);
  // One that is replaced before it was read: the next listing has the other.
  x.disk->files["in/a"] = {1'005'100, "old", 3};
  x.disk->after_listing = [&x] { x.disk->files["in/a"] = {1'005'200, "new", 4}; };
  BOOST_TEST(x.records(1'006'000).empty());
  BOOST_TEST(x.records(1'007'000) == (texts{"new"}), boost::test_tools::per_element());
  BOOST_TEST(the_warning(x).starts_with("file 'in/a': another version has come before this one was read"));
}

BOOST_AUTO_TEST_CASE(a_file_that_comes_with_an_old_date_is_passed_over_with_a_warning) {
  const auto x = lines();
  x.disk->files["in/before"] = {900'000, "was there", 1, 900'000};
  BOOST_TEST(x.records(1'001'000).empty());
  BOOST_TEST(x.disk->warnings.empty());
  x.disk->files["in/.hidden"] = {900'000, "not wanted", 2, 1'001'200};
  x.disk->files["in/moved"] = {900'000, "moved in", 3, 1'001'500};
  BOOST_TEST(x.records(1'002'000).empty());
  BOOST_TEST(x.records(1'003'000).empty());
  BOOST_TEST(the_warning(x).starts_with("file 'in/moved' has come with a modification time of 900000 ms since the Unix "
                                        "epoch, 102000 ms before its batch, and is passed over: files are read "
                                        "that"));
}

BOOST_AUTO_TEST_CASE(a_file_dated_far_ahead_waits_with_a_warning) {
  const auto x = lines();
  x.disk->files["in/a"] = {1'200'000, "later"};
  BOOST_TEST(x.records(1'001'000).empty());
  BOOST_TEST(x.records(1'002'000).empty());
  BOOST_TEST(the_warning(x).starts_with("file 'in/a' is dated 1200000 ms since the Unix epoch, which is still to come, "
                                        "199000 ms after its batch, and waits until then"));
  BOOST_TEST(x.records(1'200'000) == (texts{"later"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
