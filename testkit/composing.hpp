// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <sluice/actors/base/expected.hpp>
#include <sluice/operators/stream/dstream.hpp>
#include <sluice/receivers/receiver/input.hpp>
#include <sluice/runtime/program/composer.hpp>
#include <sluice/testkit/exchange.hpp>

namespace sluice::testkit {

/// A point in a function of the user that fails when the test says so: see `composing::fault`. Cheap to copy.
class fault_point {
public:
  fault_point(std::shared_ptr<exchange> world, std::string tag) : world_{std::move(world)}, tag_{std::move(tag)} {}

  void operator()() const { world_->trip(tag_); }

private:
  std::shared_ptr<exchange> world_;
  std::string tag_;
};

/// Composes a program under test: inputs and outputs here, operators on the streams, and everything else as in a
/// streaming_context (see composer). A program that recovers is composed again, so a test finds inputs, outputs and
/// accumulators by their names.
class composing : public composer {
public:
  explicit composing(std::shared_ptr<exchange> world = std::make_shared<exchange>(), duration interval = duration{1000},
                     std::uint32_t partitions = 1)
      : composer{interval}, world_{std::move(world)}, partitions_{partitions} {}

  /// A stream of the records that the test feeds under this name.
  /// `partitions`: the number of its partitions, by default that of the program. Throws usage_error for 0.
  template <record T>
  dstream<T> input(const std::string& name, std::optional<std::uint32_t> partitions = {}) {
    if (partitions == 0U)
      throw usage_error{"input '" + name + "' must have at least one partition"};
    const auto id = stream_id{static_cast<std::uint32_t>(inputs())};
    world_->declare_input(name, codec<T>::schema(), id);
    return add_input<T>({.kind = "test_stream",
                         .description = "test '" + name + "'",
                         .make_source = [w = world_, name] { return std::make_unique<fed_source>(w, name); }},
                        partitions);
  }

  /// The same, named by its number.
  template <record T>
  dstream<T> input() {
    return input<T>(std::to_string(inputs()));
  }

  /// Output: the test finds the stream's records under this name.
  template <record T>
  void output(const dstream<T>& from, const std::string& name) {
    world_->declare_output(name, codec<T>::schema(), std::make_shared<batches_of<T>>());
    from.foreach_rdd([world = world_, name](const rdd<T>& records, batch_time t) {
      world->begin_output(name, t);
      world->output<T>(name).insert_or_assign(t, records.collect());
    });
  }

  /// Let a function of the program call this: it throws when the test has called `fail_next(tag)`.
  fault_point fault(std::string tag) const { return {world_, std::move(tag)}; }

  /// How many partitions the program has by default.
  std::uint32_t partitions() const { return partitions_; }

  /// The listeners that were added here.
  using composer::listeners;

private:
  class fed_source final : public block_source {
  public:
    fed_source(std::shared_ptr<exchange> world, std::string name) : world_{std::move(world)}, name_{std::move(name)} {}

    expected<std::optional<std::vector<batch>>> pull(batch_time, std::uint64_t /*room*/) override {
      return world_->take(name_);
    }

  private:
    std::shared_ptr<exchange> world_;
    std::string name_;
  };

  std::shared_ptr<exchange> world_;
  std::uint32_t partitions_;
};

/// The records of a stream by batch, in milliseconds; owned.
template <record T>
using batches = std::map<std::int64_t, std::vector<owned_t<T>>>;

/// Makes an output of a stream that fills the result.
template <record T>
std::shared_ptr<batches<T>> collect(const dstream<T>& from) {
  auto result = std::make_shared<batches<T>>();
  from.foreach_rdd([result](const rdd<T>& records, batch_time t) {
    if (!result->emplace(t.ms(), records.collect()).second)
      throw std::logic_error{"a batch has run twice"};
  });
  return result;
}

} // namespace sluice::testkit
