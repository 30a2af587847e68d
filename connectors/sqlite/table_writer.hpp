// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <sluice/connectors/sqlite/database.hpp>
#include <sluice/operators/output/output_id.hpp>

namespace sluice::sqlite {

/// Where rows go, and what they look like.
struct table_layout {
  std::string table;
  std::vector<std::string> columns;
  std::vector<std::string> types; ///< by column, as CREATE TABLE has them
};

/// Throws usage_error unless the names can be those of a table and its columns.
void check_layout(const table_layout& layout, std::size_t fields);

/// Appends rows to a table, and keeps in the table `_sluice_outputs` which batches it has taken: the half of an
/// sqlite_output that does not depend on the record. Throws runtime_failure with the file's name and SQLite's reason.
class table_writer {
public:
  /// Opens the file, and creates both tables where they are missing.
  table_writer(const std::filesystem::path& file, table_layout layout, std::chrono::milliseconds busy_timeout);

  /// Begins a transaction. Returns the last batch that was taken of this output and partition. Throws runtime_failure,
  /// without a transaction, if the batch, or a later one, was taken in another number of partitions: which of its
  /// records are there cannot be told.
  std::optional<batch_time> begin(const output_id& id);

  /// The statement that appends a row; its parameters are the columns.
  statement& insert() { return insert_; }

  void commit(const output_id& id);
  void roll_back() noexcept;

private:
  database file_;
  std::string table_;
  statement insert_;
  statement find_last_;
  statement find_others_;
  statement keep_last_;
};

} // namespace sluice::sqlite
