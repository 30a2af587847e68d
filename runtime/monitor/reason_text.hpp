// SPDX-License-Identifier: BSD-3-Clause
//
// Figures as the sentences of reasons have them.
#pragma once

#include <chrono>
#include <cmath>
#include <cstdint>
#include <string>

namespace sluice::detail {

inline double in_ms(std::chrono::microseconds x) { return static_cast<double>(x.count()) / 1000; }

inline std::string percent(double share) { return std::to_string(std::lround(share * 100)) + " %"; }

inline std::string with_one_digit(double x) {
  const auto tenths = std::lround(x * 10);
  return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10);
}

inline std::string time_text(double ms) {
  return ms < 10 ? with_one_digit(ms) + " ms" : std::to_string(std::lround(ms)) + " ms";
}

inline std::string seconds_text(std::chrono::microseconds x) {
  return with_one_digit(std::chrono::duration<double>{x}.count()) + " s";
}

inline std::string bytes_text(double bytes) {
  constexpr double kib = 1024;
  if (bytes < 10 * kib)
    return std::to_string(std::lround(bytes)) + " bytes";
  return bytes < 10 * kib * kib ? std::to_string(std::lround(bytes / kib)) + " KiB"
                                : std::to_string(std::lround(bytes / kib / kib)) + " MiB";
}

inline std::string quoted(const std::string& name) { return '`' + name + '`'; }

} // namespace sluice::detail
