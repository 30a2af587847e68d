// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/operators/stage/stage_operator.hpp>

#include <sluice/actors/base/errors.hpp>

namespace sluice {

error stage_operator::receive(parent_index, partition_id, const batch&) {
  return make_error(ec::schema_mismatch, "a batch arrived at an operator that no edge leads to");
}

void stage_operator::open(batch_time) {}

void stage_operator::close(batch_time, stage_effects&) {}

void stage_operator::skip(batch_time, presence, stage_effects&) {}

presence stage_operator::result(batch_time, presence arrived) const { return arrived; }

std::uint64_t stage_operator::bytes_held() const { return 0; }

std::uint64_t stage_operator::keys_kept() const { return 0; }

error stage_operator::restore(const state_piece&) {
  return make_error(ec::checkpoint_mismatch, "state was stored for an operator that keeps none");
}

} // namespace sluice

template class std::vector<sluice::state_update>;
template class std::vector<sluice::stage_effects::parcel>;
template class std::vector<sluice::stage_effects::end>;
template class std::vector<sluice::stage_effects::failure>;
