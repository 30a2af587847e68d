// SPDX-License-Identifier: BSD-3-Clause
//
// What a sliding window keeps of one key: a value a pane, and whatever makes the next slide cheap. A pane is the
// longest stretch of batches that every window holds as a whole or not at all. Both ways cost a slide as much as enters
// and leaves, however long the window is.
#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace sluice::detail {

template <class V>
struct pane_value {
  std::int64_t pane;
  V value;
};

/// For an associative function: two stacks. Values that came since the last turn are reduced as they come; when the
/// oldest of them has to leave, they are turned into sums "from here to the newest", of which every later slide drops
/// the first. See K. Tangwongsan et al., "General Incremental Sliding-Window Aggregation", PVLDB 8(7), 2015.
template <class V>
class two_stacks {
public:
  /// Adds a value of this pane or, after the next call of `slide`, of a later one.
  template <class F>
  void add(F& f, std::int64_t pane, V value) {
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

  std::vector<pane_value<V>> items_; ///< from oldest_ on in use; before turned_ each reduced with those after it
  std::size_t oldest_ = 0;
  std::size_t turned_ = 0;
  std::optional<V> newest_; ///< the reduction of the items from turned_ on
};

/// For a function with an inverse: the total, from which what leaves is taken away. As Spark has it, what leaves and
/// what enters is reduced first, and applied in that order: f(inverse(total, leaving), entering).
template <class V>
class running_total {
public:
  template <class F>
  void add(F& f, std::int64_t pane, V value) {
    if (counted_ < items_.size() && items_.back().pane == pane)
      items_.back().value = f(items_.back().value, value);
    else
      items_.push_back({pane, std::move(value)});
  }

  /// The total of all panes from `first` on. Once there has been one there always is: that of an empty window is what
  /// the inverse function makes of it.
  template <class F, class Inverse>
  std::optional<V> slide(F& f, Inverse& inverse, std::int64_t first) {
    std::optional<V> leaving;
    std::optional<V> entering;
    for (; oldest_ < items_.size() && items_[oldest_].pane < first; ++oldest_)
      if (oldest_ < counted_) // otherwise it came and went between two slides
        reduce(f, leaving, items_[oldest_].value);
    for (auto i = std::max(oldest_, counted_); i < items_.size(); ++i)
      reduce(f, entering, items_[i].value);
    if (leaving)
      total_ = inverse(*total_, *leaving);
    if (entering)
      reduce(f, total_, *entering);
    if (oldest_ > items_.size() / 2) {
      items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(oldest_));
      oldest_ = 0;
    }
    counted_ = items_.size();
    return total_;
  }

  /// After a recovery, for which values are added again: takes those of panes up to `last` into the total, of which
  /// `covered(pane)` says that a window had them.
  template <class F, class Covered>
  void settle(F& f, std::int64_t last, Covered covered) {
    std::erase_if(items_, [&](const auto& x) { return x.pane <= last && !covered(x.pane); });
    for (; counted_ < items_.size() && items_[counted_].pane <= last; ++counted_)
      reduce(f, total_, items_[counted_].value);
  }

  /// Whether no pane has a value any more, and there is only a total.
  bool lingers() const { return oldest_ == items_.size(); }

  /// As it was after its last value had left.
  void restore(V total) { *this = running_total{std::move(total)}; }

  running_total() = default;

private:
  explicit running_total(V total) : total_{std::move(total)} {}

  template <class F>
  static void reduce(F& f, std::optional<V>& sum, const V& value) {
    sum = sum ? V(f(*sum, value)) : value;
  }

  std::vector<pane_value<V>> items_; ///< a value a pane, from oldest_ on in use
  std::size_t oldest_ = 0;
  std::size_t counted_ = 0; ///< the items before it are in the total
  std::optional<V> total_;
};

} // namespace sluice::detail
