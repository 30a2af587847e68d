// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/checkpoint/checkpoint_identity.hpp>

#include <algorithm>
#include <cstring>
#include <optional>
#include <random>

#include <sluice/state/checkpoint/checkpoint_keys.hpp>

namespace sluice {

namespace {

constexpr std::size_t role_bytes = 16;
constexpr std::string_view log_role = "log";
constexpr std::string_view log_beside_blocks_role = "log, blocks";
constexpr std::string_view snapshots_role = "snapshots";
constexpr std::string_view blocks_role = "blocks";

/// The label of a store: its role, filled up with zeros, then the identity of its checkpoint.
using label = std::array<std::byte, role_bytes + sizeof(checkpoint_identity)>;

label make_label(std::string_view role, const checkpoint_identity& who) {
  label result{};
  std::memcpy(result.data(), role.data(), role.size());
  std::ranges::copy(who, result.begin() + role_bytes);
  return result;
}

error write_label(keyed_store& store, const label& what) {
  write_batch batch;
  batch.put(std::string{identity_key}, what);
  return store.apply(batch);
}

/// One of the two stores, as it was found.
struct found_store {
  bool is_empty = true; ///< but for its label
  std::optional<bytes> label;

  bool is_untouched() const { return is_empty && !label; }
  bool has_role(std::string_view role) const {
    return label && label->size() == sizeof(sluice::label)
           && std::ranges::equal(bytes_view{*label}.first(role_bytes),
                                 bytes_view{make_label(role, {})}.first(role_bytes));
  }
  bool is_log() const { return has_role(log_role) || has_role(log_beside_blocks_role); }
  bool is_of(const checkpoint_identity& who) const {
    return label && std::equal(who.begin(), who.end(), label->begin() + role_bytes);
  }

  /// Requires a role.
  checkpoint_identity who() const {
    checkpoint_identity result;
    std::memcpy(result.data(), label->data() + role_bytes, result.size());
    return result;
  }
};

expected<found_store> look_at(const keyed_store& store) {
  found_store result;
  auto label = store.get(identity_key);
  if (!label)
    return label.error();
  result.label = std::move(*label);
  const auto nothing = holds_nothing(store);
  if (!nothing)
    return nothing.error();
  result.is_empty = *nothing;
  return result;
}

std::string quoted(const std::filesystem::path& p) { return "'" + p.string() + "'"; }

constexpr const char* restore_all =
    "; restore all of it from the same backup, or remove the whole checkpoint to start over";

/// The error of a store that has content and not the right label.
error mislabelled(const keyed_store& store, const found_store& found, std::string_view other_role) {
  if (found.has_role(other_role))
    return make_error(ec::checkpoint_mismatch, quoted(store.place()) + " holds the " + std::string{other_role}
                                                   + " of a checkpoint" + restore_all);
  return make_error(ec::storage_failed, quoted(store.place())
                                            + " does not say to which checkpoint it belongs: it is damaged, or not a "
                                              "part of a checkpoint"
                                            + restore_all);
}

} // namespace

checkpoint_identity new_identity() {
  std::random_device entropy;
  checkpoint_identity result;
  for (auto& b : result)
    b = static_cast<std::byte>(entropy());
  return result;
}

expected<bool> holds_nothing(const keyed_store& store) {
  bool result = true;
  auto err = store.scan_keys({}, {}, [&result](std::string_view key) {
    result = key == identity_key;
    return result;
  });
  if (err)
    return err;
  return result;
}

bool is_there(const std::filesystem::path& path) {
  std::error_code code;
  return std::filesystem::exists(path, code) && !std::filesystem::is_empty(path, code);
}

error half_a_checkpoint(const std::filesystem::path& dir, const std::string& there, const std::string& missing) {
  return make_error(ec::storage_failed, "half of the checkpoint in " + quoted(dir) + " is missing: '" + there
                                            + "' is there, and '" + missing + "' is not there or empty" + restore_all);
}

error part_missing(const std::filesystem::path& dir, const std::string& missing) {
  return make_error(ec::storage_failed, "a part of the checkpoint in " + quoted(dir) + " is missing: '" + missing
                                            + "' is not there or empty" + restore_all);
}

error join_stores(keyed_store& log, keyed_store& snapshots, const checkpoint_identity& fresh) {
  const auto log_found = look_at(log);
  if (!log_found)
    return log_found.error();
  const auto snapshots_found = look_at(snapshots);
  if (!snapshots_found)
    return snapshots_found.error();
  const auto dir = log.place().parent_path();
  // The log is labelled first, so one without a label has nothing to say unless its other half has.
  if (log_found->is_untouched()) {
    if (!snapshots_found->is_untouched())
      return half_a_checkpoint(dir, "snapshots", "log");
    if (auto err = write_label(log, make_label(log_role, fresh)))
      return err;
    return write_label(snapshots, make_label(snapshots_role, fresh));
  }
  if (!log_found->is_log())
    return mislabelled(log, *log_found, snapshots_role);
  const auto who = log_found->who();
  if (snapshots_found->is_untouched()) {
    if (!log_found->is_empty)
      return half_a_checkpoint(dir, "log", "snapshots");
    return write_label(snapshots, make_label(snapshots_role, who)); // the beginning was interrupted
  }
  if (!snapshots_found->has_role(snapshots_role))
    return mislabelled(snapshots, *snapshots_found, log_role);
  if (!snapshots_found->is_of(who))
    return make_error(ec::checkpoint_mismatch,
                      "'log' and 'snapshots' in " + quoted(dir) + " belong to two different checkpoints" + restore_all);
  return {};
}

expected<bool> has_blocks(const keyed_store& log) {
  const auto found = look_at(log);
  if (!found)
    return found.error();
  return found->has_role(log_beside_blocks_role);
}

error join_blocks(keyed_store& log, keyed_store& blocks) {
  const auto log_found = look_at(log);
  if (!log_found)
    return log_found.error();
  if (!log_found->is_log())
    return mislabelled(log, *log_found, blocks_role);
  const auto blocks_found = look_at(blocks);
  if (!blocks_found)
    return blocks_found.error();
  const auto dir = log.place().parent_path();
  const auto who = log_found->who();
  const bool known = log_found->has_role(log_beside_blocks_role);
  if (!blocks_found->is_untouched()) {
    if (!blocks_found->has_role(blocks_role))
      return mislabelled(blocks, *blocks_found, log_role);
    // Without a word of them in the log they were not in use: it is older than they are.
    if (!blocks_found->is_of(who) || (!known && !blocks_found->is_empty))
      return make_error(ec::checkpoint_mismatch, "'log' and 'blocks' in " + quoted(dir)
                                                     + " belong to two different checkpoints, or to two backups of one"
                                                     + restore_all);
  } else if (known) {
    return part_missing(dir, "blocks");
  } else if (auto err = write_label(blocks, make_label(blocks_role, who))) {
    return err;
  }
  return known ? error{} : write_label(log, make_label(log_beside_blocks_role, who));
}

} // namespace sluice
