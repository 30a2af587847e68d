// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <sluice/actors/base/time.hpp>
#include <sluice/connectors/sqlite/columns.hpp>
#include <sluice/connectors/sqlite/table_writer.hpp>
#include <sluice/operators/output/output_id.hpp>
#include <sluice/operators/stage/output_guarantee.hpp>

namespace sluice {

/// The settings of an sqlite_output.
struct sqlite_options {
  std::string time_column = {};                  ///< if it is named: a first column with the batch time, in ms
  std::chrono::milliseconds busy_timeout{5'000}; ///< how long to wait for others who write to the file
};

/// An output for `write_to`: a row of an SQLite table for each record.
///
///     counts.write_to(sluice::sqlite_output<word_count>{"counts.db", "counts", {"word", "n"}}, "counts");
///
/// A record is one column, a pair, a tuple, an array or a plain struct one a field: numbers, bools, texts, bytes, times
/// (as ticks), and optionals of these, which may be NULL. The table is created if it is missing. It may have more
/// columns, with defaults. The records of a partition of a batch are inserted in one transaction, which also keeps in
/// the table `_sluice_outputs` that the batch was taken: a batch that runs again after a crash is taken once. When the
/// batch is committed, its rows are on the disk. All partitions share one connection.
///
/// Give the output a name, as in the example: what it took is kept under it. Throws usage_error for names that cannot
/// be a table's, runtime_failure with the path and SQLite's reason when it starts and when it writes.
template <record T>
class sqlite_output {
  static_assert(sqlite::is_row<T>(),
                "sluice: sqlite_output: a column holds a number, a bool, a text, bytes, a time or "
                "an optional of these; map the records to pairs, tuples or structs of such fields");

public:
  static constexpr auto kind = "sqlite_output";
  static constexpr auto guarantee = output_guarantee::transactional;

  /// `columns`: their names; without them, "key" and "value" of a pair, "value" of a record without fields,
  /// otherwise "field1", "field2", …
  sqlite_output(std::filesystem::path file, std::string table, std::vector<std::string> columns = {},
                sqlite_options how = {})
      : file_{std::move(file)}, busy_timeout_{how.busy_timeout}, first_{how.time_column.empty() ? 0 : 1},
        layout_{std::move(table), columns.empty() ? sqlite::default_names<T>() : std::move(columns),
                sqlite::column_types<T>()} {
    if (first_ != 0) {
      layout_.columns.insert(layout_.columns.begin(), std::move(how.time_column));
      layout_.types.insert(layout_.types.begin(), "INTEGER NOT NULL");
    }
    sqlite::check_layout(layout_, layout_.types.size());
  }

  void on_start() { writer_.emplace(file_, layout_, busy_timeout_); }

  std::optional<batch_time> begin(const output_id& id) { return writer_->begin(id); }

  void write(std::span<const T> records, const output_id& id) {
    auto& row = writer_->insert();
    for (const auto& x : records) {
      if (first_ != 0)
        row.bind(0, id.time.ms());
      sqlite::bind_record(row, first_, x);
      row.run();
    }
  }

  void commit(const output_id& id) { writer_->commit(id); }
  void roll_back() noexcept { writer_->roll_back(); }

private:
  std::filesystem::path file_;
  std::chrono::milliseconds busy_timeout_;
  int first_; ///< the column of a record's first field
  sqlite::table_layout layout_;
  std::optional<sqlite::table_writer> writer_; ///< once it has started
};

} // namespace sluice
