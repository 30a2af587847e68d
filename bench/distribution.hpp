// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace sluice::bench {

/// How often each of many values was met.
class distribution {
public:
  void add(double value, std::uint64_t times = 1) {
    values_.emplace_back(value, times);
    count_ += times;
    sorted_ = false;
  }

  void add_all(const distribution& other) {
    for (const auto& [value, times] : other.values_)
      add(value, times);
  }

  std::uint64_t count() const { return count_; }

  /// The least value that is not less than a share `p` of all; 0 of none.
  double quantile(double p) {
    if (!std::exchange(sorted_, true))
      std::ranges::sort(values_);
    const auto below = p * static_cast<double>(count_);
    std::uint64_t seen = 0;
    for (const auto& [value, times] : values_)
      if (seen += times; static_cast<double>(seen) >= below)
        return value;
    return 0;
  }

private:
  std::vector<std::pair<double, std::uint64_t>> values_;
  std::uint64_t count_ = 0;
  bool sorted_ = false;
};

} // namespace sluice::bench
