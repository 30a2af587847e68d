// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sluice/actors/base/bytes.hpp>
#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/base/expected.hpp>
#include <sluice/state/store/write_result.hpp>

namespace sluice {

/// The longest key of a keyed store, as LMDB has it, and the longest value.
inline constexpr std::size_t max_key_bytes = 511;
inline constexpr std::size_t max_value_bytes = std::size_t{1} << 30;

/// Writes that happen together or not at all, in the order of their addition. Values are not copied: they must outlive
/// the call of `keyed_store::apply`.
class write_batch {
public:
  enum class action { put, erase, erase_range };

  struct operation {
    action what;
    std::string key;
    std::string end; ///< of an erase_range: the first key that stays, empty for no bound
    bytes_view value;
  };

  void put(std::string key, bytes_view value);
  void erase(std::string key);

  /// Erases all keys k with from <= k < end, or from <= k where `end` is empty.
  void erase_range(std::string from, std::string end);

  bool empty() const { return operations_.empty(); }
  std::span<const operation> operations() const { return operations_; }

  /// The bytes of all keys and values to put.
  std::size_t put_bytes() const { return put_bytes_; }

private:
  std::vector<operation> operations_;
  std::size_t put_bytes_ = 0;
};

/// An ordered map from bytes to bytes that survives the process. Keys are 1 to 511 bytes, in the order of memcmp;
/// values are 0 bytes to 1 GiB. Every value carries a CRC32C over itself and its key, so a damaged value is an error
/// and never wrong data.
///
/// A write that failed closes the store: the disk may have done it or not, so nothing that follows can be right. All
/// calls are refused from then on. Open the store again to find what is on disk.
///
/// Has one owner: calls come one at a time, though not always from the same thread.
class keyed_store {
public:
  /// Looks at one entry, whose bytes are valid until it returns. Returns whether to go on. Must not write to the store.
  using visitor = std::function<bool(std::string_view key, bytes_view value)>;
  using key_visitor = std::function<bool(std::string_view key)>;

  virtual ~keyed_store() = default;

  /// Does all of `batch` in one transaction, which is on disk when this returns. ec::invalid_argument and
  /// ec::record_too_large mean that nothing was tried; any other error closes the store.
  error apply(const write_batch& batch);

  /// As `apply`, but a write that the disk or the quota has no room for does not close the store: nothing of it was
  /// written, and it may be tried again.
  write_result apply_if_room(const write_batch& batch);

  /// Visits the entries with from <= key < end in order, or all from `from` on where `end` is empty. A damaged value is
  /// ec::checksum_mismatch and ends the scan.
  error scan(std::string_view from, std::string_view end, const visitor& visit) const;

  /// The same for the keys alone. No value is read, so one that is damaged does not end it.
  error scan_keys(std::string_view from, std::string_view end, const key_visitor& visit) const;

  /// A copy of the value of `key`.
  expected<std::optional<bytes>> get(std::string_view key) const;

  /// Where the store is, for messages: its directory, or "memory".
  virtual std::filesystem::path place() const = 0;

private:
  virtual write_result do_apply(const write_batch& batch) = 0;
  virtual error do_scan(std::string_view from, std::string_view end, const visitor& visit) const = 0;
  /// By default a scan whose values are not looked at, which a damaged one does end.
  virtual error do_scan_keys(std::string_view from, std::string_view end, const key_visitor& visit) const;

  void close(const error& why);

  mutable bool scanning_ = false;
  error closed_; ///< the answer to every call; none while the store is open
};

} // namespace sluice
