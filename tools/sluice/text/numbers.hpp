// SPDX-License-Identifier: BSD-3-Clause
//
// Numbers as people read them. A number that is not known is "-".
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::tool {

/// 9,828 below ten thousand, then 38 k, 1.2 M, 3.4 G.
std::string count_text(std::optional<double> x);

/// Records per second: 0.5/s, 820/s, 1.2 M/s.
std::string rate_text(std::optional<double> x);

/// 512 B, 1.5 KiB, 175 MiB.
std::string bytes_text(std::optional<double> x);

/// A duration given in milliseconds: 0.31 ms, 12 ms, 1.4 s, 2 min 5 s, 3 h 12 min, 2 d 4 h.
std::string ms_text(std::optional<double> x);

/// A share as percent: 0.4 %, 12 %, 112 %.
std::string share_text(std::optional<double> x);

/// "1 batch", "2 batches" if `many` is "batches".
std::string counted(double n, std::string_view one, std::string_view many);

/// A time in milliseconds since the epoch, in the time of this machine: 2026-01-31 23:59:59, or 23:59:59.
std::string date_text(std::optional<double> x);
std::string time_text(std::optional<double> x);

/// Reads 500ms, 1s, 2m, 1h; nothing if it is none of these, or longer than a year.
std::optional<std::chrono::milliseconds> parse_time(std::string_view text);

} // namespace sluice::tool
