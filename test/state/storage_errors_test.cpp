// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/store/storage_errors.hpp>

#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <string_view>

#include "../support/temporary_directory.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

constexpr std::uintmax_t plenty = std::uintmax_t{10} << 30;

bool says(int number, const disk_room& room, std::string_view words) {
  const auto sentence = explain_failed_write(number, room);
  BOOST_TEST_MESSAGE(sentence);
  return sentence.find(words) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(storage_errors_suite)

BOOST_AUTO_TEST_CASE(a_full_disk_is_called_that_also_where_a_write_was_cut_short) {
  for (const auto number : {ENOSPC, EIO}) {
    BOOST_TEST(says(number, {.free = 12'288}, "no space left on the disk (12 KiB are free); free some"));
    BOOST_TEST(says(number, {.free = 0}, "goes on from the last commit"));
    BOOST_TEST(!says(number, {.free = 0}, "failed"));
  }
  BOOST_TEST(says(ENOSPC, {.free = plenty}, "no space left")); // an inode is space, too
  BOOST_TEST(says(ENOSPC, {}, "no space left on the disk; free some"));
}

BOOST_AUTO_TEST_CASE(a_disk_with_room_that_fails_is_called_broken) {
  BOOST_TEST(says(EIO, {.free = plenty}, "the disk failed"));
  BOOST_TEST(says(EIO, {}, "the disk failed"));
}

BOOST_AUTO_TEST_CASE(limits_of_the_system_are_named) {
  for (const auto number : {EFBIG, EIO}) {
    BOOST_TEST(says(number, {.free = plenty, .file_limit = 262'144}, "longer than 256 KiB"));
    BOOST_TEST(says(number, {.free = plenty, .file_limit = 262'144}, "ulimit -f"));
  }
  BOOST_TEST(says(EDQUOT, {.free = plenty}, "your quota on this disk"));
  BOOST_TEST(says(EROFS, {.free = plenty}, "change its permissions"));
}

BOOST_AUTO_TEST_CASE(a_lack_of_room_is_told_from_other_failures) {
  BOOST_TEST(missing_room(ENOSPC, {.free = 12'288})
             == "there is no space left on the disk (12 KiB are free); free some");
  BOOST_TEST(!missing_room(EIO, {.free = 0}).empty());
  BOOST_TEST(!missing_room(EDQUOT, {.free = plenty}).empty());
  BOOST_TEST(missing_room(EIO, {.free = plenty}).empty());
  BOOST_TEST(missing_room(EIO, {.free = 0, .file_limit = 262'144}).empty());
  BOOST_TEST(missing_room(EROFS, {.free = 0}).empty());
}

BOOST_AUTO_TEST_CASE(an_error_names_the_directory) {
  const temporary_directory dir;
  const auto err = system_storage_error(dir.path(), EIO);
  BOOST_CHECK(is(err, ec::storage_failed));
  BOOST_TEST(describe(err).find("cannot keep state in '" + dir.path().string() + "': ") == 0U);
  BOOST_CHECK(room_in(dir.path()).free.has_value());
  BOOST_CHECK(!room_in(dir.path() / "not there").free.has_value());
}

BOOST_AUTO_TEST_SUITE_END()
