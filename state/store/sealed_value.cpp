// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/store/sealed_value.hpp>

#include <sluice/actors/base/crc32c.hpp>

#include <bit>
#include <cstdint>
#include <cstring>

namespace sluice {

namespace {

static_assert(std::endian::native == std::endian::little, "stored numbers are little-endian and copied as they are");

struct seal_header {
  std::uint32_t crc;
  std::uint32_t length;
};
static_assert(sizeof(seal_header) == 8);

std::uint32_t checksum(std::string_view key, bytes_view value) {
  return crc32c(std::as_bytes(std::span{key})) ^ crc32c(value);
}

} // namespace

void seal(std::string_view key, bytes_view value, std::byte* out) {
  const seal_header header{checksum(key, value), static_cast<std::uint32_t>(value.size())};
  std::memcpy(out, &header, sizeof(header));
  if (!value.empty())
    std::memcpy(out + sizeof(header), value.data(), value.size());
  const auto used = sizeof(header) + value.size();
  std::memset(out + used, 0, sealed_size(value.size()) - used);
}

expected<bytes_view> unseal(std::string_view key, bytes_view stored) {
  // The length is compared with what the store says before any byte of the value is read: a damaged length must not
  // lead outside the file.
  if (stored.size() >= sizeof(seal_header)) {
    seal_header header;
    std::memcpy(&header, stored.data(), sizeof(header));
    if (header.length <= max_value_bytes && sealed_size(header.length) == stored.size()) {
      const auto value = stored.subspan(sizeof(header), header.length);
      if (header.crc == checksum(key, value))
        return value;
    }
  }
  return make_error(ec::checksum_mismatch,
                    "the stored value of key '" + printable(key) + "' is damaged (its checksum does not match)");
}

std::string printable(std::string_view key) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string result;
  for (const char c : key) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f)
      result += c;
    else
      result += {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
  }
  return result;
}

} // namespace sluice
