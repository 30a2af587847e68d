// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include <sluice/actors/batch/batch_io.hpp>
#include <sluice/operators/shuffle/router.hpp>
#include <sluice/operators/shuffle/senders.hpp>

namespace sluice::detail {

/// Encodes the records of one partition into batches of about `send_bytes`.
template <record T>
class partition_writer {
public:
  void append(const T& x) {
    writer_.append(x);
    if (writer_.size() >= send_bytes) [[unlikely]]
      done_.push_back(writer_.freeze());
  }

  /// What was appended since the last call.
  std::vector<batch> finish() {
    if (writer_.count() != 0)
      done_.push_back(writer_.freeze());
    return std::exchange(done_, {});
  }

private:
  batch_writer<T> writer_;
  std::vector<batch> done_;
};

/// Encodes records into the partitions that their keys belong to.
template <record T, class By = hash_partitioner>
class shuffle_writer {
public:
  explicit shuffle_writer(std::uint32_t partitions, router<By> route = {{}, {}})
      : route_{std::move(route)}, targets_(partitions) {}

  template <record K>
  void append(const K& key, const T& x) {
    targets_[route_(key, size())].append(x);
  }

  std::vector<std::vector<batch>> finish() {
    std::vector<std::vector<batch>> result;
    result.reserve(targets_.size());
    for (auto& target : targets_)
      result.push_back(target.finish());
    return result;
  }

private:
  std::uint32_t size() const { return static_cast<std::uint32_t>(targets_.size()); }

  [[no_unique_address]] router<By> route_;
  std::vector<partition_writer<T>> targets_;
};

/// Where slice `i` begins if `size` records are cut into `slices` of equal size, as Spark's parallelize does it:
/// i * size / slices, without the overflow. Requires i <= slices.
constexpr std::uint64_t slice_begin(std::uint64_t size, std::uint32_t i, std::uint32_t slices) {
  return size / slices * i + size % slices * i / slices;
}

} // namespace sluice::detail
