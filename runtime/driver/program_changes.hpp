// SPDX-License-Identifier: BSD-3-Clause
//
// A program that was changed, and the checkpoint of the one before: which states are gone, new or of another type, and
// what the user wants done with them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sluice/actors/base/expected.hpp>
#include <sluice/state/checkpoint/checkpoint.hpp>

namespace sluice {

class checkpoint_log;
class topology;
struct composition;
struct runtime_options;

/// A difference between a checkpoint and a program, in one state.
struct state_difference {
  enum class kind {
    gone,    ///< only the checkpoint has it
    added,   ///< only the program has it
    grown,   ///< both have it; the program has appended fields to its type
    retyped, ///< both have it, with other types
  };

  kind what;
  std::string name;
  std::string stored;      ///< its type in the checkpoint; empty if it is added
  std::string wanted;      ///< its type in the program; empty if it is gone
  std::string maybe_now{}; ///< of one that is gone: an added one of the same type, which it may have become

  friend bool operator==(const state_difference&, const state_difference&) = default;
};

/// All differences, in order of name; none where the checkpoint has no state yet.
std::vector<state_difference> compare_states(const checkpoint_summary& found, const topology& graph);

/// Whether the program may go on with these differences: with no other type, and with nothing that looks as if it had
/// only been renamed. Otherwise ec::checkpoint_mismatch that lists all that is in the way, and what to do. `where` is
/// named in it.
error check_differences(const std::vector<state_difference>& differences, const std::string& where);

/// A line for people for each difference that the program goes on with.
std::vector<std::string> describe_differences(const std::vector<state_difference>& differences);

/// Does in `log` what `how.drop_states` and `how.rename_states` say; it is for good with the next commit. Returns lines
/// for people. A drop is only done of a state that does not fit the program, and a rename is done once, so a program
/// may be started again with the same options. ec::invalid_argument for a rename of a state that is not there.
expected<std::vector<std::string>> change_states(checkpoint_log& log, const topology& graph,
                                                 const runtime_options& how);

/// Makes a checkpoint that was opened that of the program: keeps the versions that `how` says, changes its states, and
/// checks that the program can go on with it. `where` is named in errors and lines. Returns lines for people. To be
/// done each time that it is opened, as what it changes is for good with the next commit.
expected<std::vector<std::string>> adopt_checkpoint(checkpoint_log& found, const composition& program,
                                                    const runtime_options& how, const std::string& where);

} // namespace sluice
