// SPDX-License-Identifier: BSD-3-Clause
//
// The paths and fields of Spark's REST interface for streaming programs, as its documentation ("Monitoring and
// Instrumentation", REST API) and its classes of `status.api.v1.streaming` have them. A time is text, as
// "2026-01-31T23:59:59.123GMT"; a delay is in whole milliseconds.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sluice/runtime/monitor/run_picture.hpp>
#include <sluice/runtime/web/json_views.hpp>

namespace sluice::detail {

/// Answers what follows /api/v1/applications, as "" or "/ID/streaming/statistics". None: there is no such thing.
std::optional<std::string> spark_json(const program_identity& program, const run_picture& of, std::string_view path,
                                      const std::vector<std::pair<std::string, std::string>>& query);

/// The gauges of Spark's source `StreamingMetrics`, as its JSON sink has them.
std::string spark_gauges_json(const program_identity& program, const run_picture& of);

} // namespace sluice::detail
