// SPDX-License-Identifier: BSD-3-Clause
//
// Functions of whole datasets, called on the driver once a batch: they may look at what the program around them has,
// and differ from batch to batch.
#pragma once

#include <tuple>
#include <utility>
#include <vector>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/batch/record_chunks.hpp>
#include <sluice/operators/dataset/collected_batches.hpp>
#include <sluice/operators/stage/outlet.hpp>
#include <sluice/operators/stage/stage_operator.hpp>

namespace sluice::detail {

/// `f(arguments..., t)`, or without the time where it takes none.
template <class F, class... Args>
decltype(auto) call_with_time(F& f, batch_time t, const Args&... args) {
  if constexpr (std::invocable<F&, const Args&..., batch_time>)
    return std::invoke(f, args..., t);
  else
    return std::invoke(f, args...);
}

template <class F, class... Args>
concept takes_datasets = std::invocable<F&, const Args&..., batch_time> || std::invocable<F&, const Args&...>;

/// The records of the dataset that such a function returns.
template <class F, class... Args>
using transformed = typename std::remove_cvref_t<decltype(call_with_time(std::declval<F&>(), batch_time{},
                                                                         std::declval<const Args&>()...))>::record_type;

template <record Out>
void push_all(const rdd<Out>& records, const outlet<Out>& out) {
  for (const auto& partition : records.content())
    for (const auto& x : partition)
      if (auto err = for_each_chunk<Out>(x, [&out](std::span<const Out> chunk) { out.push(chunk); }))
        throw runtime_failure{describe(err)};
}

/// One dataset of each of some streams in, one out.
template <record Out, class F, record... Ts>
class transform_operator : public stage_operator {
public:
  transform_operator(const operator_context& context, F f)
      : transform_operator(context, std::move(f), std::index_sequence_for<Ts...>{}) {}

  error receive(parent_index port, partition_id from, const batch& records) override {
    std::uint32_t i = 0;
    for_each_input([&](auto& input) {
      if (i++ == port.value())
        input.add(from, records);
    });
    return {};
  }

  void open(batch_time t) override {
    for_each_input([t](auto& input) { input.open(t); });
  }

  void close(batch_time t, stage_effects&) override {
    std::apply([&](auto&... inputs) { push_all<Out>(call_with_time(f_, t, inputs.take()...), out_); }, inputs_);
  }

  void skip(batch_time, presence, stage_effects&) override {
    for_each_input([](auto& input) { input.forget(); });
  }

private:
  template <std::size_t... i>
  transform_operator(const operator_context& context, F f, std::index_sequence<i...>)
      : f_{std::move(f)}, inputs_{collected_batches<Ts>{context.senders[i]}...}, out_{context.consumers} {}

  template <class Use>
  void for_each_input(Use&& use) {
    std::apply([&](auto&... inputs) { (use(inputs), ...); }, inputs_);
  }

  F f_;
  std::tuple<collected_batches<Ts>...> inputs_;
  outlet<Out> out_;
};

/// The same for any number of streams of the same type: `f(std::vector<rdd<T>>)`.
template <record Out, class F, record T>
class transform_all_operator : public stage_operator {
public:
  transform_all_operator(const operator_context& context, F f)
      : f_{std::move(f)}, inputs_(context.senders.begin(), context.senders.end()), out_{context.consumers} {}

  error receive(parent_index port, partition_id from, const batch& records) override {
    inputs_[port.value()].add(from, records);
    return {};
  }

  void open(batch_time t) override {
    for (auto& input : inputs_)
      input.open(t);
  }

  void close(batch_time t, stage_effects&) override {
    std::vector<rdd<T>> datasets;
    for (auto& input : inputs_)
      datasets.push_back(input.take());
    push_all<Out>(call_with_time(f_, t, datasets), out_);
  }

  void skip(batch_time, presence, stage_effects&) override {
    for (auto& input : inputs_)
      input.forget();
  }

private:
  F f_;
  std::vector<collected_batches<T>> inputs_;
  outlet<Out> out_;
};

} // namespace sluice::detail
