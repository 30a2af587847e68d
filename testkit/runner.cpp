// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/testkit/runner.hpp>

#include <algorithm>
#include <utility>

#include <sluice/actors/base/errors.hpp>
#include <sluice/runtime/driver/checkpoint_check.hpp>

namespace sluice::testkit {

runner::runner(compose_function compose, runner_options options) : compose_{std::move(compose)}, options_{options} {
  if (options.interval < duration{1} || options.partitions == 0)
    throw usage_error{"a test needs a batch interval of at least 1 ms and at least one partition"};
}

composing runner::compose() const {
  composing result{world_, options_.interval, options_.partitions};
  compose_(result);
  if (result.graph().outputs() == 0)
    throw usage_error{"the program has no output, so it would do nothing: add output(stream, name) or print()"};
  check_checkpoint_intervals(result.graph());
  return result;
}

void runner::begin() {
  const auto program = compose();
  accumulators_ = program.compose().accumulators;
  start(program);
  running_ = true;
}

void runner::advance(std::size_t n) {
  for (; n != 0; --n) {
    if (!running_)
      throw usage_error{"the program is down; recover() starts it again"};
    const auto t = time(++passed_);
    if (const auto problem = run_batch(t)) {
      running_ = false;
      kill();
      throw batch_failure{t, *problem};
    }
  }
}

void runner::crash() {
  if (running_)
    kill();
  running_ = false;
  world_->drop_unread();
}

void runner::recover() {
  if (running_)
    throw usage_error{"the program runs; crash() it first"};
  begin();
}

std::shared_ptr<detail::accumulator_cell> runner::find_accumulator(const std::string& name) const {
  const auto& all = accumulators_->cells();
  const auto found = std::ranges::find(all, name, [](const auto& x) { return x->name(); });
  if (found == all.end())
    throw usage_error{"the program has no accumulator '" + name + "'"};
  return *found;
}

void runner::throw_wrong_state(const std::string& operator_name, const error& why) {
  throw usage_error{"the state of '" + operator_name + "' is of another type: " + describe(why)};
}

} // namespace sluice::testkit
