// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/base/errors.hpp>

#include <caf/atom.hpp>
#include <caf/error.hpp>
#include <caf/make_message.hpp>

namespace sluice {

namespace {

constexpr auto category = caf::atom("sluice");

} // namespace

std::string to_string(ec code) {
  switch (code) {
    case ec::malformed_batch: return "malformed_batch";
    case ec::schema_mismatch: return "schema_mismatch";
    case ec::checksum_mismatch: return "checksum_mismatch";
    case ec::record_too_large: return "record_too_large";
    case ec::storage_failed: return "storage_failed";
    case ec::storage_locked: return "storage_locked";
    case ec::checkpoint_mismatch: return "checkpoint_mismatch";
    case ec::connection_failed: return "connection_failed";
    case ec::node_refused: return "node_refused";
    case ec::node_lost: return "node_lost";
    case ec::user_code_failed: return "user_code_failed";
    case ec::receiver_stopped: return "receiver_stopped";
    case ec::timed_out: return "timed_out";
    case ec::invalid_argument: return "invalid_argument";
    case ec::messaging_failed: return "messaging_failed";
  }
  return "unknown";
}

error::error(const caf::error& from) {
  if (!from)
    return;
  if (from.category() != category) {
    code_ = ec::messaging_failed;
    what_ = caf::to_string(from);
    return;
  }
  code_ = static_cast<ec>(from.code());
  if (from.context().match_elements<std::string>())
    what_ = from.context().get_as<std::string>(0);
}

error::operator caf::error() const {
  if (!*this)
    return {};
  return {static_cast<std::uint8_t>(code_), category, caf::make_message(what_)};
}

std::string describe(const error& err) {
  if (!err)
    return "no error";
  return err.what().empty() ? to_string(err.code()) : err.what();
}

} // namespace sluice
