// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>

#include <sluice/actors/base/ids.hpp>
#include <sluice/actors/base/time.hpp>

namespace sluice {

/// Is told when outputs run, on the thread that runs them: of each output of each batch, `started` before and
/// `completed` after.
class output_observer {
public:
  virtual ~output_observer() = default;

  virtual void started(output_number output, batch_time t) = 0;

  /// `failure`: what its function threw; none if it ended well.
  virtual void completed(output_number output, batch_time t, std::optional<std::string> failure) = 0;

  /// Instead of `completed`: it could not run, because an operator that it depends on has failed.
  virtual void left_out(output_number output, batch_time t) = 0;
};

} // namespace sluice
