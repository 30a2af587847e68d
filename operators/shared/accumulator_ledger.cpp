// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/operators/shared/accumulator_ledger.hpp>

#include <algorithm>
#include <utility>

#include <sluice/actors/base/errors.hpp>

namespace sluice {

std::shared_ptr<detail::accumulator_cell> accumulator_ledger::make(std::string name, accumulated_sum zero) {
  const std::lock_guard lock{mutex_};
  if (name.empty())
    name = "accumulator#" + std::to_string(cells_.size());
  if (std::ranges::any_of(cells_, [&name](const auto& x) { return x->name() == name; }))
    throw usage_error{"make_accumulator: there is an accumulator '" + name
                      + "' already; give each a name of its own, under which a checkpoint keeps its sum"};
  const auto number = static_cast<std::uint32_t>(cells_.size());
  committed_.push_back(zero.bits);
  return cells_.emplace_back(std::make_shared<detail::accumulator_cell>(std::move(name), number, zero));
}

void accumulator_ledger::begin(const epoch& life, const accumulated_sums& committed) {
  const std::lock_guard lock{mutex_};
  life_ = life;
  on_the_way_.clear();
  for (const auto& cell : cells_) {
    const auto found = committed.find(cell->name());
    const auto sum =
        found != committed.end() && found->second.is_real == cell->is_real() ? found->second.bits : cell->zero();
    committed_[cell->number()] = sum;
    cell->reset(sum);
  }
}

void accumulator_ledger::add(const epoch& life, const detail::added_sum& x) {
  const std::lock_guard lock{mutex_};
  if (life != life_ || x.accumulator >= cells_.size())
    return;
  auto& sums = on_the_way_[x.time];
  sums.resize(cells_.size());
  auto& cell = *cells_[x.accumulator];
  sums[x.accumulator] = detail::plus(cell.is_real(), sums[x.accumulator], x.bits);
  cell.show(x.bits);
}

accumulated_sums accumulator_ledger::commit(batch_time t) {
  accumulated_sums result;
  const std::lock_guard lock{mutex_};
  for (auto next = on_the_way_.begin(); next != on_the_way_.end() && next->first <= t; next = on_the_way_.erase(next))
    for (const auto& cell : cells_) {
      auto& sum = committed_[cell->number()];
      sum = detail::plus(cell->is_real(), sum, next->second[cell->number()]);
    }
  for (const auto& cell : cells_)
    result[cell->name()] = {cell->is_real(),
                            detail::plus(cell->is_real(), committed_[cell->number()], cell->outside())};
  return result;
}

} // namespace sluice
