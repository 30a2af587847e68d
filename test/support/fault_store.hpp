// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sluice/testkit/fault_store.hpp>

namespace sluice::test {

using testkit::fault_plan;
using testkit::fault_store;

} // namespace sluice::test
