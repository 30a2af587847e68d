// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/socket/raw_frame.hpp>

#include <cstdint>
#include <span>
#include <utility>

#include <sluice/actors/base/errors.hpp>

namespace sluice {

namespace {

constexpr std::size_t length_bytes = 4;

} // namespace

std::string to_raw_frame(const batch& content) {
  const auto bytes = content.bytes(); // at most max_batch_bytes
  std::string result;
  result.reserve(length_bytes + bytes.size());
  for (const auto shift : {24U, 16U, 8U, 0U})
    result.push_back(static_cast<char>(bytes.size() >> shift & 0xFFU));
  result.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return result;
}

expected<raw_frame> read_raw_frame(std::string_view bytes, std::size_t max_frame) {
  if (bytes.size() < length_bytes)
    return raw_frame{};
  std::uint32_t length = 0;
  for (const auto c : bytes.substr(0, length_bytes))
    length = length << 8U | static_cast<unsigned char>(c);
  if (length > max_frame)
    return make_error(ec::malformed_batch, "a frame of " + std::to_string(length)
                                               + " bytes is longer than the limit of " + std::to_string(max_frame)
                                               + " (max_frame)");
  if (bytes.size() - length_bytes < length)
    return raw_frame{};
  auto content = batch::from_bytes(std::as_bytes(std::span{bytes.substr(length_bytes, length)}));
  if (!content)
    return std::move(content.error());
  return raw_frame{length_bytes + length, std::move(*content)};
}

} // namespace sluice
