// SPDX-License-Identifier: BSD-3-Clause
//
// Pictures of a run as JSON: what the page and `sluice` read. docs/monitoring.md lists the fields.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <sluice/actors/os/process_usage.hpp>
#include <sluice/runtime/monitor/event_list.hpp>
#include <sluice/runtime/monitor/record_tails.hpp>
#include <sluice/runtime/monitor/run_picture.hpp>
#include <sluice/runtime/web/shown_setting.hpp>

namespace sluice::detail {

/// The program that is watched.
struct program_identity {
  std::string name; ///< of the executable
  std::string id;   ///< of this process, unique on its machine
  std::string version;
  std::uint32_t threads = 1;
};

std::string overview_json(const program_identity& program, const run_picture& of, std::size_t batches);
std::string reason_json(const run_picture& of);

/// The page of one batch; empty if it is not known.
std::string batch_json(const run_picture& of, batch_time t);

std::string graph_json(const run_picture& of);

/// Empty if there is no such operator.
std::string operator_json(const run_picture& of, node_index i, const std::vector<load_point>& history);

std::string nodes_json(const program_identity& program, const run_picture& of, const process_usage& driver);
/// The lines of a tail that came after line `after`.
std::string tail_json(const operator_picture& of, const std::vector<tail_line>& lines, std::uint64_t after);

std::string events_json(const std::vector<run_event>& events, std::uint64_t after);
std::string config_json(const std::vector<shown_setting>& settings, const std::vector<std::string>& arguments);

/// What a batch is called in a table: "2026/01/31 23:59:59", local time, with milliseconds if batches are shorter than
/// a second.
std::string batch_time_text(batch_time t, duration interval);

const char* to_text(run_state x);

} // namespace sluice::detail
