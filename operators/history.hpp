// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include <sluice/actors/errors.hpp>
#include <sluice/actors/time.hpp>
#include <sluice/operators/rdd.hpp>

namespace sluice::detail {

/// What a stream's history is, whatever its records.
class history_base {
public:
  virtual ~history_base() = default;
};

/// The last datasets of a stream, kept on the driver. Thread safe.
template <record T>
class history : public history_base {
public:
  /// Files a dataset, and forgets those that are older than `keep` then.
  void add(batch_time t, rdd<T> records, duration slide, duration keep) {
    const std::lock_guard lock{mutex_};
    slide_ = slide;
    datasets_.insert_or_assign(t, std::move(records));
    datasets_.erase(datasets_.begin(), datasets_.upper_bound(t - keep));
  }

  /// The datasets of the times in [from, to], both rounded down to a time of this stream. Throws runtime_failure before
  /// there has been one.
  std::vector<rdd<T>> slice(batch_time from, batch_time to) const {
    const std::lock_guard lock{mutex_};
    if (!slide_)
      throw runtime_failure{
          "slice: the stream has not been initialized; it has its first dataset some time after start"};
    const auto some = datasets_.empty() ? batch_time{} : datasets_.begin()->first;
    std::vector<rdd<T>> result;
    for (auto i = datasets_.lower_bound(floor(from, some)); i != datasets_.end() && i->first <= floor(to, some); ++i)
      result.push_back(i->second);
    return result;
  }

private:
  /// The last time of this stream, of which `known` is one, that is not after `t`.
  batch_time floor(batch_time t, batch_time known) const {
    const auto apart = (t - known).count();
    const auto step = slide_->count();
    const auto steps = apart / step - (apart % step < 0 ? 1 : 0);
    return known + duration{steps * step};
  }

  mutable std::mutex mutex_;
  std::optional<duration> slide_;
  std::map<batch_time, rdd<T>> datasets_;
};

} // namespace sluice::detail
