// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/store/sealed_value.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <vector>

using namespace sluice;

namespace {

std::vector<std::byte> sealed(std::string_view key, std::string_view value) {
  std::vector<std::byte> result(sealed_size(value.size()));
  seal(key, std::as_bytes(std::span{value}), result.data());
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(sealed_value_suite)

BOOST_AUTO_TEST_CASE(a_value_comes_out_as_it_went_in) {
  for (const std::string_view value : {"", "a", "eight by", "nine byte"}) {
    const auto stored = sealed("key", value);
    const auto found = unseal("key", stored);
    BOOST_REQUIRE(found);
    BOOST_TEST(std::ranges::equal(*found, std::as_bytes(std::span{value})));
  }
}

BOOST_AUTO_TEST_CASE(every_flipped_bit_that_counts_is_noticed) {
  const std::string_view value = "a value of some length";
  const auto stored = sealed("key", value);
  for (std::size_t i = 0; i < 8 * (8 + value.size()); ++i) {
    auto damaged = stored;
    damaged[i / 8] ^= std::byte{1} << (i % 8);
    BOOST_TEST_CONTEXT("bit " << i)
    BOOST_TEST(!unseal("key", damaged));
  }
}

BOOST_AUTO_TEST_CASE(a_value_under_another_key_is_noticed) {
  const auto found = unseal("kez", sealed("key", "value"));
  BOOST_REQUIRE(!found);
  BOOST_TEST((found.error() == ec::checksum_mismatch));
}

BOOST_AUTO_TEST_CASE(a_value_that_was_cut_is_noticed) {
  const auto stored = sealed("key", "a value of some length");
  for (std::size_t size = 0; size < stored.size(); ++size)
    BOOST_TEST(!unseal("key", std::span{stored}.first(size)));
}

BOOST_AUTO_TEST_SUITE_END()
