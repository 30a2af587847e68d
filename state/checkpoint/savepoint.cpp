// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/checkpoint/savepoint.hpp>

#include <sluice/actors/os/system_call.hpp>
#include <sluice/state/checkpoint/checkpoint_keys.hpp>
#include <sluice/state/store/lmdb_store.hpp>

#include <atomic>
#include <cerrno>
#include <deque>
#include <map>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace sluice {

namespace {

namespace fs = std::filesystem;

/// Bytes of one transaction of the copy: they are in memory until it ends.
constexpr std::size_t transaction_bytes = std::size_t{16} << 20;

error cannot(const fs::path& dir, const std::string& why) {
  return make_error(ec::storage_failed, "the savepoint '" + dir.string() + "' cannot be written: " + why);
}

/// A version that stays while this lives.
class pinned_version {
public:
  explicit pinned_version(checkpoint_log& of) : of_{&of} {
    const auto guard = of_->lock();
    content_ = of_->pin_last();
  }
  ~pinned_version() {
    if (!content_)
      return;
    const auto guard = of_->lock();
    of_->unpin(content_->commit->time);
  }
  pinned_version(const pinned_version&) = delete;
  pinned_version& operator=(const pinned_version&) = delete;

  const expected<manifest>& content() const { return content_; }

private:
  checkpoint_log* of_;
  expected<manifest> content_ = manifest{};
};

/// Entries on their way into a store.
class copied_entries {
public:
  explicit copied_entries(keyed_store& to) : to_{&to} {}

  error put(std::string key, bytes_view value) {
    const auto& kept = values_.emplace_back(value.begin(), value.end());
    batch_.put(std::move(key), kept);
    return batch_.put_bytes() < transaction_bytes ? error{} : write();
  }

  error write() {
    auto err = to_->apply(std::exchange(batch_, {}));
    values_.clear();
    return err;
  }

private:
  keyed_store* to_;
  write_batch batch_;
  std::deque<bytes> values_; // where they are stays, as the batch refers to them
};

std::string_view tag_of(change_kind kind) {
  switch (kind) {
    case change_kind::base: return base_tag;
    case change_kind::partial: return partial_tag;
    case change_kind::delta: return delta_tag;
  }
  return {};
}

/// Copies the blobs of one state.
error copy_state(const checkpoint_log& from, const manifest& version, const state_id& id, copied_entries& log,
                 copied_entries& snapshots) {
  const manifest::state_key key{version.operators.at(id.operator_name).number, id.partition.value()};
  std::map<change_kind, std::uint64_t> index{{change_kind::delta, version.states.at(key).first_delta}};
  auto reader = from.read(version, id);
  bytes blob;
  for (;;) {
    change_kind kind{};
    batch_time time;
    const auto take = [&](change_kind k, batch_time t, bytes_view content) {
      kind = k;
      time = t;
      blob.assign(content.begin(), content.end());
      return error{};
    };
    const auto more = [&] {
      const auto guard = from.lock();
      return reader.next(take);
    }();
    if (!more)
      return more.error();
    if (!*more)
      return {};
    auto& to = kind == change_kind::delta ? log : snapshots;
    if (auto err = to.put(blob_key(tag_of(kind), key, time, index[kind]++), blob))
      return err;
  }
}

/// Writes the version into a new checkpoint in `dir`, the manifest last.
error write_copy(const checkpoint_log& from, const manifest& version, const fs::path& dir,
                 const lmdb_options& options) {
  auto log_store = lmdb_store::open(dir / "log", options);
  if (!log_store)
    return log_store.error();
  auto snapshot_store = lmdb_store::open(dir / "snapshots", options);
  if (!snapshot_store)
    return snapshot_store.error();
  if (const auto labelled = checkpoint_log::open(**log_store, **snapshot_store); !labelled)
    return labelled.error();
  copied_entries log{**log_store};
  copied_entries snapshots{**snapshot_store};
  for (const auto& id : states_of(version))
    if (auto err = copy_state(from, version, id, log, snapshots))
      return err;
  if (auto err = snapshots.write())
    return err;
  if (auto err = log.put(commit_key(version.commit->time), encode(version)))
    return err;
  return log.write();
}

/// Puts the names in `dir` on disk. Returns 0 or the error number.
int sync_names(const fs::path& dir) {
  const int fd = uninterrupted([&] { return ::open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (fd < 0)
    return errno;
  const int result = sync_to_disk(fd);
  ::close(fd);
  return result;
}

/// Puts what is in `from` where `to` is, on disk.
std::error_code publish(const fs::path& from, const fs::path& to) {
  std::error_code code{sync_names(from), std::generic_category()};
  if (!code)
    fs::rename(from, to, code);
  if (!code)
    code.assign(sync_names(to.parent_path()), std::generic_category());
  return code;
}

/// A name beside `dir` that nobody else has.
fs::path unfinished_name(const fs::path& dir) {
  static std::atomic<unsigned> count{0};
  auto name = dir;
  name += ".unfinished-" + std::to_string(::getpid()) + '-' + std::to_string(++count);
  return name;
}

} // namespace

expected<batch_time> write_savepoint(checkpoint_log& from, const fs::path& dir, const lmdb_options& options) {
  std::error_code code;
  const auto target = fs::absolute(dir / "", code).parent_path(); // without a '/' at its end
  if (code)
    return cannot(dir, code.message());
  const auto is_there = fs::exists(target, code);
  if (!code && is_there && !fs::is_empty(target, code) && !code)
    return cannot(dir, "there is something at that place; name a directory that is empty or not there");
  if (!code)
    fs::create_directories(target.parent_path(), code);
  if (code)
    return cannot(dir, code.message());
  const pinned_version version{from};
  if (!version.content())
    return cannot(dir, describe(version.content().error()));
  const auto unfinished = unfinished_name(target);
  auto err = write_copy(from, *version.content(), unfinished, options);
  if (!err)
    if (const auto failed = publish(unfinished, target))
      err = make_error(ec::storage_failed, failed.message());
  if (!err)
    return version.content()->commit->time;
  std::error_code ignored;
  fs::remove_all(unfinished, ignored);
  return cannot(dir, describe(err));
}

} // namespace sluice
