// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/operators/stage/operator_failure.hpp>

#include <exception>

#include <sluice/actors/base/one_line.hpp>

namespace sluice::detail {

namespace {

/// The message of what is being handled.
std::string message() {
  try {
    throw;
  } catch (const std::exception& e) {
    return on_one_line(e.what(), shown_message_bytes);
  } catch (...) {
    return "an exception of a type not derived from std::exception";
  }
}

bool is_named() {
  try {
    throw;
  } catch (const operator_failure&) {
    return true;
  } catch (...) {
    return false;
  }
}

} // namespace

std::string describe_failure(std::string_view label) {
  try {
    throw;
  } catch (const operator_failure& e) {
    return e.what();
  } catch (...) {
    return on_one_line(label) + " failed: " + message();
  }
}

void call_site::raise(const char* at, std::string_view text) const {
  if (is_named()) // by an operator that consumes what this function emits
    throw;
  const auto who = on_one_line(label_) + (part_ != nullptr ? std::string{" failed in "} + part_ : " failed");
  throw operator_failure{who + ": " + message() + "; " + at + ": " + on_one_line(text, shown_record_bytes)};
}

} // namespace sluice::detail
