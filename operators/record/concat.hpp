// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <utility>
#include <vector>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/batch/record_chunks.hpp>
#include <sluice/operators/stage/outlet.hpp>
#include <sluice/operators/stage/per_batch.hpp>
#include <sluice/operators/stage/stage_operator.hpp>

namespace sluice::detail {

/// The records of several streams one stream after another. Those of the first go on at once; those of the others wait,
/// as the batches they came in, until the batch has ended.
template <record T>
class concat_operator : public stage_operator {
public:
  explicit concat_operator(const operator_context& context)
      : streams_{context.senders.size()}, out_{context.consumers} {}

  error receive(parent_index port, partition_id, const batch& records) override {
    if (port == parent_index{0})
      return push(records);
    auto& by_stream = kept_.current().by_stream;
    by_stream.resize(streams_);
    by_stream[port.value()].push_back(records);
    return {};
  }

  void open(batch_time t) override { kept_.open(t); }

  void close(batch_time, stage_effects&) override {
    const auto all = std::exchange(kept_.current().by_stream, {});
    kept_.close();
    for (const auto& stream : all)
      for (const auto& records : stream)
        if (auto problem = push(records))
          throw runtime_failure{describe(problem)};
  }

  void skip(batch_time, presence, stage_effects&) override { kept_.close(); }

private:
  struct waiting {
    std::vector<std::vector<batch>> by_stream;
    void clear() { by_stream.clear(); }
  };

  error push(const batch& records) {
    return for_each_chunk<T>(records, [this](std::span<const T> chunk) { out_.push(chunk); });
  }

  std::size_t streams_;
  per_batch<waiting> kept_;
  outlet<T> out_;
};

} // namespace sluice::detail
