// SPDX-License-Identifier: BSD-3-Clause
//
// A checkpoint holds the manifests of its last commit and of some before. Each is a version of the checkpoint: state
// that several of them list is there once, and goes with the last that lists it.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <sluice/actors/base/expected.hpp>
#include <sluice/state/checkpoint/kept_versions.hpp>
#include <sluice/state/checkpoint/manifest.hpp>
#include <sluice/state/store/keyed_store.hpp>

namespace sluice {

/// A commit on disk, and the state that it lists.
struct checkpoint_version {
  std::string key; ///< of its manifest
  batch_time time;
  std::map<manifest::state_key, manifest::state_entry> states;

  /// The version that `m`, which has a commit, is.
  static checkpoint_version of(const manifest& m);
};

/// Which of the versions with these times, which ascend, are kept where the last commit is that of `last`, after all of
/// them: one answer for each.
std::vector<bool> choose_kept(const kept_versions& how, std::span<const batch_time> times, batch_time last);

/// The versions after a commit, and whether snapshots are listed by none of them any more.
struct succession {
  std::vector<checkpoint_version> versions; ///< oldest first
  bool frees_snapshots = false;
};

/// The versions that are there when `next` follows `before`, which are those so far, oldest first. Adds to `batch` what
/// goes from the log with those that are given up. The ones at `pinned` times are kept in any case.
succession succeed(std::vector<checkpoint_version> before, checkpoint_version next, const kept_versions& how,
                   const std::multiset<batch_time>& pinned, write_batch& batch);

/// A version as it was found on disk.
struct found_version {
  std::string key;
  std::optional<batch_time> time; ///< that its key says, or its manifest; none where neither does
  expected<manifest> content;     ///< or why it cannot be read
};

/// The version to go on from, and lines that say what is passed over.
struct version_choice {
  std::size_t index;
  std::vector<std::string> notes;
};

/// The last one of `found`, which is not empty, or the last one not after `at`, that is whole. `verify` reads all that
/// a manifest lists; it is asked only if there is another version to fall back to. ec::invalid_argument if there is
/// none that old; if none is whole, the error says what the last one has.
expected<version_choice> choose_version(const std::vector<found_version>& found, std::optional<batch_time> at,
                                        const std::function<error(const manifest&)>& verify);

/// All that `log` has, oldest first. An error only where there is no telling what is there.
expected<std::vector<found_version>> find_versions(const keyed_store& log);

/// Adds to `batch` what goes from the log with all versions after `m`.
void erase_later(const manifest& m, write_batch& batch);

} // namespace sluice
