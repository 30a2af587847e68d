// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <utility>
#include <vector>

#include <sluice/actors/batch/record_chunks.hpp>
#include <sluice/actors/record/owned.hpp>
#include <sluice/operators/stage/emitter.hpp>
#include <sluice/operators/stage/per_batch.hpp>
#include <sluice/operators/stage/stage_operator.hpp>

namespace sluice::detail {

/// `f(partition, records)` once a batch and partition, also without records, with all records of that partition; emits
/// the elements of the range that it returns.
template <record In, record Out, class F>
class partitionwise_operator : public stage_operator, public sink<In> {
public:
  partitionwise_operator(const operator_context& context, F f)
      : f_{std::move(f)}, partition_{context.partition.value()}, out_{context.consumers} {}

  any_sink* input() override { return this; }

  void push(std::span<const In> chunk) override {
    auto& [records, heap] = kept_.current();
    for (const auto& x : chunk) {
      records.push_back(to_owned<In>(x));
      heap += heap_bytes(records.back());
    }
  }

  void open(batch_time t) override { kept_.open(t); }

  void close(batch_time, stage_effects&) override {
    const auto& records = kept_.current().records;
    record_buffer<In> all{records.size()};
    for (const auto& x : records)
      all.push_back(In(to_view<In>(x)));
    const typename emitter<Out>::scope cleared{out_};
    auto&& results = f_(std::size_t{partition_}, all.records());
    for (auto&& x : results)
      out_(Out(x));
    out_.flush();
    kept_.close();
  }

  void skip(batch_time, presence, stage_effects&) override { kept_.close(); }

  std::uint64_t bytes_held() const override { return kept_.bytes(); }

private:
  struct arrival {
    std::vector<owned_t<In>> records;
    std::uint64_t heap = 0; ///< bytes that they have elsewhere

    std::uint64_t bytes() const { return grown_bytes<owned_t<In>>(records.size()) + heap; }
    void clear() {
      records.clear();
      heap = 0;
    }
  };

  F f_;
  std::uint32_t partition_;
  per_batch<arrival> kept_;
  emitter<Out> out_;
};

} // namespace sluice::detail
