// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sluice/actors/base/errors.hpp>
#include <sluice/operators/stage/outlet.hpp>
#include <sluice/operators/stage/push_records.hpp>
#include <sluice/operators/stage/stage_operator.hpp>

namespace sluice::detail {

/// Passes records on as they are, whether pushed by a fused parent or arriving as batches: the start of a stage that
/// reads an input, and the union of streams.
template <record T>
class identity_operator : public stage_operator, public sink<T> {
public:
  explicit identity_operator(const operator_context& context) : out_{context.consumers} {}

  any_sink* input() override { return this; }
  void push(std::span<const T> chunk) override { out_.push(chunk); }

  error receive(parent_index, partition_id, const batch& records) override { return push_records(records, out_); }

private:
  outlet<T> out_;
};

} // namespace sluice::detail
