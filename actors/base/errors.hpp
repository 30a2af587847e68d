// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

namespace caf {
class error;
}

namespace sluice {

/// Errors of the world outside the program. The numbers travel between nodes and are frozen.
enum class ec : std::uint8_t {
  malformed_batch = 1,     ///< bytes that claim to be a batch are not one
  schema_mismatch = 2,     ///< a batch holds other columns than its reader expects
  checksum_mismatch = 3,   ///< stored or received bytes do not match their CRC32C
  record_too_large = 4,    ///< one record needs more than the frame limit
  storage_failed = 5,      ///< the disk or LMDB refused an operation
  storage_locked = 6,      ///< the checkpoint directory is in use by another context
  checkpoint_mismatch = 7, ///< the checkpoint was written by another program
  connection_failed = 8,   ///< a peer or a source cannot be reached
  node_refused = 9,        ///< a node runs another program or speaks another protocol
  node_lost = 10,          ///< a node that took part has gone
  user_code_failed = 11,   ///< a function of the user's threw
  receiver_stopped = 12,   ///< a receiver gave up for good
  timed_out = 13,          ///< no answer in time
  invalid_argument = 14,   ///< a value that can never work
  messaging_failed = 15,   ///< an error of the actor system's own, in its words
};

/// The name of an error code, as in the list above.
std::string to_string(ec code);

/// An error, or none: a code, and a sentence that says what happened and what to do. Between actors it travels as a
/// caf::error; it converts to one and back.
class [[nodiscard]] error {
public:
  error() = default; ///< nothing
  error(ec code, std::string what) : code_{code}, what_{std::move(what)} {}
  error(const caf::error& from);
  operator caf::error() const;

  /// Whether anything went wrong.
  explicit operator bool() const { return code_ != ec{}; }

  /// Requires that something went wrong.
  ec code() const { return code_; }
  const std::string& what() const { return what_; }

  friend bool operator==(const error&, const error&) = default;

private:
  ec code_{};
  std::string what_;
};

inline error make_error(ec code, std::string what = {}) { return {code, std::move(what)}; }

/// The sentence of an error; the name of its code, if it has none.
std::string describe(const error& err);

/// Whether `err` is an error with this code.
inline bool is(const error& err, ec code) { return err && err.code() == code; }

/// Wrong use of the API: thrown while a program is composed or started, with a sentence that says what to do.
class usage_error : public std::logic_error {
public:
  using std::logic_error::logic_error;
};

/// A failure of the running system, as `await_termination` throws it.
class runtime_failure : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

} // namespace sluice
