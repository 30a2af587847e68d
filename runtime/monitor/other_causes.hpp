// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>

#include <sluice/runtime/monitor/recent_batches.hpp>
#include <sluice/runtime/monitor/run_picture.hpp>

namespace sluice::detail {

/// What is wrong with a program whose batches are in time, or soon will be. Nothing: nothing is. A pure function.
std::optional<run_reason> cause_of_trouble(const run_picture& of, const recent_batches& recent);

/// A failure that comes again and again: while it does, batches are late as well.
std::optional<run_reason> cause_of_restarts(const run_picture& of);

} // namespace sluice::detail
