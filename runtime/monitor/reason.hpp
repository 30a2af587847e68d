// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sluice/runtime/monitor/run_picture.hpp>

namespace sluice {

/// Says in a sentence why a program is as fast as it is, and what holds it up if it is too slow. Looks at the last few
/// seconds. A pure function; `since` is left to the caller.
///
/// The causes: `starting`, `restarting`, `stopping`, `stopped`, `failed`; of a program whose batches take longer than
/// their interval `slow_output`, `slow_disk`, `skewed_key`, `slow_function`, `shared_cpu`; of one that keeps up
/// `silent_receiver`, `failing_output`, `dead_letters`, `no_records`, `silent_input`, `source_slower`, `healthy`.
run_reason find_reason(const run_picture& of);

} // namespace sluice
