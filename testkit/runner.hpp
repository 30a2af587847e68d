// SPDX-License-Identifier: BSD-3-Clause
//
// The interface to a program under test: feed its inputs, let batches pass, look at its outputs and its state, let it
// fail and recover. A test that is written for a `runner` runs on `harness` (one thread, no actors) as well as on
// `mini_cluster` (the actors of real processes on simulated nodes).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/batch/batch_io.hpp>
#include <sluice/operators/shared/accumulator.hpp>
#include <sluice/testkit/composing.hpp>

namespace sluice::testkit {

/// The batch interval begins here: 2020-01-01T00:00Z, also the virtual time at which every run begins.
inline constexpr batch_time start_of_time{1'577'836'800'000};

/// `runner::advance` throws it when a batch fails, with the error that the program would have stopped with.
class batch_failure : public std::runtime_error {
public:
  batch_failure(batch_time t, const std::string& why)
      : std::runtime_error{"batch " + to_string(t) + " failed: " + why}, time_{t} {}

  batch_time time() const { return time_; }

private:
  batch_time time_;
};

/// The settings of a program under test.
struct runner_options {
  duration interval{1000};      ///< between batches
  std::uint32_t partitions = 1; ///< default copies of a stage
  std::uint64_t seed = 0;       ///< of a random order of events; 0: first come, first served
};

/// Runs a program under virtual time: things happen only in `advance`. Batches are committed one by one. A committed
/// batch survives a crash; an uncommitted one is lost with its records. For one thread. Throws usage_error for
/// mistakes: unknown names, records of another type, a batch while the program is down.
class runner {
public:
  using compose_function = std::function<void(composing&)>;

  virtual ~runner() = default;
  runner(const runner&) = delete;
  runner& operator=(const runner&) = delete;

  // -- inputs. An input that is not fed has an empty dataset.

  /// Adds records to an input's dataset in the next batch.
  template <record T>
  void feed(const std::string& input, const std::vector<owned_t<T>>& records) {
    using blocks = std::vector<std::vector<owned_t<T>>>;
    feed_partitions<T>(input, records.empty() ? blocks{} : blocks{records});
  }

  /// The same, with each list as a block of its own, even an empty one. Blocks go to the stream's partitions in turn.
  template <record T>
  void feed_partitions(const std::string& input, const std::vector<std::vector<owned_t<T>>>& blocks) {
    std::vector<batch> content;
    for (const auto& records : blocks) {
      batch_writer<T> writer;
      for (const auto& x : records)
        writer.append(to_view<T>(x));
      content.push_back(writer.freeze());
    }
    world_->put(input, codec<T>::schema(), std::move(content));
  }

  /// The input has no dataset in the next batch, which is not the same as an empty one.
  void feed_none(const std::string& input) { world_->put_none(input); }

  // -- time

  /// Runs the next `n` batches. Throws batch_failure for the first that fails; the program is down then.
  void advance(std::size_t n = 1);

  /// The time of the n-th batch, from 1.
  batch_time time(std::size_t n) const { return start_of_time + static_cast<std::int64_t>(n) * options_.interval; }

  /// How many batch times have passed, with or without success.
  std::size_t now() const { return passed_; }

  // -- results

  /// The records that an output got in each batch so far, also before a crash. A batch that runs again replaces its
  /// records.
  template <record T>
  const batches_of<T>& output(const std::string& name) const {
    return world_->output<T>(name);
  }

  /// The records that an output got in the n-th batch, from 1; nothing if its stream had no dataset.
  template <record T>
  std::optional<std::vector<owned_t<T>>> output(const std::string& name, std::size_t n) const {
    const auto& all = output<T>(name);
    const auto found = all.find(time(n));
    return found == all.end() ? std::nullopt : std::optional{found->second};
  }

  /// The text that the program has printed.
  virtual std::string printed() const = 0;

  /// The lines that the runtime has logged of the program: "warning ...". None of it goes to standard error.
  virtual std::string logged() const = 0;

  /// The sum of the accumulator of this name: of all that committed batches have added, also before a crash.
  template <class T>
  typename accumulator<T>::sum accumulated(const std::string& name) const {
    const auto found = find_accumulator(name);
    if (found->is_real() != std::floating_point<T>)
      throw usage_error{"accumulator '" + name + "' adds up numbers of another type"};
    return accumulator<T>{found}.value();
  }

  /// The committed keyed state of the operator of this name, with keys K and states S.
  template <record K, record S>
  std::map<owned_t<K>, S> state(const std::string& operator_name) const {
    using touched_state = std::pair<S, std::int64_t>; // as map_with_state keeps it where it has a timeout
    std::map<owned_t<K>, S> result;
    for (const auto& piece : committed_state(operator_name))
      if (auto err = apply<S>(piece, result, [](S&& x) { return std::move(x); }))
        if (apply<touched_state>(piece, result, [](touched_state&& x) { return std::move(x.first); }))
          throw_wrong_state(operator_name, err);
    return result;
  }

  // -- failures

  /// The n-th dataset from now on, from 1, makes this output fail, once.
  void fail_output(const std::string& name, std::size_t n = 1) { world_->fail_output(name, n); }

  /// The next call of a function that has `composing::fault(tag)` throws.
  void fail_next(const std::string& tag) { world_->fail_next(tag); }

  /// Ends the program as kill -9 does. Uncommitted batches are lost.
  void crash();

  /// Composes the program again and continues after the last commit, with the next batch time.
  void recover();

  bool is_running() const { return running_; }

protected:
  runner(compose_function compose, runner_options options);

  /// To be called once, at the end of the constructor.
  void begin();

  composing compose() const;
  exchange& world() const { return *world_; }
  const runner_options& options() const { return options_; }

private:
  virtual void start(const composing& program) = 0;
  /// Runs the batch of this time. Returns the error, if it fails.
  virtual std::optional<std::string> run_batch(batch_time t) = 0;
  virtual void kill() = 0;
  /// In the order in which the operator has to take them.
  virtual std::vector<batch> committed_state(const std::string& operator_name) const = 0;

  /// Applies the changes of a piece to the states, if it holds states of type Stored.
  template <record Stored, class States, class F>
  static error apply(const batch& piece, States& states, F state_of) {
    using change = std::pair<typename States::key_type, std::optional<Stored>>;
    const auto reader = batch_reader<change>::open(piece);
    if (!reader)
      return reader.error();
    for (std::size_t i = 0; i < reader->size(); ++i) {
      auto [key, value] = (*reader)[i];
      if (value)
        states.insert_or_assign(std::move(key), state_of(std::move(*value)));
      else
        states.erase(key);
    }
    return {};
  }

  std::shared_ptr<detail::accumulator_cell> find_accumulator(const std::string& name) const;
  [[noreturn]] static void throw_wrong_state(const std::string& operator_name, const error& why);

  compose_function compose_;
  runner_options options_;
  std::shared_ptr<exchange> world_ = std::make_shared<exchange>();
  std::shared_ptr<const accumulator_ledger> accumulators_; ///< of the program that was started last
  std::size_t passed_ = 0;
  bool running_ = false;
};

} // namespace sluice::testkit
