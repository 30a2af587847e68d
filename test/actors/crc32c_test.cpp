// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/base/crc32c.hpp>

#include <random>
#include <string_view>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace {

std::uint32_t crc_of(std::string_view text) { return sluice::crc32c(std::as_bytes(std::span{text})); }

/// The definition, bit by bit: polynomial 0x1EDC6F41, reflected.
std::uint32_t slow_crc32c(std::span<const std::byte> bytes) {
  std::uint32_t state = ~0U;
  for (const auto byte : bytes) {
    state ^= static_cast<std::uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit)
      state = state >> 1 ^ (state & 1 ? 0x82F63B78U : 0U);
  }
  return ~state;
}

} // namespace

BOOST_AUTO_TEST_SUITE(crc32c)

BOOST_AUTO_TEST_CASE(it_gives_the_values_of_rfc_3720) {
  std::vector<std::byte> up;
  std::vector<std::byte> down;
  for (unsigned i = 0; i < 32; ++i) {
    up.push_back(static_cast<std::byte>(i));
    down.push_back(static_cast<std::byte>(31 - i));
  }
  BOOST_TEST(sluice::crc32c(std::vector(32, std::byte{0})) == 0x8A9136AAU);
  BOOST_TEST(sluice::crc32c(std::vector(32, std::byte{0xFF})) == 0x62A8AB43U);
  BOOST_TEST(sluice::crc32c(up) == 0x46DD794EU);
  BOOST_TEST(sluice::crc32c(down) == 0x113FDB5CU);
  // B.4's last example: an iSCSI read command.
  using namespace std::string_view_literals;
  BOOST_TEST(crc_of("\x01\xC0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x14\0\0\0\0\0\x04\0\0\0\0\x14\0\0\0\x18\x28\0\0\0\0\0\0\0"
                    "\x02\0\0\0\0\0\0\0"sv)
             == 0xD9963A56U);
}

BOOST_AUTO_TEST_CASE(it_gives_the_check_value_of_the_algorithm) {
  BOOST_TEST(crc_of("123456789") == 0xE3069283U);
  BOOST_TEST(crc_of("") == 0U);
}

BOOST_AUTO_TEST_CASE(it_agrees_with_the_definition_at_every_length_and_alignment) {
  std::mt19937_64 random{1};
  std::vector<std::byte> bytes(600);
  for (auto& byte : bytes)
    byte = static_cast<std::byte>(random());
  for (std::size_t begin = 0; begin < 9; ++begin)
    for (std::size_t length = 0; begin + length <= bytes.size(); length += length < 70 ? 1 : 37) {
      const auto part = std::span{bytes}.subspan(begin, length);
      BOOST_REQUIRE_EQUAL(sluice::crc32c(part), slow_crc32c(part));
    }
}

BOOST_AUTO_TEST_SUITE_END()
