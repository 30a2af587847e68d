// SPDX-License-Identifier: BSD-3-Clause
//
// What this machine says of itself. Nothing here judges.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace sluice::tool {

struct machine_facts {
  std::uint64_t open_files = 0;      ///< the soft limit of this process
  std::uint64_t open_files_hard = 0; ///< what it may be raised to
  unsigned cores = 0;                ///< that this process may use
  std::uint64_t memory = 0;          ///< in bytes; 0 if it is not known
  std::uint64_t free_memory = 0;
  std::optional<std::uint64_t> memory_limit; ///< of the control group, or of one around it
  std::optional<bool> clock_is_synchronised; ///< nothing if the kernel does not say
  std::string huge_pages;                    ///< always, madvise, never, or empty if it is not known
};

machine_facts look_at_machine();

/// The least memory.max of a control group (version 2) and of those around it, `path` as in /proc/self/cgroup; nothing
/// if there is no limit. `root` is where the groups are mounted.
std::optional<std::uint64_t> memory_limit_of_group(const std::filesystem::path& root, const std::string& path);

/// The chosen one of a line such as "always [madvise] never".
std::string chosen_of(const std::string& line);

} // namespace sluice::tool
