// SPDX-License-Identifier: BSD-3-Clause
//
// A source that you write: it is asked for its records once per batch. docs/receivers.md shows one.
#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/base/expected.hpp>
#include <sluice/actors/base/log.hpp>
#include <sluice/actors/base/user_code.hpp>
#include <sluice/actors/record/owned.hpp>
#include <sluice/receivers/receiver/block_builder.hpp>
#include <sluice/receivers/receiver/input.hpp>
#include <sluice/receivers/source/record_queue.hpp>

namespace sluice {

/// Base of every source of records of type T. It has a thread of its own, which makes it and calls its functions one at
/// a time. An exception from any function but `stop` stops the program, with its text.
template <record T>
class source {
public:
  using record_type = T;

  source() = default;
  source(const source&) = delete;
  source& operator=(const source&) = delete;
  virtual ~source() = default;

  /// Called once, before everything else.
  virtual void start() {}

  /// Called once, after everything else, also if `start` threw.
  virtual void stop() {}

  /// The records of batch t, in order; or none if the stream has no dataset at that time, which is not the same as an
  /// empty one. Called once for each t, in order of time. The batch waits for it, but no longer than its interval (at
  /// least 0.5 s). Then the batch goes without, and so does every batch that is cut before this returns; for those it
  /// is not called. The late records belong to the batch after those.
  virtual std::optional<std::vector<owned_t<T>>> compute(batch_time t) = 0;

  /// The position after the batch that was computed last, as bytes that only this source understands. Called after each
  /// `compute` if the program has a checkpoint directory or a restart_policy, and kept with the commit of that batch.
  virtual std::string position() { return {}; }

  /// Goes on from the position of the last commit. Called after `start` in a program that recovers, in a new process or
  /// after a failure in the same one, unless that position was empty.
  virtual void resume(std::string_view /*position*/) {}
};

struct source_options {
  /// Its functions never wait. Then the source needs no thread: they are called where the batch is cut, which saves two
  /// wake-ups per batch.
  bool is_quick = false;
};

namespace detail {

/// Asks a source of the user's.
template <record T>
class user_source : public block_source {
public:
  explicit user_source(std::shared_ptr<source<T>> from) : source_{std::move(from)} {}
  user_source(const user_source&) = delete;
  user_source& operator=(const user_source&) = delete;

  ~user_source() override {
    if (const auto failure = failure_of([this] { source_->stop(); }))
      log_warning("a source's stop() failed: " + *failure);
  }

  void start() { source_->start(); }

  expected<std::optional<std::vector<batch>>> pull(batch_time t, std::uint64_t /*room*/) override {
    std::optional<std::vector<batch>> result;
    const auto failure = failure_of([&] {
      if (const auto records = source_->compute(t))
        result = to_batches<T>(*records, default_block_bytes);
    });
    if (failure)
      return make_error(ec::user_code_failed, "a source failed at " + to_string(t) + ": " + *failure);
    return result;
  }

  expected<std::string> position() override {
    std::string result;
    if (const auto failure = failure_of([&] { result = source_->position(); }))
      return make_error(ec::user_code_failed, "a source cannot say its position: " + *failure);
    return result;
  }

  error resume(std::string_view position) override {
    if (const auto failure = failure_of([&] { source_->resume(position); }))
      return make_error(ec::user_code_failed, "a source cannot go on where it was: " + *failure);
    return {};
  }

private:
  std::shared_ptr<source<T>> source_;
};

} // namespace detail

/// The records of a source of the user's. `make()` returns a new one, as a std::unique_ptr or std::shared_ptr; it is
/// called on the source's thread.
template <record T, class Make>
input<T> source_input(Make make, source_options options = {}) {
  static_assert(std::convertible_to<std::invoke_result_t<Make&>, std::shared_ptr<source<T>>>,
                "sluice: input_stream<T>: the function does not return a pointer to a source<T>");
  auto make_started = [make = std::move(make)]() mutable {
    std::shared_ptr<source<T>> made = make();
    if (!made)
      throw usage_error("input_stream: the function that makes a source has made none");
    auto result = std::make_unique<detail::user_source<T>>(std::move(made));
    result->start();
    return result;
  };
  return {.kind = "input_stream",
          .description = "source",
          .make_source = std::move(make_started),
          .is_quick = options.is_quick};
}

} // namespace sluice
