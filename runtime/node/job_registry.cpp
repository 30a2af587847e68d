// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/node/job_registry.hpp>

#include <iostream>

#include <sluice/actors/base/errors.hpp>
#include <sluice/runtime/plan/planner.hpp>

namespace sluice {

std::uint64_t job_registry::add(std::shared_ptr<const composition> program) {
  const std::lock_guard lock{mutex_};
  programs_.emplace(next_, std::move(program));
  return next_++;
}

void job_registry::remove(std::uint64_t job) {
  const std::lock_guard lock{mutex_};
  programs_.erase(job);
}

std::shared_ptr<const composition> job_registry::find(std::uint64_t job) const {
  const std::lock_guard lock{mutex_};
  const auto found = programs_.find(job);
  return found == programs_.end() ? nullptr : found->second;
}

expected<placed_stage> job_registry::place(std::uint64_t job, const placement_request& what) const {
  const auto program = find(job);
  if (program == nullptr || what.default_partitions == 0)
    return make_error(ec::node_refused, "a driver asked for a part of a program this node has not agreed to");
  const auto plan = make_plan(program->graph, what.default_partitions);
  if (what.stage.value() >= plan.stages.size() || what.partition.value() >= plan.stage(what.stage).partitions)
    return make_error(ec::node_refused, "a driver asked for a stage that its program does not have");
  const auto& which = plan.stage(what.stage);
  stage_setting setting{&std::cout, program->interval, what.zero, program->on_error};
  setting.accumulators = program->accumulators->cells();
  return placed_stage{which, what.partition, std::make_unique<stage>(program->graph, which, what.partition, setting)};
}

} // namespace sluice
