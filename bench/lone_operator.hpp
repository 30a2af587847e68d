// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <sluice/operators/stream/dstream.hpp>

#include "cost_report.hpp"
#include "median.hpp"

namespace sluice::bench {

/// The owning half of one operator by itself, so that nothing else is measured: from encoded batches to what it emits,
/// which is thrown away, and where there is a checkpoint, to the changes for the store.
template <record Out>
class lone_operator {
public:
  /// @param compose makes the operator's stream in a topology.
  explicit lone_operator(const std::function<dstream<Out>(const std::shared_ptr<detail::composition_scope>&)>& compose,
                         bool keeps_state = true)
      : keeps_state_{keeps_state} {
    const auto scope = std::make_shared<detail::composition_scope>();
    const auto stream = compose(scope);
    logic_ = scope->graph.node(stream.ref().node)
                 .factory.make({.name = "measured",
                                .partition = {},
                                .consumers = consumers_,
                                .grid = &grid_,
                                .keeps_state = &keeps_state_});
  }

  /// Runs one batch of a second and returns what it took, in microseconds.
  double run(const std::vector<batch>& content) {
    const auto start = std::chrono::steady_clock::now();
    time_ = time_ + duration{1000};
    logic_->open(time_);
    for (const auto& records : content)
      if (const auto problem = logic_->receive({}, {}, records))
        throw runtime_failure{describe(problem)};
    grid_.ends(time_);
    logic_->close(time_, effects_);
    effects_.clear();
    return std::chrono::duration<double, std::micro>{std::chrono::steady_clock::now() - start}.count();
  }

private:
  class empty_sink : public sink<Out> {
  public:
    void push(std::span<const Out> /*chunk*/) override {}
  };

  empty_sink out_;
  std::vector<any_sink*> consumers_{&out_};
  batch_grid grid_{duration{1000}};
  bool keeps_state_;
  std::unique_ptr<stage_operator> logic_;
  batch_time time_;
  stage_effects effects_;
};

struct cost {
  double median = 0; ///< microseconds a batch
  double mean = 0;   ///< with the batches that do work of many at once
};

inline cost summary(std::vector<double> times) {
  double sum = 0;
  for (const auto x : times)
    sum += x;
  const auto mean = sum / static_cast<double>(times.size());
  return {median_of(std::move(times)), mean};
}

/// Runs the same batch in both operators, in turn, so that whatever else the machine does meets both.
template <record Out>
std::pair<cost, cost> compare_costs(lone_operator<Out>& a, lone_operator<Out>& b, const std::vector<batch>& content,
                                    std::size_t batches) {
  std::vector<double> times_of_a;
  std::vector<double> times_of_b;
  for (std::size_t n = 0; n < batches; ++n) {
    times_of_a.push_back(a.run(content));
    times_of_b.push_back(b.run(content));
  }
  return {summary(std::move(times_of_a)), summary(std::move(times_of_b))};
}

/// Adds what a batch costs with few of something and with many, and what it may cost with many as a ratio.
inline void add_costs(cost_report& to, const std::string& what, const cost& few, const cost& many, double at_most) {
  to.add(what + ", few, median us", few.median);
  to.add(what + ", few, mean us", few.mean);
  to.add(what + ", many, median us", many.median);
  to.add(what + ", many, mean us", many.mean);
  to.add(what + ", ratio of medians", many.median / few.median, at_most);
  to.add(what + ", ratio of means", many.mean / few.mean, at_most);
}

} // namespace sluice::bench
