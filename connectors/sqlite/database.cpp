// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/connectors/sqlite/database.hpp>

#include <sqlite3.h>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/os/blocking_section.hpp>

namespace sluice::sqlite {

namespace {

[[noreturn]] void fail(const std::string& path, const std::string& why) {
  throw runtime_failure{"SQLite file '" + path + "': " + why};
}

[[noreturn]] void fail(const std::string& path, sqlite3* where) {
  const auto code = sqlite3_errcode(where);
  const std::string why = sqlite3_errmsg(where);
  fail(path,
       code == SQLITE_BUSY ? why + "; another program has been writing to it for longer than the busy timeout" : why);
}

/// Binding fails for a wrong number, or for want of memory.
void check_bound(const std::string& path, int code) {
  if (code != SQLITE_OK)
    fail(path, sqlite3_errstr(code));
}

} // namespace

std::string quoted_name(std::string_view name) {
  std::string result = "\"";
  for (const auto c : name)
    result.append(c == '"' ? 2 : 1, c);
  return result + '"';
}

void statement::finalize::operator()(sqlite3_stmt* x) const noexcept { sqlite3_finalize(x); }

void statement::bind(int parameter, std::nullptr_t) {
  check_bound(*path_, sqlite3_bind_null(handle_.get(), parameter + 1));
}

void statement::bind(int parameter, std::int64_t x) {
  check_bound(*path_, sqlite3_bind_int64(handle_.get(), parameter + 1, x));
}

void statement::bind(int parameter, double x) {
  check_bound(*path_, sqlite3_bind_double(handle_.get(), parameter + 1, x));
}

// An empty text or blob may have no address, which SQLite would take for NULL.
void statement::bind(int parameter, std::string_view text) {
  const auto* const data = text.empty() ? "" : text.data();
  check_bound(*path_, sqlite3_bind_text64(handle_.get(), parameter + 1, data, text.size(), SQLITE_STATIC, SQLITE_UTF8));
}

void statement::bind(int parameter, bytes_view data) {
  const void* const address = data.empty() ? "" : static_cast<const void*>(data.data());
  check_bound(*path_, sqlite3_bind_blob64(handle_.get(), parameter + 1, address, data.size(), SQLITE_STATIC));
}

void statement::run() {
  while (next()) {
  }
}

bool statement::next() {
  switch (sqlite3_step(handle_.get())) {
    case SQLITE_ROW: return true;
    case SQLITE_DONE: reset(); return false;
    default: break;
  }
  try {
    fail(*path_, sqlite3_db_handle(handle_.get()));
  } catch (...) {
    reset();
    throw;
  }
}

std::optional<std::int64_t> statement::integer(int column) const {
  if (sqlite3_column_type(handle_.get(), column) == SQLITE_NULL)
    return std::nullopt;
  return sqlite3_column_int64(handle_.get(), column);
}

std::string statement::text(int column) const {
  const auto* const data = reinterpret_cast<const char*>(sqlite3_column_text(handle_.get(), column));
  return data ? std::string{data, static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column))} : "";
}

void statement::reset() noexcept { sqlite3_reset(handle_.get()); }

void database::close::operator()(sqlite3* x) const noexcept { sqlite3_close_v2(x); }

database::database(const std::filesystem::path& file, std::chrono::milliseconds busy_timeout)
    : path_{std::make_unique<const std::string>(file.string())} {
  sqlite3* opened = nullptr;
  const auto code = sqlite3_open_v2(path_->c_str(), &opened,
                                    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  handle_.reset(opened);
  if (code != SQLITE_OK)
    fail(*path_, opened ? sqlite3_errmsg(opened) : sqlite3_errstr(code));
  sqlite3_busy_timeout(opened, static_cast<int>(busy_timeout.count()));
  // In this mode readers do not wait for writers, and a commit takes one sync.
  auto mode = prepare("PRAGMA journal_mode=WAL");
  if (!mode.next() || mode.text(0) != "wal")
    fail(*path_, "its file system cannot hold SQLite's write-ahead log (journal mode WAL); keep it on a local disk");
  mode.reset();
  // The default would leave the last commits to the mercy of a power cut, and the batch is committed after them.
  run("PRAGMA synchronous=FULL");
  begin_ = prepare("BEGIN IMMEDIATE");
  commit_ = prepare("COMMIT");
}

statement database::prepare(const std::string& sql) {
  sqlite3_stmt* made = nullptr;
  const auto code = sqlite3_prepare_v3(handle_.get(), sql.c_str(), static_cast<int>(sql.size() + 1),
                                       SQLITE_PREPARE_PERSISTENT, &made, nullptr);
  statement result;
  result.handle_.reset(made);
  result.path_ = path_.get();
  if (code != SQLITE_OK)
    fail(*path_, handle_.get());
  return result;
}

void database::begin() {
  const blocking_section waits; // for others who write
  begin_.run();
}

void database::commit() {
  const blocking_section waits; // for the disk
  commit_.run();
}

void database::roll_back() noexcept {
  if (sqlite3_get_autocommit(handle_.get()) == 0)
    sqlite3_exec(handle_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
}

} // namespace sluice::sqlite
