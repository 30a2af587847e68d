// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/plan/restart_policy.hpp>

#include <sluice/actors/base/errors.hpp>

namespace sluice {

void check(const restart_policy& policy) {
  if (policy.max == 0)
    throw usage_error{"restart_policy: max must be at least 1; use error_policy::stop to stop at the first failure"};
  if (policy.within <= duration{0})
    throw usage_error{"restart_policy: within must be longer than 0"};
  if (policy.backoff < duration{0} || policy.longest < policy.backoff)
    throw usage_error{"restart_policy: backoff must be from 0 to longest"};
}

} // namespace sluice
