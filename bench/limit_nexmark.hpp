// SPDX-License-Identifier: BSD-3-Clause
//
// Four queries of NEXMark by hand: as much as a thread can do that reads an array from its beginning to its end.
#pragma once

#include <algorithm>
#include <array>
#include <barrier>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "event_data.hpp"
#include "huge_pages.hpp"
#include "limit_window.hpp"
#include "nexmark.hpp"
#include "parallel.hpp"

namespace sluice::bench {

/// Counts numbers other than 0.
class number_counts {
public:
  explicit number_counts(std::size_t slots = std::size_t{1} << 16) : keys_(slots), counts_(slots) {}

  std::uint32_t add(std::uint64_t key, std::uint32_t n) {
    const auto mask = keys_.size() - 1;
    for (auto i = hash_number(key) >> 32 & mask;; i = (i + 1) & mask) {
      if (keys_[i] == key)
        return counts_[i] += n;
      if (keys_[i] != 0)
        continue;
      keys_[i] = key;
      counts_[i] = n;
      if (++used_ * 2 > mask)
        grow();
      return n;
    }
  }

  bool contains(std::uint64_t key) const {
    const auto mask = keys_.size() - 1;
    auto i = hash_number(key) >> 32 & mask;
    while (keys_[i] != 0 && keys_[i] != key)
      i = (i + 1) & mask;
    return keys_[i] != 0;
  }

  template <class F>
  void for_each(F f) const {
    for (std::size_t i = 0; i < keys_.size(); ++i)
      if (keys_[i] != 0)
        f(keys_[i], counts_[i]);
  }

  void clear() {
    std::memset(keys_.data(), 0, keys_.size() * sizeof(keys_[0]));
    used_ = 0;
  }

private:
  void grow() {
    number_counts larger{keys_.size() * 2};
    for_each([&](std::uint64_t key, std::uint32_t n) { larger.add(key, n); });
    *this = std::move(larger);
  }

  huge_vector<std::uint64_t> keys_;
  huge_vector<std::uint32_t> counts_;
  std::size_t used_ = 0;
};

namespace limit_nexmark {

using events = std::span<const nexmark_event>;

/// Calls work(digest, share) on each thread.
template <class F>
digest on_shares(events all, std::size_t threads, F work) {
  std::vector<nexmark_digest> results(threads);
  run_on(threads, [&](std::size_t me) {
    nexmark_digest mine;
    work(mine, share_of(all, me, threads));
    results[me] = mine;
  });
  digest result{all.size(), 0, 0};
  for (const auto& x : results)
    result.merge(x);
  return result;
}

inline digest q1(events all, std::size_t threads) {
  return on_shares(all, threads, [](nexmark_digest& result, events mine) {
    for (const auto& x : mine)
      if (x.type == nexmark_type::bid)
        result.add_q1(x.a, x.b, in_euros(x.c));
  });
}

inline digest q2(events all, std::size_t threads) {
  return on_shares(all, threads, [](nexmark_digest& result, events mine) {
    for (const auto& x : mine)
      if (x.type == nexmark_type::bid && x.a % 123 == 0)
        result.add_q2(x.a, x.c);
  });
}

/// Each thread counts its share of a hop; the first one folds hops into windows.
inline digest q5(events all, std::size_t threads) {
  nexmark_digest result;
  std::vector<number_counts> parts(threads);
  std::array<number_counts, hops_of_a_window> hops;
  number_counts window;
  std::barrier everybody{static_cast<std::ptrdiff_t>(threads)};
  run_on(threads, [&](std::size_t me) {
    for (std::uint64_t hop = 0; hop < all.size() / events_of_a_hop; ++hop) {
      parts[me].clear();
      for (const auto& x : share_of(all.subspan(hop * events_of_a_hop, events_of_a_hop), me, threads))
        if (x.type == nexmark_type::bid)
          parts[me].add(x.a, 1);
      everybody.arrive_and_wait();
      if (me == 0) {
        auto& now = hops[hop % hops_of_a_window];
        now.clear();
        for (const auto& part : parts)
          part.for_each([&](std::uint64_t auction, std::uint32_t n) { now.add(auction, n); });
        if (hop + 1 >= hops_of_a_window) {
          window.clear();
          std::uint32_t most = 0;
          for (const auto& x : hops)
            x.for_each([&](std::uint64_t auction, std::uint32_t n) { most = std::max(most, window.add(auction, n)); });
          window.for_each([&](std::uint64_t auction, std::uint32_t n) {
            if (n == most)
              result.add_q5(hop + 1 - hops_of_a_window, auction, n);
          });
        }
      }
      everybody.arrive_and_wait();
    }
  });
  result.records = all.size();
  return result;
}

inline digest q8(events all, std::size_t threads) {
  const auto windows = all.size() / events_of_a_window;
  std::vector<nexmark_digest> results(threads);
  run_on(threads, [&](std::size_t me) {
    nexmark_digest mine;
    number_counts people;
    number_counts sellers;
    for (auto w = windows * me / threads; w < windows * (me + 1) / threads; ++w) {
      people.clear();
      sellers.clear();
      for (const auto& x : all.subspan(w * events_of_a_window, events_of_a_window))
        if (x.type == nexmark_type::person)
          people.add(x.a, 1);
        else if (x.type == nexmark_type::auction)
          sellers.add(x.b, 1);
      people.for_each([&](std::uint64_t person, std::uint32_t) {
        if (sellers.contains(person))
          mine.add_q8(w, person);
      });
    }
    results[me] = mine;
  });
  digest result{all.size(), 0, 0};
  for (const auto& x : results)
    result.merge(x);
  return result;
}

} // namespace limit_nexmark

} // namespace sluice::bench
