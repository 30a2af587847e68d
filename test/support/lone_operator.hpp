// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/batch/batch_io.hpp>
#include <sluice/actors/record/owned.hpp>
#include <sluice/operators/stage/topology.hpp>

namespace sluice::test {

/// Keeps owned copies of what it gets.
template <record T>
class collecting_sink : public sink<T> {
public:
  void push(std::span<const T> chunk) override {
    for (const auto& x : chunk)
      records_.push_back(to_owned<T>(x));
  }

  /// What came since the last call.
  std::vector<owned_t<T>> take() { return std::exchange(records_, {}); }

private:
  std::vector<owned_t<T>> records_;
};

/// One running operator by itself, for what a whole pipeline cannot show: a batch that fails. It is partition 0 of 1.
class lone_operator {
public:
  static constexpr duration interval{1000};

  lone_operator(const topology_node& node, std::vector<any_sink*> consumers, std::vector<any_sink*> side = {},
                std::optional<batch_time> zero = {})
      : consumers_{std::move(consumers)}, side_{std::move(side)}, grid_{interval, zero},
        logic_{node.factory.make({.name = node.name,
                                  .partition = {},
                                  .consumers = consumers_,
                                  .side_consumers = side_,
                                  .grid = &grid_,
                                  .base_interval = node.base_interval})} {}

  template <record T>
  void receive(batch_time t, const std::vector<T>& records) {
    logic_->open(t);
    if (const auto err = logic_->receive({}, {}, make_batch<T>(records)))
      throw std::runtime_error{describe(err)};
  }

  /// As a stage does, exceptions pass through.
  void close(batch_time t) {
    grid_.ends(t);
    logic_->open(t);
    logic_->close(t, effects);
  }

  void skip(batch_time t, presence arrived) {
    grid_.ends(t);
    logic_->open(t);
    logic_->skip(t, arrived, effects);
  }

  stage_operator& logic() { return *logic_; }

  stage_effects effects;

private:
  std::vector<any_sink*> consumers_;
  std::vector<any_sink*> side_;
  batch_grid grid_;
  std::unique_ptr<stage_operator> logic_;
};

} // namespace sluice::test
