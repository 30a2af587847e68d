// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include <sluice/actors/os/process_usage.hpp>
#include <sluice/runtime/monitor/run_picture.hpp>
#include <sluice/runtime/web/json_views.hpp>

namespace sluice::detail {

/// A picture of a run in the text format of Prometheus, version 0.0.4. docs/monitoring.md lists the metrics.
std::string metrics_text(const program_identity& program, const run_picture& of, const process_usage& driver);

} // namespace sluice::detail
