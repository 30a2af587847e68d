// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <utility>

#include <sluice/actors/base/errors.hpp>
#include <sluice/operators/dataset/collected_batches.hpp>
#include <sluice/operators/dataset/rdd.hpp>
#include <sluice/operators/stage/stage_operator.hpp>

namespace sluice::detail {

template <class Output, class T>
concept takes_batches = requires(Output& to, const rdd<T>& records, batch_time t) { to.on_batch(records, t); };

/// Calls an output of the user's, which runs on one partition only: it is never copied.
template <record T, class Output>
class call_of_output {
public:
  explicit call_of_output(std::shared_ptr<Output> to) : to_{std::move(to)} {}

  void operator()(const rdd<T>& records, batch_time t) {
    if constexpr (requires { to_->on_start(); }) {
      if (!started_)
        to_->on_start();
      started_ = true;
    }
    to_->on_batch(records, t);
  }

private:
  std::shared_ptr<Output> to_;
  bool started_ = false;
};

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
