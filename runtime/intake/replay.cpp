// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/intake/replay.hpp>

#include <utility>

namespace sluice {

namespace {

bool has_blocks(const input_share& x) { return x.first_block != x.end_block; }
bool can_be_given(const input_share& x) { return !has_blocks(x) || x.is_logged || !x.recipes.empty(); }

} // namespace

replay::replay(std::vector<batch_again> batches, std::string position)
    : batches_{std::move(batches)}, position_{std::move(position)} {
  auto given = true;
  for (auto& [time, share] : batches_) {
    given = given && can_be_given(share);
    if (!given) {
      lost_blocks_ += share.end_block - share.first_block;
      share = {.first_block = share.first_block, .end_block = share.first_block, .position = position_};
    } else if (share.position.empty()) {
      share.position = position_;
    } else {
      position_ = share.position;
    }
  }
}

replay::origin replay::from() const {
  if (!has_blocks(share()))
    return origin::nowhere;
  return share().is_logged ? origin::log : origin::source;
}

} // namespace sluice
