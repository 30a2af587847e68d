// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/base/errors.hpp>

#include <caf/atom.hpp>
#include <caf/make_message.hpp>
#include <caf/sec.hpp>

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
  }
  return "unknown";
}

caf::error make_error(ec code, std::string what) {
  return caf::error{static_cast<std::uint8_t>(code), category, caf::make_message(std::move(what))};
}

std::string describe(const caf::error& err) {
  if (!err)
    return "no error";
  if (err.category() != category)
    return caf::to_string(err);
  const auto& context = err.context();
  if (context.match_elements<std::string>() && !context.get_as<std::string>(0).empty())
    return context.get_as<std::string>(0);
  return to_string(static_cast<ec>(err.code()));
}

bool is(const caf::error& err, ec code) {
  return err && err.category() == category && err.code() == static_cast<std::uint8_t>(code);
}

} // namespace sluice
