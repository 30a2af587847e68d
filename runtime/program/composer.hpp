// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <concepts>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <sluice/operators/shared/accumulator.hpp>
#include <sluice/operators/stream/dstream.hpp>
#include <sluice/operators/stream/many_streams.hpp>
#include <sluice/receivers/rate/rate_limits.hpp>
#include <sluice/receivers/receiver/input.hpp>
#include <sluice/runtime/monitor/streaming_listener.hpp>
#include <sluice/runtime/plan/composition.hpp>

namespace sluice {

/// Composes a program. A streaming_context and a test (testkit::composing) are both composers, so a function that takes
/// a `composer&` works with both. Use one thread for composition.
class composer {
public:
  // -- what functions share

  /// A sum that begins at `zero`, for functions of any operator to add to and for the driver to read. With a checkpoint
  /// directory it goes on after a restart: its name must be its own and stay the same.
  template <class T>
  accumulator<T> make_accumulator(std::string name, T zero = {}) {
    scope_->graph.check_not_frozen();
    using sum = typename accumulator<T>::sum;
    return accumulator<T>{accumulators_->make(std::move(name), accumulated_sum::of(static_cast<sum>(zero)))};
  }

  /// A value of the driver for functions of any operator. `make()` is called only on the driver, at start, and its
  /// result is sent once to every worker. Its type is a record that owns its content, of at most 4 MiB.
  template <class Make>
    requires std::invocable<Make&>
  auto make_broadcast(Make make) {
    scope_->graph.check_not_frozen();
    using value = std::remove_cvref_t<std::invoke_result_t<Make&>>;
    static_assert(record<value>, "sluice: make_broadcast: what the function returns cannot be a record");
    static_assert(detail::owns_itself<value>,
                  "sluice: make_broadcast: the value outlives every batch, so it must own its "
                  "content: std::string, not std::string_view");
    auto cell = std::make_shared<detail::record_cell<value>>(std::move(make));
    broadcasts_.push_back(cell);
    return broadcast<value>{std::move(cell)};
  }

  /// The same for a value that you have already.
  template <record T>
  broadcast<T> make_broadcast(T value) {
    return make_broadcast([value = std::move(value)] { return value; });
  }

  // -- many streams

  /// The records of all streams: in every partition those of the first stream, then those of the next. At least one
  /// stream; all of this context and with the same slide. (union_with keeps no order and does not wait.)
  template <record T>
  dstream<T> union_all(const std::vector<dstream<T>>& streams) const {
    return detail::concatenate(scope_, streams);
  }
  template <record T>
  dstream<T> union_all(std::initializer_list<dstream<T>> streams) const {
    return union_all(std::vector<dstream<T>>{streams});
  }

  /// The rdd that f(datasets) or f(datasets, time) returns, once per batch. f gets a std::vector with an rdd of each
  /// stream, and is called on the driver. Streams as for union_all.
  template <record T, class F>
  auto transform_all(const std::vector<dstream<T>>& streams, F f) const {
    return detail::transform_together(scope_, streams, std::move(f));
  }
  template <record T, class F>
  auto transform_all(std::initializer_list<dstream<T>> streams, F f) const {
    return transform_all(std::vector<dstream<T>>{streams}, std::move(f));
  }

  // -- settings

  /// What happens if a function of the user throws. By default the program stops. The last call decides, unless the
  /// command line does (`--on-error`).
  void on_error(error_policy policy);

  /// After a function that throws, or any other failure of a part of the program, the program goes back to its last
  /// commit and goes on. Without a checkpoint directory it keeps its commits in memory. See docs/guarantees.md. Throws
  /// usage_error for a policy that makes no sense.
  void on_error(const restart_policy& policy);

  /// How long persisted streams keep their datasets. Throws usage_error on a second call, and if it is not positive.
  void remember(duration d);

  /// How many records of each batch `print()` without a number shows.
  void set_print_limit(std::size_t n) {
    scope_->graph.check_not_frozen();
    scope_->print_limit = n;
  }

  duration batch_interval() const { return scope_->interval; }

  /// From now on, the listener hears of events. Thread safe.
  void add_streaming_listener(std::shared_ptr<streaming_listener> x) { listeners_->add(std::move(x)); }
  void remove_streaming_listener(const std::shared_ptr<streaming_listener>& x) { listeners_->remove(x); }

  // -- what has been composed so far

  const topology& graph() const { return scope_->graph; }
  composition compose() const {
    return {scope_->graph, inputs_, scope_->interval, on_error_, accumulators_, broadcasts_, restart_};
  }

protected:
  explicit composer(duration interval) { scope_->interval = interval; }
  ~composer() = default;
  composer(const composer&) = default;
  composer& operator=(const composer&) = default;

  const std::shared_ptr<detail::composition_scope>& scope() const { return scope_; }
  const std::shared_ptr<listener_list>& listeners() const { return listeners_; }

  /// From now on `on_error` changes nothing.
  void fix_error_policy() { error_policy_is_fixed_ = true; }

  /// A stream of the input, by default with as many partitions as the program has.
  template <record T>
  dstream<T> add_input(any_input from, std::optional<std::uint32_t> partitions = {}) {
    check_rate(from.kind + ": max_rate", from.max_rate);
    const auto id = stream_id{static_cast<std::uint32_t>(inputs_.size())};
    auto result = detail::add_input<T>(scope_, from.kind, id, partitions);
    inputs_.push_back(std::move(from));
    return result;
  }

  std::size_t inputs() const { return inputs_.size(); }

private:
  std::shared_ptr<detail::composition_scope> scope_ = std::make_shared<detail::composition_scope>();
  std::vector<any_input> inputs_;
  error_policy on_error_ = error_policy::stop;
  std::optional<restart_policy> restart_;
  bool error_policy_is_fixed_ = false;
  std::shared_ptr<accumulator_ledger> accumulators_ = std::make_shared<accumulator_ledger>();
  std::vector<std::shared_ptr<detail::broadcast_cell>> broadcasts_;
  std::shared_ptr<listener_list> listeners_ = std::make_shared<listener_list>();
};

} // namespace sluice
