// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace sluice::detail {

/// What the sliding windows of one key keep, for an associative function: two stacks. A slide costs as much as enters
/// and leaves, however long the window is. Values that came since the last turn are reduced as they come; when the
/// oldest of them has to leave, they are turned into sums "from here to the newest", of which every later slide drops
/// the first. See K. Tangwongsan et al., "General Incremental Sliding-Window Aggregation", PVLDB 8(7), 2015.
template <class V>
class two_stacks {
public:
  /// Adds a value of this pane or, after the next call of `slide`, of a later one.
  template <class F>
  void add(F& f, std::int64_t pane, V value) {
    prefetch(items_.size());
    newest_ = newest_ ? V(f(*newest_, value)) : value;
    if (turned_ < items_.size() && items_.back().pane == pane)
      items_.back().value = f(items_.back().value, value);
    else
      items_.push_back({pane, std::move(value)});
  }

  /// The reduction of all panes from `first` on, or none if there is nothing left. Earlier ones are forgotten.
  template <class F>
  std::optional<V> slide(F& f, std::int64_t first) {
    drop(first);
    prefetch(oldest_);
    if (oldest_ == items_.size())
      return std::nullopt;
    if (items_[oldest_].pane < first) {
      turn(f);
      drop(first);
      if (oldest_ == items_.size())
        return std::nullopt;
    }
    if (oldest_ == turned_)
      return newest_;
    return newest_ ? V(f(items_[oldest_].value, *newest_)) : items_[oldest_].value;
  }

private:
  struct pane_value {
    std::int64_t pane;
    V value;
  };

  /// Both ends move on by about one item a slide. In a long window each is in a cache line of its own, which is fetched
  /// some slides before it is needed.
  [[gnu::always_inline]] void prefetch(std::size_t end) const {
    constexpr std::size_t line = 64;
    if (!items_.empty())
      __builtin_prefetch(reinterpret_cast<const std::byte*>(items_.data() + end) + line, 1);
  }

  /// Drops what has been turned and is too old.
  void drop(std::int64_t first) {
    while (oldest_ < turned_ && items_[oldest_].pane < first)
      ++oldest_;
    if (oldest_ > items_.size() / 2) {
      items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(oldest_));
      turned_ -= oldest_;
      oldest_ = 0;
    }
  }

  template <class F>
  void turn(F& f) {
    assert(oldest_ == turned_);
    for (auto i = items_.size() - 1; i-- > oldest_;)
      items_[i].value = f(items_[i].value, items_[i + 1].value);
    turned_ = items_.size();
    newest_.reset();
  }

  std::vector<pane_value> items_; ///< from oldest_ on in use; before turned_ each reduced with those after it
  std::size_t oldest_ = 0;
  std::size_t turned_ = 0;
  std::optional<V> newest_; ///< the reduction of the items from turned_ on
};

} // namespace sluice::detail
