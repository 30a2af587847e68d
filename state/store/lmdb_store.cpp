// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/store/lmdb_store.hpp>

#include <sluice/actors/os/blocking_section.hpp>
#include <sluice/state/store/sealed_value.hpp>
#include <sluice/state/store/storage_errors.hpp>

#include <lmdb.h>

#include <utility>

namespace sluice {

namespace {

MDB_val to_val(std::string_view s) { return {s.size(), const_cast<char*>(s.data())}; }
std::string_view to_view(const MDB_val& v) { return {static_cast<const char*>(v.mv_data), v.mv_size}; }

/// A transaction on the one unnamed database, aborted unless committed.
class transaction {
public:
  transaction(const lmdb_environment& environment, unsigned flags)
      : environment_{&environment}, status_{mdb_txn_begin(environment.handle(), nullptr, flags, &txn_)} {
    if (status_ == 0)
      status_ = mdb_dbi_open(txn_, nullptr, 0, &dbi_);
  }
  ~transaction() {
    close_cursor();
    if (txn_)
      mdb_txn_abort(txn_);
  }
  transaction(const transaction&) = delete;
  transaction& operator=(const transaction&) = delete;

  /// 0, or why the transaction could not begin.
  int status() const { return status_; }

  int put(std::string_view key, bytes_view value) {
    auto k = to_val(key);
    // Reserving lets the value be sealed in its place, without a copy in between.
    MDB_val v{sealed_size(value.size()), nullptr};
    const int rc = mdb_put(txn_, dbi_, &k, &v, MDB_RESERVE);
    if (rc == 0)
      seal(key, value, static_cast<std::byte*>(v.mv_data));
    environment_->looked_at(v.mv_size);
    return rc;
  }

  int erase(std::string_view key) { return erase_range(key, std::string{key} + '\0'); }

  int erase_range(std::string_view from, std::string_view end) {
    // A new search after each erased entry costs little, and does not depend on where LMDB leaves a cursor.
    MDB_val k;
    MDB_val v;
    for (;;) {
      const int rc = seek(from, k, v);
      if (rc != 0 || (!end.empty() && to_view(k) >= end))
        return rc == MDB_NOTFOUND ? 0 : rc;
      const auto size = v.mv_size;
      if (const int deleted = mdb_cursor_del(cursor_, 0))
        return deleted;
      environment_->looked_at(size);
    }
  }

  /// Finds the first entry not before `from`.
  int seek(std::string_view from, MDB_val& key, MDB_val& value) {
    if (!cursor_)
      if (const int rc = mdb_cursor_open(txn_, dbi_, &cursor_))
        return rc;
    if (from.empty())
      return mdb_cursor_get(cursor_, &key, &value, MDB_FIRST);
    // A bound longer than any key is cut: the entry found may then be before `from`, and is passed over.
    key = to_val(from.substr(0, max_key_bytes));
    int rc = mdb_cursor_get(cursor_, &key, &value, MDB_SET_RANGE);
    while (rc == 0 && to_view(key) < from)
      rc = next(key, value);
    return rc;
  }

  int next(MDB_val& key, MDB_val& value) { return mdb_cursor_get(cursor_, &key, &value, MDB_NEXT); }

  int commit() {
    close_cursor();
    const blocking_section waits; // for the disk
    return mdb_txn_commit(std::exchange(txn_, nullptr));
  }

private:
  void close_cursor() {
    if (cursor_)
      mdb_cursor_close(std::exchange(cursor_, nullptr));
  }

  const lmdb_environment* environment_;
  MDB_txn* txn_ = nullptr;
  MDB_cursor* cursor_ = nullptr;
  MDB_dbi dbi_ = 0;
  int status_;
};

int perform(transaction& txn, const write_batch::operation& op) {
  switch (op.what) {
    case write_batch::action::put: return txn.put(op.key, op.value);
    case write_batch::action::erase: return txn.erase(op.key);
    case write_batch::action::erase_range: return txn.erase_range(op.key, op.end);
  }
  return MDB_BAD_TXN;
}

} // namespace

expected<std::unique_ptr<lmdb_store>> lmdb_store::open(const std::filesystem::path& dir, const lmdb_options& options) {
  auto environment = lmdb_environment::open(dir, options);
  if (!environment)
    return environment.error();
  return std::unique_ptr<lmdb_store>{new lmdb_store{std::move(*environment)}};
}

lmdb_store::lmdb_store(std::unique_ptr<lmdb_environment> environment) : environment_{std::move(environment)} {}

write_result lmdb_store::do_apply(const write_batch& batch) {
  auto result = apply_growing(batch);
  // LMDB uses pages again from the second transaction on after the one that freed them. So room is missing only if it
  // still is after a transaction that does nothing.
  if (result.had_no_room() && let_time_pass() == 0)
    result = apply_growing(batch);
  return result;
}

write_result lmdb_store::apply_growing(const write_batch& batch) {
  for (;;) {
    const int rc = try_apply(batch);
    if (rc == 0)
      return {};
    if (rc != MDB_MAP_FULL)
      return environment_->failed_write(rc);
    if (auto grown = environment_->grow(batch.put_bytes()); grown.why)
      return grown;
  }
}

int lmdb_store::let_time_pass() {
  transaction txn{*environment_, 0};
  if (txn.status() != 0)
    return txn.status();
  // A transaction without a change would not count.
  const std::string key(1, '\0');
  MDB_val found;
  MDB_val value;
  if (txn.seek(key, found, value) == 0 && to_view(found) == key)
    return MDB_KEYEXIST;
  if (const int rc = txn.put(key, {}))
    return rc;
  if (const int rc = txn.erase(key))
    return rc;
  return txn.commit();
}

int lmdb_store::try_apply(const write_batch& batch) {
  transaction txn{*environment_, 0};
  if (txn.status() != 0)
    return txn.status();
  for (const auto& op : batch.operations())
    if (const int rc = perform(txn, op))
      return rc;
  return txn.commit();
}

template <class F>
error lmdb_store::for_each(std::string_view from, std::string_view end, F&& look) const {
  transaction txn{*environment_, MDB_RDONLY};
  if (txn.status() != 0)
    return environment_->failure(txn.status());
  MDB_val key;
  MDB_val value;
  int rc = txn.seek(from, key, value);
  for (; rc == 0 && (end.empty() || to_view(key) < end); rc = txn.next(key, value)) {
    environment_->looked_at(value.mv_size);
    if (!look(to_view(key), bytes_view{static_cast<const std::byte*>(value.mv_data), value.mv_size}))
      return {};
  }
  return rc == 0 || rc == MDB_NOTFOUND ? error{} : environment_->failure(rc);
}

error lmdb_store::do_scan(std::string_view from, std::string_view end, const visitor& visit) const {
  error damage;
  auto err = for_each(from, end, [&](std::string_view key, bytes_view stored) {
    auto plain = unseal(key, stored);
    if (!plain)
      damage = damage_error(place(), plain.error());
    return plain && visit(key, *plain);
  });
  return damage ? damage : err;
}

error lmdb_store::do_scan_keys(std::string_view from, std::string_view end, const key_visitor& visit) const {
  return for_each(from, end, [&visit](std::string_view key, bytes_view) { return visit(key); });
}

} // namespace sluice
