// SPDX-License-Identifier: BSD-3-Clause
//
// What leaves a stream goes through an output. `dstream::write_to` says which members one of the user's has; the
// built-in ones come through the same door.
#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <utility>

#include <sluice/actors/base/errors.hpp>
#include <sluice/operators/dataset/collected_batches.hpp>
#include <sluice/operators/dataset/rdd.hpp>
#include <sluice/operators/output/output_id.hpp>
#include <sluice/operators/output/transaction.hpp>
#include <sluice/operators/stage/output_guarantee.hpp>
#include <sluice/operators/stage/stage_operator.hpp>

namespace sluice::detail {

/// `f(arguments..., time)`, or with the id instead of the time, or with neither. The time comes first, for functions
/// that take whatever they are given.
template <class F, class... Args>
void call_with_id(F& f, const output_id& id, const Args&... args) {
  if constexpr (std::invocable<F&, const Args&..., batch_time>)
    std::invoke(f, args..., id.time);
  else if constexpr (std::invocable<F&, const Args&..., const output_id&>)
    std::invoke(f, args..., id);
  else
    std::invoke(f, args...);
}

template <class F, class... Args>
concept takes_output = std::invocable<F&, const Args&..., batch_time>
                       || std::invocable<F&, const Args&..., const output_id&> || std::invocable<F&, const Args&...>;

template <class Output>
concept says_guarantee = requires { Output::guarantee; };

/// Whether what an output says of its guarantee is one.
template <class Output>
concept says_guarantee_soundly =
    requires { requires std::same_as<decltype(Output::guarantee), const output_guarantee>; };

template <class Output>
constexpr output_guarantee guarantee_of() {
  if constexpr (says_guarantee_soundly<Output>)
    return Output::guarantee;
  else
    return output_guarantee::at_least_once;
}

template <class Output, class T>
concept takes_times = requires(Output& to, const rdd<T>& records, batch_time t) { to.on_batch(records, t); };

template <class Output, class T>
concept takes_batches = takes_times<Output, T> || requires(Output& to, const rdd<T>& records, const output_id& id) {
  to.on_batch(records, id);
};

/// Calls an output of the user's, which runs on one partition only: it is never copied.
template <record T, class Output>
class call_of_output {
public:
  explicit call_of_output(std::shared_ptr<Output> to) : to_{std::move(to)} {}

  void operator()(const rdd<T>& records, const output_id& id) {
    if constexpr (requires { to_->on_start(); }) {
      if (!started_)
        to_->on_start();
      started_ = true;
    }
    if constexpr (guarantee_of<Output>() == output_guarantee::transactional)
      take_partitions(*to_, records, id);
    else if constexpr (takes_times<Output, T>)
      to_->on_batch(records, id.time);
    else
      to_->on_batch(records, id);
  }

private:
  std::shared_ptr<Output> to_;
  bool started_ = false;
};

/// An output: gathers the batches of all partitions on the driver and, when the batch has ended, calls `f(rdd, id)`;
/// not where there is no dataset.
template <record T, class F>
class output_operator : public stage_operator {
public:
  output_operator(const operator_context& context, F f)
      : f_{std::move(f)}, id_{context.name, {}}, reruns_until_{context.reruns_until},
        records_{context.senders.front()} {}

  error receive(parent_index, partition_id from, const batch& records) override {
    records_.add(from, records);
    return {};
  }

  void open(batch_time t) override { records_.open(t); }

  void close(batch_time t, stage_effects&) override {
    id_.time = t;
    id_.may_have_run_before = reruns_until_ && t <= *reruns_until_;
    f_(records_.take(), id_);
  }

  void skip(batch_time, presence, stage_effects&) override { records_.forget(); }

private:
  F f_;
  output_id id_;
  std::optional<batch_time> reruns_until_;
  collected_batches<T> records_;
};

} // namespace sluice::detail
