// SPDX-License-Identifier: BSD-3-Clause
//
// What generated data is drawn with: the same numbers on every machine.
#pragma once

#include <cstdint>
#include <vector>

#include "digest.hpp"

namespace sluice::bench {

/// xorshift64*.
class random_numbers {
public:
  explicit random_numbers(std::uint64_t seed) : state_{mix(seed) | 1} {}

  std::uint64_t next() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return state_ * 0x2545F4914F6CDD1D;
  }

  /// Less than n.
  std::uint64_t below(std::uint64_t n) {
    __extension__ using wide = unsigned __int128;
    return static_cast<std::uint64_t>(static_cast<wide>(next()) * n >> 64);
  }

private:
  std::uint64_t state_;
};

/// Walker's alias table for ranks that are drawn in proportion to 1 / (rank + 1). Made with + - * / only, so that it is
/// the same on every machine.
class zipf {
public:
  explicit zipf(std::uint32_t n) : own_(n, std::uint64_t{1} << 32), other_(n) {
    double sum = 0;
    for (std::uint32_t i = 0; i < n; ++i)
      sum += 1.0 / (i + 1);
    std::vector<double> share(n);
    std::vector<std::uint32_t> small;
    std::vector<std::uint32_t> large;
    for (std::uint32_t i = 0; i < n; ++i) {
      share[i] = (1.0 / (i + 1)) / sum * n;
      other_[i] = i;
      (share[i] < 1 ? small : large).push_back(i);
    }
    while (!small.empty() && !large.empty()) {
      const auto s = small.back();
      const auto l = large.back();
      small.pop_back();
      own_[s] = static_cast<std::uint64_t>(share[s] * 4294967296.0);
      other_[s] = l;
      share[l] -= 1 - share[s];
      if (share[l] < 1) {
        large.pop_back();
        small.push_back(l);
      }
    }
  }

  std::uint32_t draw(random_numbers& random) const {
    const auto x = random.next();
    const auto i = static_cast<std::uint32_t>((x >> 32) * own_.size() >> 32);
    return (x & 0xFFFFFFFF) < own_[i] ? i : other_[i];
  }

private:
  std::vector<std::uint64_t> own_;
  std::vector<std::uint32_t> other_;
};

} // namespace sluice::bench
