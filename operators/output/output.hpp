// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <utility>

#include <sluice/actors/base/errors.hpp>
#include <sluice/operators/dataset/collected_batches.hpp>
#include <sluice/operators/stage/stage_operator.hpp>

namespace sluice::detail {

/// An output: gathers the batches of all partitions on the driver and, when the batch has ended, calls `f(rdd, time)`;
/// not where there is no dataset.
template <record T, class F>
class output_operator : public stage_operator {
public:
  output_operator(const operator_context& context, F f) : f_{std::move(f)}, records_{context.senders.front()} {}

  error receive(parent_index, partition_id from, const batch& records) override {
    records_.add(from, records);
    return {};
  }

  void open(batch_time t) override { records_.open(t); }
  void close(batch_time t, stage_effects&) override { f_(records_.take(), t); }
  void skip(batch_time, presence, stage_effects&) override { records_.forget(); }

private:
  F f_;
  collected_batches<T> records_;
};

} // namespace sluice::detail
