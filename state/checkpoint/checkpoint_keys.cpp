// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/checkpoint/checkpoint_keys.hpp>

#include <cassert>

namespace sluice {

namespace {

constexpr std::size_t blob_key_bytes = 32;

void append_number(std::string& key, std::uint64_t n) {
  for (int shift = 56; shift >= 0; shift -= 8)
    key += static_cast<char>(n >> shift);
}

std::uint64_t number_at(std::string_view key, std::size_t at) {
  std::uint64_t n = 0;
  for (const char c : key.substr(at, 8))
    n = n << 8 | static_cast<unsigned char>(c);
  return n;
}

/// The operator's number in the upper half, the partition in the lower.
std::uint64_t as_number(manifest::state_key state) {
  return std::uint64_t{state.operator_number} << 32 | state.partition;
}

std::string first_key(std::string_view tag, std::uint64_t state) {
  std::string key{tag};
  append_number(key, state);
  return key;
}

} // namespace

std::string commit_key(batch_time time) {
  assert(time >= batch_time{});
  return first_key(commit_tag, static_cast<std::uint64_t>(time.ms()));
}

std::optional<batch_time> parse_commit_key(std::string_view key) {
  if (!key.starts_with(commit_tag) || key.size() != 2 * commit_tag.size())
    return std::nullopt;
  return batch_time{static_cast<std::int64_t>(number_at(key, commit_tag.size()))};
}

std::string end_of_tag(std::string_view tag) {
  // A tag ends with a zero byte, so there is always a larger one of its length.
  std::string result{tag};
  ++result.back();
  return result;
}

std::string blob_key(std::string_view tag, manifest::state_key state, batch_time time, std::uint64_t index) {
  assert(time >= batch_time{});
  auto key = first_key(tag, as_number(state));
  append_number(key, static_cast<std::uint64_t>(time.ms()));
  append_number(key, index);
  return key;
}

std::string end_of_state(std::string_view tag, manifest::state_key state) {
  return first_key(tag, as_number(state) + 1);
}

std::string first_of_operator(std::string_view tag, std::uint32_t number) {
  return first_key(tag, as_number({number, 0}));
}

std::optional<blob_position> parse_blob_key(std::string_view key) {
  if (key.size() != blob_key_bytes)
    return std::nullopt;
  return blob_position{batch_time{static_cast<std::int64_t>(number_at(key, 16))}, number_at(key, 24)};
}

} // namespace sluice
