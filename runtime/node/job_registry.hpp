// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include <sluice/actors/base/expected.hpp>
#include <sluice/actors/base/ids.hpp>
#include <sluice/actors/base/time.hpp>
#include <sluice/actors/system/roll_call.hpp>
#include <sluice/operators/stage/operator_actor.hpp>
#include <sluice/runtime/plan/composition.hpp>

namespace sluice {

/// The part of a program that a driver asks a worker to host.
struct placement_request {
  std::uint32_t default_partitions = 1; ///< the plan is made with it
  stage_id stage;
  partition_id partition;
  std::optional<batch_time> zero; ///< see batch_grid
};

/// The programs that drivers have asked a worker to take part in. The node actor adds them. Operators look theirs up;
/// `remote_spawn` makes them on any thread. Thread safe.
class job_registry {
public:
  /// The operators that live here.
  const std::shared_ptr<roll_call> roll = std::make_shared<roll_call>();

  /// Files a program and returns its number, which is never given twice.
  std::uint64_t add(std::shared_ptr<const composition> program);
  void remove(std::uint64_t job);

  /// The program of this number; null if there is none.
  std::shared_ptr<const composition> find(std::uint64_t job) const;

  /// The stage that a driver wants to place here, or the error in its request.
  expected<placed_stage> place(std::uint64_t job, const placement_request& what) const;

private:
  mutable std::mutex mutex_;
  std::uint64_t next_ = 1;
  std::map<std::uint64_t, std::shared_ptr<const composition>> programs_;
};

} // namespace sluice
