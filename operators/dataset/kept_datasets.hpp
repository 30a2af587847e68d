// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/base/time.hpp>
#include <sluice/operators/dataset/rdd.hpp>
#include <sluice/state/spill/spill_file.hpp>
#include <sluice/state/spill/storage_level.hpp>

namespace sluice::detail {

/// What a stream's history is, whatever its records.
class kept_datasets_base {
public:
  explicit kept_datasets_base(storage_level level) : level_{level} {}
  virtual ~kept_datasets_base() = default;

  storage_level level() const { return level_; }

private:
  storage_level level_;
};

/// The last datasets of a stream, kept on the driver.
template <record T>
class kept_datasets : public kept_datasets_base {
public:
  using kept_datasets_base::kept_datasets_base;

  /// Files a dataset, and forgets those that are older than `keep` then. Throws runtime_failure if a disk refuses it.
  /// For one thread, and for others to look at meanwhile.
  void add(batch_time t, const rdd<T>& records, duration slide, duration keep) {
    auto kept = uses_disk(level()) ? kept_dataset{to_disk(records)} : kept_dataset{records};
    if (!uses_disk(level()))
      for (const auto& partition : records.content())
        for (const auto& x : partition)
          x.count_as(memory_use::kept);
    const std::lock_guard lock{mutex_};
    slide_ = slide;
    datasets_.insert_or_assign(t, std::move(kept));
    datasets_.erase(datasets_.begin(), datasets_.upper_bound(t - keep));
  }

  /// The datasets of the times in [from, to], both rounded down to a time of this stream. Throws runtime_failure before
  /// there has been one, and if a disk does not give one back. Thread safe.
  std::vector<rdd<T>> slice(batch_time from, batch_time to) const {
    std::vector<rdd<T>> result;
    for (const auto& kept : find(from, to))
      result.push_back(std::visit(in_memory{}, kept));
    return result;
  }

private:
  using stored_dataset = std::vector<std::vector<spilled_batch>>; ///< by partition
  using kept_dataset = std::variant<rdd<T>, stored_dataset>;

  struct in_memory {
    rdd<T> operator()(const rdd<T>& x) const { return x; }
    rdd<T> operator()(const stored_dataset& x) const {
      typename rdd<T>::partitions content;
      for (const auto& partition : x) {
        auto& batches = content.emplace_back();
        for (const auto& stored : partition)
          batches.push_back(stored.read());
      }
      return rdd<T>{std::move(content)};
    }
  };

  stored_dataset to_disk(const rdd<T>& records) {
    stored_dataset result;
    for (const auto& partition : records.content()) {
      auto& stored = result.emplace_back();
      for (const auto& x : partition)
        stored.push_back(disk_.write(x));
    }
    return result;
  }

  std::vector<kept_dataset> find(batch_time from, batch_time to) const {
    const std::lock_guard lock{mutex_};
    if (!slide_)
      throw runtime_failure{
          "slice: the stream has not been initialized; it has its first dataset some time after start"};
    const auto some = datasets_.empty() ? batch_time{} : datasets_.begin()->first;
    std::vector<kept_dataset> result;
    for (auto i = datasets_.lower_bound(floor(from, some)); i != datasets_.end() && i->first <= floor(to, some); ++i)
      result.push_back(i->second);
    return result;
  }

  /// The last time of this stream, of which `known` is one, that is not after `t`.
  batch_time floor(batch_time t, batch_time known) const {
    const auto apart = (t - known).count();
    const auto step = slide_->count();
    const auto steps = apart / step - (apart % step < 0 ? 1 : 0);
    return known + duration{steps * step};
  }

  spill_file disk_;
  mutable std::mutex mutex_; ///< of what follows
  std::optional<duration> slide_;
  std::map<batch_time, kept_dataset> datasets_;
};

} // namespace sluice::detail
