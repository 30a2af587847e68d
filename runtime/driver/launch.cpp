// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/driver/launch.hpp>

#include <algorithm>
#include <map>
#include <thread>
#include <utility>

#include <sluice/actors/base/log.hpp>
#include <sluice/actors/base/version.hpp>
#include <sluice/runtime/intake/positioned_inputs.hpp>
#include <sluice/state/checkpoint/checkpoint_log.hpp>
#include <sluice/state/log/block_log.hpp>

namespace sluice {

namespace {

/// The sources that have a position from which they go on; all sources if nothing has ever been committed or cut.
std::vector<std::string> sources_that_go_back(const composition& program, const log_summary& found,
                                              const std::optional<checkpoint_summary>& checkpoint) {
  const auto* last = checkpoint && checkpoint->last_commit ? &*checkpoint->last_commit : nullptr;
  const auto has_position = [&](const std::string& name) {
    const auto given = [&name](const auto& pending) {
      const auto share = pending.second.inputs.find(name);
      return share != pending.second.inputs.end() && !share->second.position.empty();
    };
    return (last != nullptr && last->positions.contains(name)) || std::ranges::any_of(found.pending, given);
  };
  const auto is_new = last == nullptr && found.pending.empty();
  std::vector<std::string> result;
  for (const auto& node : program.graph.nodes())
    if (node.input && program.inputs[node.input->value()].make_source && (is_new || has_position(node.name)))
      result.push_back(node.name);
  return result;
}

std::string waiting_blocks(const std::string& input, std::uint64_t count) {
  return input + ": " + std::to_string(count)
         + " blocks of the write-ahead log belong to no batch yet, and go to the next one";
}

std::string blocks_of_nobody(const std::string& input, std::uint64_t count) {
  return "the write-ahead log holds " + std::to_string(count) + " blocks of '" + input
         + "', which is no input of this program; they are kept, for a program that has it, until one is started with "
           "--drop-state '"
         + input + "'";
}

bool has_input(const composition& program, const std::string& name) {
  return std::ranges::any_of(program.graph.nodes(), [&](const auto& x) { return x.input && x.name == name; });
}

/// The first block of an input that this process has given to the log, where the log held `before` when it began.
block_number first_of_process(const std::map<std::string, block_counts>& before, const std::string& input) {
  const auto found = before.find(input);
  return found == before.end() ? 1 : found->second.next;
}

void forget_blocks(block_log& log, const std::string& input) {
  if (const auto forgotten = log.forget(input, 1); forgotten.why)
    throw runtime_failure{describe(forgotten.why)};
}

} // namespace

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

void launch_options::log_in(std::shared_ptr<block_log> where) {
  if (where) {
    for (const auto& name : sources_that_go_back(*program, where->summary(), checkpoint))
      forget_blocks(*where, name);
    for (const auto& name : how.drop_states)
      if (const auto left = where->counts(name); !has_input(*program, name) && left.next != left.allocated) {
        forget_blocks(*where, name);
        log_info("the " + std::to_string(left.next - left.allocated) + " blocks of '" + name
                 + "' in the write-ahead log, which belong to no batch, are dropped");
      }
  }
  blocks_found = where ? std::optional{where->summary()} : std::nullopt;
  blocks = std::move(where);
}

void launch_options::keep_in(kept_run where) {
  keep_in(std::move(where.checkpoint));
  log_in(std::move(where.blocks));
}

void launch_options::reopen_with(std::function<expected<kept_run>()> open) {
  positioned = std::make_shared<positioned_inputs>();
  reopen = [open = std::move(open), positioned = positioned,
            before = blocks_found.value_or(log_summary{}).inputs]() -> expected<kept_run> {
    auto result = open();
    if (!result || !result->blocks)
      return result;
    for (const auto& name : positioned->names())
      if (const auto forgotten = result->blocks->forget(name, first_of_process(before, name)); forgotten.why)
        return forgotten.why;
    return result;
  };
}

error launch_options::follow_failure(kept_run where, std::uint32_t restarts) {
  try {
    keep_in(std::move(where));
  } catch (const runtime_failure& e) {
    log = nullptr;
    return make_error(ec::storage_failed, e.what());
  }
  ++life.number; // its incarnation stays: no other process has this one
  follows_failure = true;
  restarts_left = restarts;
  return {};
}

std::vector<allocation> launch_options::again() const {
  std::vector<allocation> result;
  if (!blocks_found)
    return result;
  const auto last = checkpoint && checkpoint->last_commit ? checkpoint->last_commit->time : batch_time{};
  for (const auto& [t, given] : blocks_found->pending)
    if (t > last)
      result.push_back(given);
  // A program that has gone back to an earlier commit: its sources have more to give again than these batches.
  if (blocks_found->released > last)
    for (auto& given : result)
      std::erase_if(given.inputs, [](const auto& x) { return !x.second.is_logged; });
  return result;
}

bool goes_through_log(const any_input& from, const runtime_options& how) {
  return from.is_logged.value_or(how.write_ahead_log && !from.can_repeat);
}

error check_same_log(const launch_options& what, const std::string& where) {
  const auto& last = what.checkpoint->last_commit;
  const auto released = what.blocks_found->released;
  if (!released || (last && *released <= last->time))
    return {};
  return make_error(ec::checkpoint_mismatch,
                    "the write-ahead log in '" + where + "' goes on after batch " + to_string(*released)
                        + ", and the state there is of " + (last ? "batch " + to_string(last->time) : "no batch at all")
                        + ": they come from different copies; restore the whole directory, or remove it to start over");
}

std::vector<std::string> describe_log(const launch_options& what) {
  std::vector<std::string> result;
  if (const auto& last = what.checkpoint->last_commit; last && what.blocks_found->released > last->time)
    result.push_back("the write-ahead log has let go of what was received up to batch "
                     + to_string(*what.blocks_found->released)
                     + "; what comes after the commit that this program goes "
                       "back to comes again from sources that can go back, and not from receivers");
  if (const auto again = what.again(); !again.empty())
    result.push_back("an earlier run has not committed " + std::to_string(again.size()) + " batches, "
                     + to_string(again.front().time) + " to " + to_string(again.back().time)
                     + "; they run again with the same content");
  for (const auto& [name, counts] : what.blocks_found->inputs) {
    const auto blocks = counts.next - counts.allocated;
    if (blocks != 0)
      result.push_back(has_input(*what.program, name) ? waiting_blocks(name, blocks) : blocks_of_nobody(name, blocks));
  }
  return result;
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
  if (const auto& restart = what.program->restart)
    result += "; at most " + std::to_string(restart->max) + " restarts in " + to_string(restart->within);
  if (checkpoint_directory.empty())
    return result + "; no checkpoint";
  const auto& last = what.checkpoint->last_commit;
  return result + "; checkpoint " + checkpoint_directory
         + (last ? ", committed up to batch " + to_string(last->time) : std::string{", new"});
}

} // namespace sluice
