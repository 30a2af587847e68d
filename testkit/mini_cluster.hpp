// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>

#include <sluice/testkit/cluster.hpp>
#include <sluice/testkit/runner.hpp>

namespace sluice::testkit {

/// Runs a program on a simulated cluster in one thread: the actors of a driver and its workers, with a network, a clock
/// and a disk made of memory. Slower than `harness`; for behavior that depends on nodes.
class mini_cluster final : public runner {
public:
  /// `workers`: their number, without the driver; with none, the driver does everything.
  explicit mini_cluster(compose_function compose, std::size_t workers, runner_options options = {});

  std::string printed() const override { return nodes_.printed(); }
  std::string logged() const override { return nodes_.logged(); }

  /// The machines, to kill workers and pull cables.
  cluster& nodes() { return nodes_; }

private:
  void start(const composing& program) override;
  std::optional<std::string> run_batch(batch_time t) override;
  void kill() override;
  std::vector<batch> committed_state(const std::string& operator_name) const override;

  mutable simulated_disk disk_;
  cluster nodes_;
};

} // namespace sluice::testkit
