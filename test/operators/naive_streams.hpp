// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "random_program.hpp"

namespace sluice::test {

/// What the operator of a step gives at each batch when its parents have these: computed anew for every batch from
/// whole lists, with no thought of cost.
history evaluate(const step& how, const std::vector<const history*>& parents);

} // namespace sluice::test
