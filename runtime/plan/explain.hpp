// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include <sluice/operators/stage/topology.hpp>
#include <sluice/runtime/plan/planner.hpp>

namespace sluice {

/// How a plan is shown.
enum class plan_format {
  text,    ///< for people
  dot,     ///< for Graphviz
  mermaid, ///< for Markdown pages
};

/// The plan of a run: the stages with their partitions, the operators fused in each with the records they emit and the
/// state they keep, and the edges between stages. The text names operators that lead to no output; the pictures leave
/// them out. `plan` is that of `graph`.
std::string explain(const topology& graph, const execution_plan& plan, plan_format format = plan_format::text);

/// "text", "dot" or "mermaid". Throws usage_error for anything else.
plan_format parse_plan_format(const std::string& text);

} // namespace sluice
