// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/intake/batch_generator.hpp>

#include <utility>

namespace sluice {

batch_generator::parcel batch_generator::add(batch block) {
  filling_.records += block.count();
  filling_.bytes += block.bytes().size();
  const auto number = next_block_++;
  return {partition_id{static_cast<std::uint32_t>(number % partitions_)}, open_, number, std::move(block)};
}

batch_generator::cut_batch batch_generator::cut() {
  filling_.time = open_;
  filling_.end_block = next_block_;
  const auto result = std::exchange(filling_, {.first_block = next_block_});
  if (result.bytes != 0)
    held_[open_] = {result.bytes, result.end_block};
  open_ = open_ + interval_;
  return result;
}

batch_generator::released batch_generator::release(batch_time t) {
  released result;
  while (!held_.empty() && held_.begin()->first <= t) {
    result.bytes += held_.begin()->second.bytes;
    result.end_block = held_.begin()->second.end_block;
    held_.erase(held_.begin());
  }
  return result;
}

} // namespace sluice
