// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/driver/launch.hpp>

#include <algorithm>
#include <thread>
#include <utility>

#include <sluice/actors/base/version.hpp>
#include <sluice/state/checkpoint/checkpoint_log.hpp>

namespace sluice {

std::uint32_t thread_count(const runtime_options& how) {
  const auto asked = how.threads != 0 ? how.threads : std::max(1U, std::thread::hardware_concurrency());
  return static_cast<std::uint32_t>(asked);
}

duration graceful_stop_timeout(const runtime_options& how, duration interval) {
  return how.graceful_stop_timeout.count() != 0 ? how.graceful_stop_timeout
                                                : std::max<duration>(10 * interval, std::chrono::seconds{10});
}

void launch_options::keep_in(std::shared_ptr<checkpoint_log> where) {
  checkpoint = where ? std::optional{where->summary()} : std::nullopt;
  log = std::move(where);
}

std::string describe_launch(const launch_options& what, const std::string& checkpoint_directory) {
  auto result = std::string{"sluice "} + version() + ": threads " + std::to_string(what.local_threads) + "; nodes ";
  for (std::size_t i = 0; i < what.how.nodes.size(); ++i)
    result += (i == 0 ? "" : ", ") + to_string(what.how.nodes[i]);
  if (what.how.nodes.empty())
    result += "none";
  result += "; inputs ";
  auto first = true;
  for (const auto& node : what.program->graph.nodes())
    if (node.input) {
      result += (first ? "" : ", ") + node.name + " (" + what.program->inputs[node.input->value()].description + ')';
      first = false;
    }
  if (!what.checkpoint)
    return result + "; no checkpoint";
  const auto& last = what.checkpoint->last_commit;
  return result + "; checkpoint " + checkpoint_directory
         + (last ? ", committed up to batch " + to_string(last->time) : std::string{", new"});
}

} // namespace sluice
