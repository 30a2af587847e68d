// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/connectors/sqlite/table_writer.hpp>

#include <algorithm>
#include <cctype>
#include <set>
#include <string_view>
#include <utility>

#include <sluice/actors/base/errors.hpp>
#include <sluice/connectors/sqlite/columns.hpp>

namespace sluice::sqlite {

namespace {

constexpr std::string_view kept_in = "_sluice_outputs";

/// SQLite takes names for the same that differ in the case of ASCII letters.
std::string lower(std::string name) {
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return c < 128 ? std::tolower(c) : c; });
  return name;
}

void check_name(const std::string& name, const char* of) {
  if (name.empty() || name.find('\0') != std::string::npos)
    throw usage_error{std::string{"sqlite_output: the name of a "} + of + " is empty, or holds a zero byte"};
}

/// `of(column)`, one after the other, between commas.
template <class Of>
std::string list(const table_layout& layout, Of of) {
  std::string result;
  for (std::size_t i = 0; i < layout.columns.size(); ++i)
    result += (i == 0 ? "" : ", ") + of(i);
  return result;
}

std::string create_table(const table_layout& layout) {
  return "CREATE TABLE IF NOT EXISTS " + quoted_name(layout.table) + " ("
         + list(layout, [&](std::size_t i) { return quoted_name(layout.columns[i]) + ' ' + layout.types[i]; }) + ')';
}

std::string insert_row(const table_layout& layout) {
  return "INSERT INTO " + quoted_name(layout.table) + " ("
         + list(layout, [&](std::size_t i) { return quoted_name(layout.columns[i]); }) + ") VALUES ("
         + list(layout, [](std::size_t i) { return '?' + std::to_string(i + 1); }) + ')';
}

} // namespace

void refuse_large(std::uint64_t x) {
  throw runtime_failure{"sqlite_output: " + std::to_string(x)
                        + " does not fit a column, whose integers have 64 bits "
                          "with a sign; write it as a text or as a double"};
}

void check_layout(const table_layout& layout, std::size_t fields) {
  check_name(layout.table, "table");
  if (lower(layout.table) == kept_in || lower(layout.table).starts_with("sqlite_"))
    throw usage_error{"sqlite_output: the name '" + layout.table + "' is taken; give the table another one"};
  if (layout.columns.size() != fields)
    throw usage_error{"sqlite_output: " + std::to_string(layout.columns.size()) + " columns are named for '"
                      + layout.table + "', and the records have " + std::to_string(fields)};
  std::set<std::string> names;
  for (const auto& name : layout.columns) {
    check_name(name, "column");
    if (!names.insert(lower(name)).second)
      throw usage_error{"sqlite_output: two columns of '" + layout.table + "' are named '" + name + '\''};
  }
}

table_writer::table_writer(const std::filesystem::path& file, table_layout layout,
                           std::chrono::milliseconds busy_timeout)
    : file_{file, busy_timeout}, table_{std::move(layout.table)} {
  layout.table = table_;
  const auto kept = quoted_name(kept_in);
  file_.run("CREATE TABLE IF NOT EXISTS " + kept
            + " (output TEXT NOT NULL, \"table\" TEXT NOT NULL, partition INTEGER NOT NULL, partitions INTEGER NOT "
              "NULL, batch INTEGER NOT NULL, PRIMARY KEY (output, \"table\", partition)) WITHOUT ROWID");
  file_.run(create_table(layout));
  insert_ = file_.prepare(insert_row(layout));
  find_last_ = file_.prepare("SELECT batch FROM " + kept + " WHERE output = ?1 AND \"table\" = ?2 AND partition = ?3");
  find_others_ = file_.prepare("SELECT max(partitions) FROM " + kept
                               + " WHERE output = ?1 AND \"table\" = ?2 AND batch >= ?3 AND partitions <> ?4");
  keep_last_ = file_.prepare("INSERT OR REPLACE INTO " + kept + " VALUES (?1, ?2, ?3, ?4, ?5)");
}

std::optional<batch_time> table_writer::begin(const output_id& id) {
  file_.begin();
  try {
    find_others_.bind(0, id.output);
    find_others_.bind(1, table_);
    find_others_.bind(2, id.time.ms());
    find_others_.bind(3, std::int64_t{id.partitions});
    find_others_.next();
    const auto others = find_others_.integer(0);
    find_others_.reset();
    if (others)
      throw runtime_failure{"SQLite file '" + file_.path() + "': " + to_string(id) + ", was taken in part with "
                            + std::to_string(*others) + " partitions; start the program again with as many, until "
                            + "this batch is committed"};
    find_last_.bind(0, id.output);
    find_last_.bind(1, table_);
    find_last_.bind(2, std::int64_t{id.partition});
    std::optional<batch_time> result;
    if (find_last_.next())
      result = batch_time{find_last_.integer(0).value_or(0)};
    find_last_.reset();
    return result;
  } catch (...) {
    roll_back();
    throw;
  }
}

void table_writer::commit(const output_id& id) {
  keep_last_.bind(0, id.output);
  keep_last_.bind(1, table_);
  keep_last_.bind(2, std::int64_t{id.partition});
  keep_last_.bind(3, std::int64_t{id.partitions});
  keep_last_.bind(4, id.time.ms());
  keep_last_.run();
  file_.commit();
}

void table_writer::roll_back() noexcept {
  // A statement in the middle of its rows would keep the transaction open.
  for (auto* each : {&insert_, &find_last_, &find_others_, &keep_last_})
    each->reset();
  file_.roll_back();
}

} // namespace sluice::sqlite
