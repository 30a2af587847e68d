// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice {

/// What a line of the log looks like.
enum class log_format : std::uint8_t {
  text, ///< 2026-02-28 12:00:00.123 info committed 3 batches
  json, ///< {"time":"2026-02-28T12:00:00.123Z","level":"info","message":"committed 3 batches"}: the time in UTC
};

/// All lines from now on look so. Programs that `sluice::run` runs have --log-format for it.
void set_log_format(log_format x);

namespace detail {

/// A message as a JSON string with its quotes. Bytes that are no UTF-8 are replaced, and a message longer than 8 KiB is
/// cut off.
std::string json_message(std::string_view text);

} // namespace detail

} // namespace sluice
