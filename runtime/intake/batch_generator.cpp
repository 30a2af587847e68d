// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/intake/batch_generator.hpp>

#include <utility>

namespace sluice {

batch_generator::parcel batch_generator::add(batch block) {
  filling_.records += block.count();
  filling_.bytes += block.bytes().size();
  const auto to = partition_id{next_partition_};
  next_partition_ = (next_partition_ + 1) % partitions_;
  return {to, open_, std::move(block)};
}

batch_generator::cut_batch batch_generator::cut() {
  auto result = std::exchange(filling_, {});
  result.time = open_;
  if (result.bytes != 0)
    held_[open_] = result.bytes;
  open_ = open_ + interval_;
  return result;
}

std::uint64_t batch_generator::release(batch_time t) {
  std::uint64_t result = 0;
  while (!held_.empty() && held_.begin()->first <= t) {
    result += held_.begin()->second;
    held_.erase(held_.begin());
  }
  return result;
}

} // namespace sluice
