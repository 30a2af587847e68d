// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sluice/runtime/monitor/run_picture.hpp>

namespace sluice {

/// Says in a sentence why a program is as fast as it is, and what holds it up if it is too slow. Looks at the last few
/// seconds. A pure function; `since` is left to the caller.
///
/// The causes: `starting`, `restarting`, `restarts`, `stopping`, `stopped`, `failed`; those of late_causes.hpp for a
/// program whose batches are late, those of other_causes.hpp for one that keeps up; `no_records`, `silent_input`,
/// `source_slower` and `healthy` where nothing is wrong. docs/monitoring.md has a sentence for each.
run_reason find_reason(const run_picture& of);

} // namespace sluice
