// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <vector>

#include <sluice/actors/errors.hpp>
#include <sluice/actors/owned.hpp>
#include <sluice/operators/decoder.hpp>

namespace sluice {

/// The records of one stream in one batch: immutable, partitioned, cheap to copy. Views it hands out live as long as
/// any copy of it.
template <record T>
class rdd {
public:
  using record_type = T;

  /// Batches by partition.
  using partitions = std::vector<std::vector<batch>>;

  rdd() : content_{std::make_shared<const partitions>()} {}
  explicit rdd(partitions content) : content_{std::make_shared<const partitions>(std::move(content))} {}

  /// Those that hold records.
  std::size_t num_partitions() const { return content_->size(); }

  const partitions& content() const { return *content_; }

  std::uint64_t count() const {
    std::uint64_t result = 0;
    for (const auto& partition : *content_)
      for (const auto& records : partition)
        result += records.count();
    return result;
  }

  bool is_empty() const { return count() == 0; }

  /// Calls `f(record)` for every record, partition by partition, in order.
  template <class F>
  void for_each(F f) const {
    for (const auto& partition : *content_)
      visit(partition, f);
  }

  /// Calls `f(records)` once a partition that holds records, with all of them: the place for one connection a
  /// partition.
  template <class F>
  void for_each_partition(F f) const {
    for (const auto& partition : *content_) {
      std::size_t size = 0;
      for (const auto& records : partition)
        size += records.count();
      record_buffer<T> all{size};
      visit(partition, [&](const T& x) { all.push_back(x); });
      f(all.records());
    }
  }

  /// All records, owned.
  std::vector<owned_t<T>> collect() const {
    std::vector<owned_t<T>> result;
    result.reserve(count());
    for_each([&](const T& x) { result.push_back(to_owned(x)); });
    return result;
  }

  /// The first `n` records, owned.
  std::vector<owned_t<T>> take(std::size_t n) const {
    std::vector<owned_t<T>> result;
    for (const auto& partition : *content_) {
      for (const auto& records : partition) {
        if (result.size() == n)
          return result;
        const auto reader = open(records);
        for (std::size_t i = 0; i < reader.size() && result.size() < n; ++i)
          result.push_back(to_owned<T>(reader[i]));
      }
    }
    return result;
  }

private:
  static batch_reader<T> open(const batch& records) {
    auto reader = batch_reader<T>::open(records);
    if (!reader)
      throw runtime_failure{describe(reader.error())};
    return std::move(*reader);
  }

  template <class F>
  static void visit(const std::vector<batch>& partition, F&& f) {
    for (const auto& records : partition) {
      const auto reader = open(records);
      for (std::size_t i = 0; i < reader.size(); ++i)
        f(reader[i]);
    }
  }

  std::shared_ptr<const partitions> content_;
};

} // namespace sluice
