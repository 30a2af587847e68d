// SPDX-License-Identifier: BSD-3-Clause
//
// The limit of sums and counts a key in a sliding window, for example of 10 s that slides by 1 s, each second a pane. A
// pane is first reduced in a table of its own, which stays in the L2 cache, then folded into dense running totals; what
// leaves the window is taken away again. With several threads each reduces a share of every pane, and owns a share of
// the keys.
#pragma once

#include <barrier>
#include <cstdint>
#include <vector>

#include "digest.hpp"
#include "event_data.hpp"
#include "huge_pages.hpp"
#include "parallel.hpp"

namespace sluice::bench {

/// A window slides by one of its panes.
struct window_shape {
  std::size_t events_of_a_pane = events_per_second;
  std::size_t panes = 10;
};

inline std::uint64_t hash_number(std::uint64_t x) { return x * 0x9E3779B97F4A7C15; }

/// Finds the index of a key in a dense array: slots of four bytes, 12 of the hash and 20 of the index plus one.
class dense_index {
public:
  explicit dense_index(std::size_t slots) : slots_(slots) {}

  static constexpr std::uint32_t none = ~std::uint32_t{0};

  /// The index for which `is_key(index)` holds; or `none`, and `size` is filed as the index of the key.
  template <class IsKey>
  std::uint32_t find_or_file(std::uint64_t hash, std::size_t size, IsKey is_key) {
    const auto mask = slots_.size() - 1;
    for (auto i = hash >> 32 & mask;; i = (i + 1) & mask) {
      const auto slot = slots_[i];
      if (slot == 0) {
        slots_[i] = tag_of(hash) | static_cast<std::uint32_t>(size + 1);
        return none;
      }
      if ((slot & tag_bits) == tag_of(hash) && is_key((slot & index_bits) - 1))
        return (slot & index_bits) - 1;
    }
  }

  /// To be called when `size` keys have been filed; `key_of(index)` is asked for all of them.
  template <class KeyOf>
  void keep_room(std::size_t size, KeyOf key_of) {
    if (size * 2 <= slots_.size())
      return;
    dense_index larger{slots_.size() * 2};
    for (std::size_t i = 0; i < size; ++i)
      larger.find_or_file(hash_number(key_of(i)), i, [](std::uint32_t) { return false; });
    *this = std::move(larger);
  }

  /// Likely index of a key with this hash, for who wants to fetch it early; or `none`.
  std::uint32_t guess(std::uint64_t hash) const { return (slots_[hash >> 32 & (slots_.size() - 1)] & index_bits) - 1; }
  void prefetch(std::uint64_t hash) const { __builtin_prefetch(&slots_[hash >> 32 & (slots_.size() - 1)]); }

  void clear() { std::fill(slots_.begin(), slots_.end(), 0); }

private:
  static constexpr std::uint32_t index_bits = (std::uint32_t{1} << 20) - 1;
  static constexpr std::uint32_t tag_bits = ~index_bits;
  static std::uint32_t tag_of(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 52) << 20; }

  huge_vector<std::uint32_t> slots_;
};

struct keyed_sum {
  std::uint64_t key;
  std::int64_t total;
  std::uint64_t count;
};

/// The keys of one pane.
class pane_table {
public:
  pane_table() { sums_.reserve(std::size_t{1} << 16); }

  void add(const event& x) {
    const auto found =
        index_.find_or_file(hash_number(x.key), sums_.size(), [&](std::uint32_t i) { return sums_[i].key == x.key; });
    if (found != dense_index::none) [[likely]] {
      sums_[found].total += x.value;
      ++sums_[found].count;
      return;
    }
    sums_.push_back({x.key, x.value, 1});
    index_.keep_room(sums_.size(), [this](std::size_t i) { return sums_[i].key; });
  }

  const huge_vector<keyed_sum>& sums() const { return sums_; }

  void clear() {
    index_.clear();
    sums_.clear();
  }

private:
  dense_index index_{std::size_t{1} << 16};
  huge_vector<keyed_sum> sums_;
};

/// The windows of all keys of one owner.
class window_totals {
public:
  explicit window_totals(std::size_t panes) : panes_(panes) {}

  /// Begins pane `pane`.
  void open(std::uint64_t pane) { panes_[pane % panes_.size()].clear(); }

  void add(std::uint64_t pane, const huge_vector<keyed_sum>& sums) {
    auto& entered = panes_[pane % panes_.size()];
    for (std::size_t n = 0; n < sums.size(); ++n) {
      prefetch(sums, n);
      const auto& x = sums[n];
      auto i =
          index_.find_or_file(hash_number(x.key), keys_.size(), [&](std::uint32_t k) { return keys_[k] == x.key; });
      if (i == dense_index::none) {
        i = static_cast<std::uint32_t>(keys_.size());
        keys_.push_back(x.key);
        totals_.push_back({0, 0});
        index_.keep_room(keys_.size(), [this](std::size_t k) { return keys_[k]; });
      }
      totals_[i].total += x.total;
      totals_[i].count += x.count;
      entered.push_back({i, static_cast<std::uint32_t>(x.count), x.total});
    }
  }

  /// Ends pane `pane`: digests the window that ends with it, if it is whole, and lets its first pane go.
  void close(std::uint64_t pane, window_digest& result) {
    if (pane + 1 < panes_.size())
      return;
    const auto window = pane + 1 - panes_.size();
    for (std::size_t i = 0; i < keys_.size(); ++i)
      result.add(window, keys_[i], totals_[i].total, totals_[i].count);
    for (const auto& x : panes_[window % panes_.size()]) {
      totals_[x.index].total -= x.total;
      totals_[x.index].count -= x.count;
    }
  }

private:
  struct sum {
    std::int64_t total;
    std::uint64_t count;
  };
  struct pane_sum {
    std::uint32_t index;
    std::uint32_t count;
    std::int64_t total;
  };

  void prefetch(const huge_vector<keyed_sum>& sums, std::size_t n) const {
    if (n + 16 < sums.size())
      index_.prefetch(hash_number(sums[n + 16].key));
    if (n + 8 >= sums.size())
      return;
    if (const auto i = index_.guess(hash_number(sums[n + 8].key)); i != dense_index::none) {
      __builtin_prefetch(&keys_[i]);
      __builtin_prefetch(&totals_[i], 1);
    }
  }

  dense_index index_{std::size_t{1} << 18};
  huge_vector<std::uint64_t> keys_;
  huge_vector<sum> totals_;
  std::vector<huge_vector<pane_sum>> panes_;
};

inline digest limit_of_windows(std::span<const event> events, const window_shape& shape, std::size_t threads) {
  std::vector<window_digest> results(threads);
  std::vector<std::vector<huge_vector<keyed_sum>>> parcels(threads, std::vector<huge_vector<keyed_sum>>(threads));
  std::barrier all{static_cast<std::ptrdiff_t>(threads)};
  run_on(threads, [&](std::size_t me) {
    pane_table open;
    window_totals windows{shape.panes};
    for (std::uint64_t pane = 0; pane * shape.events_of_a_pane < events.size(); ++pane) {
      const auto begin = pane * shape.events_of_a_pane;
      const auto records = events.subspan(begin, std::min(shape.events_of_a_pane, events.size() - begin));
      for (const auto& x : share_of(records, me, threads))
        open.add(x);
      windows.open(pane);
      if (threads == 1) {
        windows.add(pane, open.sums());
      } else {
        for (auto& parcel : parcels[me])
          parcel.clear();
        for (const auto& x : open.sums())
          parcels[me][(hash_number(x.key) >> 20) % threads].push_back(x);
        all.arrive_and_wait();
        for (std::size_t from = 0; from < threads; ++from)
          windows.add(pane, parcels[from][me]);
      }
      open.clear();
      windows.close(pane, results[me]);
      if (threads > 1)
        all.arrive_and_wait();
    }
  });
  digest result{events.size(), 0, 0};
  for (const auto& x : results)
    result.merge(x);
  return result;
}

} // namespace sluice::bench
