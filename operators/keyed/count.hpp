// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/batch/record_chunks.hpp>
#include <sluice/operators/shuffle/senders.hpp>
#include <sluice/operators/stage/emitter.hpp>
#include <sluice/operators/stage/per_batch.hpp>

namespace sluice::detail {

struct batch_count {
  std::int64_t records = 0;
  void clear() { records = 0; }
};

/// The sending half of count: one number a partition and batch.
template <record T>
class count_sender : public stage_operator, public sink<T> {
public:
  explicit count_sender(const sender_context& context) : out_{context} {}

  any_sink* input() override { return this; }
  void push(std::span<const T> chunk) override { count_.current().records += static_cast<std::int64_t>(chunk.size()); }

  void open(batch_time t) override {
    count_.open(t);
    out_.open(t);
  }

  void close(batch_time, stage_effects&) override {
    out_.append(0, count_.current().records);
    out_.send_all();
    count_.close();
  }

  void skip(batch_time, presence, stage_effects&) override { count_.close(); }

private:
  per_batch<batch_count> count_;
  parcel_writer<std::int64_t> out_;
};

/// The sum of the partitions' counts: one record a batch, also when it is 0.
class count_operator : public stage_operator {
public:
  explicit count_operator(const operator_context& context) : out_{context.consumers} {}

  error receive(parent_index, partition_id, const batch& records) override {
    return for_each_chunk<std::int64_t>(records, [this](std::span<const std::int64_t> chunk) {
      for (const auto n : chunk)
        count_.current().records += n;
    });
  }

  void open(batch_time t) override { count_.open(t); }

  void close(batch_time, stage_effects&) override {
    out_(count_.current().records);
    out_.flush();
    count_.close();
  }

  void skip(batch_time, presence, stage_effects&) override { count_.close(); }

private:
  per_batch<batch_count> count_;
  emitter<std::int64_t> out_;
};

} // namespace sluice::detail
