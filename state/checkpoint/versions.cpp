// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/checkpoint/versions.hpp>

#include <sluice/state/checkpoint/checkpoint_keys.hpp>

#include <algorithm>
#include <utility>

namespace sluice {

namespace {

/// Versions that a time is divided into: more would only cost, and fewer would be far apart.
constexpr int most_in_time = 100;

using entries = std::map<manifest::state_key, manifest::state_entry>;

const manifest::state_entry* find(const entries& in, manifest::state_key key) {
  const auto found = in.find(key);
  return found == in.end() ? nullptr : &found->second;
}

/// Gives up the version with the state `gone`. The state of one that is kept reaches from a commit to a later one
/// without a gap, so what neither neighbour lists is listed by none.
/// @param older the next older one that is kept; null if there is none
/// @returns whether there are snapshots that only this one lists
bool give_up(const entries& gone, const entries* older, const entries& newer, write_batch& batch) {
  bool frees_snapshots = false;
  for (const auto& [key, entry] : gone) {
    const auto* heir = find(newer, key);
    frees_snapshots |= !heir || heir->snapshots != entry.snapshots;
    if (older && find(*older, key))
      continue; // whose deltas reach up to here
    const auto first = blob_key(delta_tag, key, batch_time{}, 0);
    if (!heir)
      batch.erase_range(first, end_of_state(delta_tag, key));
    else if (const auto covered = heir->snapshots.covered(); covered && covered != entry.snapshots.covered())
      batch.erase_range(first, blob_key(delta_tag, key, *covered + duration{1}, 0));
  }
  return frees_snapshots;
}

std::string name_of(const found_version& x) {
  return x.time ? "the commit of batch " + to_string(*x.time) : "a commit of an unknown batch";
}

error none_that_old(batch_time at, const std::vector<found_version>& found) {
  return make_error(ec::invalid_argument, "it was to go back to batch " + to_string(at)
                                              + ", and the oldest commit that "
                                                "it has is "
                                              + name_of(found.front())
                                              + "; keep more of them from now on, or start "
                                                "with a later time");
}

expected<manifest> read_version(const keyed_store& log, const std::string& key) {
  auto stored = log.get(key);
  if (!stored)
    return stored.error();
  if (!*stored)
    return make_error(ec::storage_failed, "its commit record is gone");
  auto result = decode_manifest(**stored);
  if (const auto time = parse_commit_key(key); result && time && result->commit->time != *time)
    return make_error(ec::storage_failed, "its commit record is filed under another batch; restore the whole "
                                          "checkpoint, or remove it to start over");
  return result;
}

} // namespace

checkpoint_version checkpoint_version::of(const manifest& m) {
  return {commit_key(m.commit->time), m.commit->time, m.states};
}

std::vector<bool> choose_kept(const kept_versions& how, std::span<const batch_time> times, batch_time last) {
  std::vector<bool> result(times.size());
  std::optional<batch_time> before;
  for (std::size_t i = 0; i < times.size(); ++i) {
    const bool is_spread = !before || times[i] - *before >= how.time / most_in_time;
    const bool is_recent = how.time > duration{0} && last - times[i] <= how.time;
    result[i] = times.size() - i <= how.count || (is_recent && is_spread);
    if (result[i])
      before = times[i];
  }
  return result;
}

succession succeed(std::vector<checkpoint_version> before, checkpoint_version next, const kept_versions& how,
                   const std::multiset<batch_time>& pinned, write_batch& batch) {
  std::vector<batch_time> times;
  for (const auto& x : before)
    times.push_back(x.time);
  auto kept = choose_kept(how, times, next.time);
  for (std::size_t i = 0; i < before.size(); ++i)
    kept[i] = kept[i] || pinned.contains(times[i]);

  kept.push_back(true); // the last one
  before.push_back(std::move(next));

  succession result;
  const entries* older = nullptr;
  for (std::size_t i = 0; i < before.size(); ++i)
    if (kept[i]) {
      older = &before[i].states;
    } else {
      const auto heir = std::find(kept.begin() + static_cast<std::ptrdiff_t>(i), kept.end(), true) - kept.begin();
      batch.erase(before[i].key);
      result.frees_snapshots |= give_up(before[i].states, older, before[static_cast<std::size_t>(heir)].states, batch);
    }
  for (std::size_t i = 0; i < before.size(); ++i)
    if (kept[i])
      result.versions.push_back(std::move(before[i]));
  return result;
}

expected<std::vector<found_version>> find_versions(const keyed_store& log) {
  std::vector<std::string> keys;
  auto err = log.scan_keys(commit_tag, end_of_tag(commit_tag), [&keys](std::string_view key) {
    keys.emplace_back(key);
    return true;
  });
  if (err)
    return err;
  std::vector<found_version> result;
  for (auto& key : keys) {
    auto content = read_version(log, key);
    auto time = content ? content->commit->time : parse_commit_key(key);
    result.push_back({std::move(key), time, std::move(content)});
  }
  return result;
}

expected<version_choice> choose_version(const std::vector<found_version>& found, std::optional<batch_time> at,
                                        const std::function<error(const manifest&)>& verify) {
  auto candidates = found.size();
  while (candidates != 0 && at && found[candidates - 1].time && *found[candidates - 1].time > *at)
    --candidates;
  if (candidates == 0)
    return none_that_old(*at, found);
  version_choice result{candidates, {}};
  error first_damage;
  while (result.index != 0) {
    const auto& x = found[--result.index];
    auto damage = x.content ? error{} : x.content.error();
    if (!damage && candidates != 1)
      damage = verify(*x.content);
    if (!damage) {
      if (result.index + 1 != found.size())
        result.notes.push_back("it goes on from " + name_of(x) + "; " + std::to_string(found.size() - 1 - result.index)
                               + " later, up to " + name_of(found.back()) + ", will be discarded with the next commit");
      return result;
    }
    result.notes.push_back(name_of(x) + " is damaged and passed over: " + describe(damage));
    if (!first_damage)
      first_damage = std::move(damage);
  }
  if (candidates == 1)
    return first_damage;
  return make_error(ec::storage_failed, "none of its " + std::to_string(candidates)
                                            + " commits is whole; of the last: " + describe(first_damage));
}

void erase_later(const manifest& m, write_batch& batch) {
  const auto after = m.commit->time + duration{1};
  batch.erase_range(commit_key(after), end_of_tag(commit_tag));
  for (const auto& [name, op] : m.operators)
    for (std::uint32_t p = 0; p < op.partitions; ++p)
      batch.erase_range(blob_key(delta_tag, {op.number, p}, after, 0), end_of_state(delta_tag, {op.number, p}));
  // Operators that came later: their numbers will be given again.
  batch.erase_range(first_of_operator(delta_tag, m.next_operator), end_of_tag(delta_tag));
}

} // namespace sluice
