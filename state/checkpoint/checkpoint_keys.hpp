// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <sluice/actors/base/time.hpp>
#include <sluice/state/checkpoint/manifest.hpp>

namespace sluice {

// The keys of a checkpoint, in multiples of 8 bytes so that blobs come back aligned. A blob's key is its kind (8
// bytes), operator number and partition (4 each), batch time and index (8 each), all big-endian: memcmp order is the
// order of replay. See docs/formats/checkpoint.md.

inline constexpr std::string_view identity_key{"identity", 8};
inline constexpr std::string_view commit_tag{"commit\0\0", 8};
inline constexpr std::string_view delta_tag{"delta\0\0\0", 8};
inline constexpr std::string_view base_tag{"base\0\0\0\0", 8};
inline constexpr std::string_view partial_tag{"partial\0", 8};

/// The key of the manifest of a commit. Requires time >= 0.
std::string commit_key(batch_time time);

/// The time in the key of a manifest; nothing if `key` is none. Format version 3 had one manifest, under the tag alone.
std::optional<batch_time> parse_commit_key(std::string_view key);

/// The first key after all keys with this tag.
std::string end_of_tag(std::string_view tag);

/// The key of one blob. Requires time >= 0.
std::string blob_key(std::string_view tag, manifest::state_key state, batch_time time, std::uint64_t index);

/// The first key after all blobs of `state` of this kind.
std::string end_of_state(std::string_view tag, manifest::state_key state);

/// The first key of this kind of operator `number`; of the one after it, the end of its keys. Numbers in use are below
/// the largest, so that there is always one after.
std::string first_of_operator(std::string_view tag, std::uint32_t number);

/// What a blob's key says; nothing if `key` is none.
struct blob_position {
  batch_time time;
  std::uint64_t index = 0;
};
std::optional<blob_position> parse_blob_key(std::string_view key);

} // namespace sluice
