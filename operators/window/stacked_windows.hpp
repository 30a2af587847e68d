// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include <sluice/operators/keyed/reduce_by_key.hpp>
#include <sluice/operators/stage/kept_function.hpp>
#include <sluice/operators/window/two_stacks.hpp>
#include <sluice/state/keyed/owned_key_map.hpp>

namespace sluice::detail {

/// The windows of all keys, for an associative function: a key whose values have all left is forgotten.
template <record K, record V, class F>
class stacked_windows {
public:
  explicit stacked_windows(F f, std::string label = {}) : f_{std::move(f)}, site_{std::move(label)} {}

  /// Whether a key may stay when all its values have left.
  static constexpr bool may_linger = false;

  /// Says that a batch of this pane follows, which is the newest one.
  void open(std::int64_t pane) { pane_ = pane; }

  /// Adds values of the open batch.
  void add(std::span<const std::pair<K, V>> values) { batch_.add(f_.original(), site_, values); }

  /// Calls `use(key, value)` for every key of the open batch with what its values were reduced to. The views are valid
  /// during the call.
  template <class Use>
  void for_each_of_batch(Use use) {
    batch_.for_each([&](const std::pair<K, V>& x) { use(x.first, x.second); });
  }

  /// Says that the open batch is whole. Not to be repeated if a function throws.
  void end_batch() {
    try {
      for_each_of_batch([this](const K& key, const V& value) {
        const auto found = keys_.find(key);
        auto& values = found != keys_.end() ? found->second : keys_[to_owned(key)];
        site_.call([&] { return std::pair<K, V>(key, value); }, [&] { values.add(f_, pane_, to_owned<V>(value)); });
      });
    } catch (...) {
      batch_.clear();
      throw;
    }
    batch_.clear();
  }

  /// Forgets the open batch instead, as if it had had no values.
  void abandon_batch() { batch_.clear(); }

  /// Calls `use(key, value)` for every key with values in the panes from `first` on; earlier ones are forgotten. The
  /// view of the value is valid during the call, that of the key until the next `add`.
  template <class Use>
  void slide(std::int64_t first, Use use) {
    for (auto i = keys_.begin(); i != keys_.end();) {
      const auto entry = i++; // erasing an entry moves no other
      const auto value = site_.call_for_key([&]() -> K { return to_view<K>(entry->first); },
                                            [&] { return entry->second.slide(f_, first); });
      if (value)
        use(to_view<K>(entry->first), to_view<V>(*value));
      else
        keys_.erase(entry);
    }
  }

  std::size_t keys() const { return keys_.size(); }

private:
  kept_function<V, F> f_;
  call_site site_;
  reduction<K, V, F> batch_;
  std::int64_t pane_ = 0;
  owned_key_map<K, two_stacks<owned_t<V>>> keys_;
};

} // namespace sluice::detail
