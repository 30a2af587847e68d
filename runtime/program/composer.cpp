// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/program/composer.hpp>

#include <sluice/actors/base/errors.hpp>

namespace sluice {

void composer::on_error(error_policy policy) {
  scope_->graph.check_not_frozen();
  if (error_policy_is_fixed_)
    return;
  on_error_ = policy;
  restart_.reset();
}

void composer::on_error(const restart_policy& policy) {
  scope_->graph.check_not_frozen();
  check(policy);
  if (error_policy_is_fixed_)
    return;
  on_error_ = error_policy::stop;
  restart_ = policy;
}

void composer::remember(duration d) {
  scope_->graph.check_not_frozen();
  if (scope_->remember != duration{0})
    throw usage_error{"remember: the duration has already been set to " + to_string(scope_->remember)};
  if (d <= duration{0})
    throw usage_error{"remember: the duration must be positive, not " + to_string(d)};
  scope_->remember = d;
}

} // namespace sluice
