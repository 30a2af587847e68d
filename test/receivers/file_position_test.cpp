// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/file/file_position.hpp>

#include <sluice/actors/base/errors.hpp>

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <limits>

using namespace sluice;

namespace {

file_position some_position() {
  return {.done = batch_time{5000},
          .oldest = batch_time{1000},
          .taken = {{"in/a", {batch_time{4000}, {1, 2, 3}}},
                    {"in/b \xFF", {batch_time{5000}, {-1, 0, std::numeric_limits<std::uint64_t>::max()}}},
                    {"", {batch_time{3000}, {}}}},
          .waiting = {{"in/c", {4, 5, 6}, 4, 7}, {"in/a", {8, 9, 10}}}};
}

} // namespace

BOOST_AUTO_TEST_SUITE(file_position_)

BOOST_AUTO_TEST_CASE(what_is_written_is_read) {
  for (const auto& x : {some_position(), file_position{}, file_position{.oldest = batch_time{1}}}) {
    const auto read = read_file_position(to_bytes(x, "in/*"), "in/*");
    BOOST_TEST_REQUIRE(static_cast<bool>(read));
    BOOST_TEST_REQUIRE(read->has_value());
    BOOST_TEST((**read == x));
  }
}

BOOST_AUTO_TEST_CASE(another_directory_has_no_position) {
  const auto read = read_file_position(to_bytes(some_position(), "in/*"), "in");
  BOOST_TEST_REQUIRE(static_cast<bool>(read));
  BOOST_TEST(!read->has_value());
}

BOOST_AUTO_TEST_CASE(what_is_cut_short_or_no_position_is_an_error_that_names_the_directory) {
  const auto whole = to_bytes(some_position(), "in");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const auto read = read_file_position(std::string_view{whole}.substr(0, length), "in");
    BOOST_TEST_REQUIRE(!read, "length " << length);
    BOOST_TEST(is(read.error(), ec::storage_failed));
    BOOST_TEST(describe(read.error()).starts_with("the checkpoint's position in 'in' cannot be read: "));
  }
  BOOST_TEST(!read_file_position(std::string(64, '\xFF'), "in"));
}

BOOST_AUTO_TEST_SUITE_END()
