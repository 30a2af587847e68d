// SPDX-License-Identifier: BSD-3-Clause
//
// Who decides which partition a key goes to: its hash, or a function of the user's. Whatever brings keys together takes
// either of these, or just a number of partitions, which then go by hash.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <sluice/actors/base/errors.hpp>

namespace sluice {

/// The partition, of `partitions`, that a key with this hash (see `hash_record`) belongs to.
inline std::uint32_t partition_of(std::uint64_t hash, std::uint32_t partitions) {
  return static_cast<std::uint32_t>((hash >> 32) * partitions >> 32);
}

/// The hash of the key decides (see `partition_of`): what everything does that is not told otherwise.
class hash_partitioner {
public:
  /// As many partitions as there are by default.
  hash_partitioner() = default;
  explicit hash_partitioner(std::optional<std::uint32_t> partitions) : partitions_{partitions} {}

  std::optional<std::uint32_t> num_partitions() const { return partitions_; }

private:
  std::optional<std::uint32_t> partitions_;
};

/// `f(key)` decides, an integer in [0, partitions); where it is not, the batch fails. It must say the same of equal
/// keys, always and on every node. A partitioner is known by its name: state that was kept with one is refused to a
/// program that has another, so a function that is changed needs a new name. A value, which can be assigned whatever F
/// is.
template <class F>
class partitioner {
public:
  /// Throws usage_error for 0 partitions, and unless the name has 1 to 200 bytes.
  partitioner(std::string name, std::uint32_t partitions, F f)
      : name_{std::move(name)}, partitions_{partitions}, f_{std::make_shared<const F>(std::move(f))} {
    if (name_.empty() || name_.size() > 200)
      throw usage_error{"a partitioner's name must have 1 to 200 bytes"};
    if (partitions_ == 0)
      throw usage_error{"partitioner '" + name_ + "' must have at least one partition"};
  }

  const std::string& name() const { return name_; }
  std::uint32_t num_partitions() const { return partitions_; }
  const F& function() const { return *f_; }

private:
  std::string name_;
  std::uint32_t partitions_;
  std::shared_ptr<const F> f_; ///< shared, because a closure cannot be assigned
};

} // namespace sluice
