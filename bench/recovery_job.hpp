// SPDX-License-Identifier: BSD-3-Clause
//
// The job of `recovery_time`: it counts records by key, with the write-ahead log, and is killed and started again. Its
// first run gives every key a record; each later one goes on giving some to keys in turn. At the end a run adds up
// whether each key has exactly the records that it must have.
//
// It may lose nothing that was in the log, so every run notes how much it has stored and how much of that is in the
// log. With each chunk of records comes one for the run itself, whose value is the number of the chunk: from the state
// of these keys one sees how many chunks of a run count, that none counts twice and that none is left out before them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include <sluice/actors/base/time.hpp>

namespace sluice::bench {

enum class recovery_role {
  fill,  ///< the first run
  go_on, ///< a later one
  check  ///< the last one, which stores nothing
};

/// One run of the job.
struct recovery_run {
  std::filesystem::path directory; ///< of the checkpoint, and of the notes beside it
  recovery_role role = recovery_role::go_on;
  std::uint64_t number = 0; ///< of the run, counted from 0
  std::uint64_t keys = 1'000'000;
  std::uint64_t rate = 20'000; ///< records a second, once there is a state
  duration interval{100};
  std::size_t threads = 2;
};

/// What it writes to standard error, for the process that watches it.
namespace recovery_news {
inline const std::string begun = "recovery job: begun\n";   ///< first of all
inline const std::string opened = "; checkpoint ";          ///< the log line of the runtime with the checkpoint open
inline const std::string loaded = "recovery job: loaded\n"; ///< the first batch may come
inline const std::string committed = "recovery job: committed\n"; ///< the first batch is committed
inline const std::string filled = "recovery job: filled\n";       ///< fill: every key has a record that is committed
inline const std::string right = "recovery job: all is right\n";  ///< check: and it ends
} // namespace recovery_news

/// Runs the job: until it is killed, or, to check, until it has. Throws std::runtime_error if something is wrong.
void run_recovery_job(const recovery_run& how);

} // namespace sluice::bench
