// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <vector>

#include <sluice/testkit/runner.hpp>

namespace sluice::testkit {

class pipeline;

/// Runs a program in the calling thread without actors. Its stages and partitions are those of a real run, but a loop
/// delivers the messages between them, with `options.seed` in a random order. A batch takes microseconds, so use it for
/// most tests, and for thousands of random ones.
class harness final : public runner {
public:
  explicit harness(compose_function compose, runner_options options = {});
  ~harness() override;

  std::string printed() const override;
  std::string logged() const override { return log_; }

private:
  void start(const composing& program) override;
  std::optional<std::string> run_batch(batch_time t) override;
  void kill() override;
  std::vector<batch> committed_state(const std::string& operator_name) const override;

  std::unique_ptr<pipeline> running_;
  std::vector<state_update> committed_;
  accumulated_sums sums_; ///< committed
  std::optional<batch_time> last_;
  std::string printed_; ///< before the last crash
  std::string log_;
};

} // namespace sluice::testkit
