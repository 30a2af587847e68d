// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include <sluice/runtime/monitor/recent_batches.hpp>
#include <sluice/runtime/monitor/run_picture.hpp>

namespace sluice::detail {

/// Why batches are late. `how_late`: the beginning of the sentence. A pure function.
run_reason cause_of_lateness(const run_picture& of, const recent_batches& recent, const std::string& how_late);

} // namespace sluice::detail
