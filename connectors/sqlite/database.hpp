// SPDX-License-Identifier: BSD-3-Clause
//
// SQLite without its header: a connection, and statements that are compiled once. Errors throw runtime_failure with the
// path and SQLite's reason.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <sluice/actors/base/bytes.hpp>

struct sqlite3;
struct sqlite3_stmt;

namespace sluice::sqlite {

/// A name as SQL has it, whatever its characters: "a ""b""".
std::string quoted_name(std::string_view name);

/// A compiled statement of a database, which must outlive it. Parameters and columns count from 0.
class statement {
public:
  statement() = default;

  void bind(int parameter, std::nullptr_t);
  void bind(int parameter, std::int64_t x);
  void bind(int parameter, double x); ///< NULL for a NaN
  /// The bytes must live until the next call of `run` or `next` has returned, or `reset`.
  void bind(int parameter, std::string_view text);
  void bind(int parameter, bytes_view data);

  /// Carries out a statement without results.
  void run();

  /// Goes to the next row. After the last one: false, and the statement can be used again.
  bool next();

  /// Of the current row; none for NULL.
  std::optional<std::int64_t> integer(int column) const;
  std::string text(int column) const;

  /// Ready to be used again, whatever happened before.
  void reset() noexcept;

private:
  friend class database;
  struct finalize {
    void operator()(sqlite3_stmt* x) const noexcept;
  };

  std::unique_ptr<sqlite3_stmt, finalize> handle_;
  const std::string* path_ = nullptr;
};

/// A connection to a file, for one thread at a time. Its transactions are on the disk when `commit` returns.
class database {
public:
  /// Creates the file if need be; its directory must be there.
  /// `busy_timeout`: how long to wait for others who write to the file.
  database(const std::filesystem::path& file, std::chrono::milliseconds busy_timeout);

  statement prepare(const std::string& sql);

  /// Carries out a statement that has no parameters.
  void run(const std::string& sql) { prepare(sql).run(); }

  /// Waits for others who write, from here on keeps them out.
  void begin();
  void commit();
  /// Without effect where no transaction is open.
  void roll_back() noexcept;

  const std::string& path() const { return *path_; }

private:
  struct close {
    void operator()(sqlite3* x) const noexcept;
  };

  std::unique_ptr<const std::string> path_; ///< statements refer to it
  std::unique_ptr<sqlite3, close> handle_;
  statement begin_;
  statement commit_;
};

} // namespace sluice::sqlite
