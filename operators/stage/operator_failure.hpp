// SPDX-License-Identifier: BSD-3-Clause
//
// Which operator failed, and at which record. Operators call the functions of the user's through a `call_site`, which
// knows both when one throws. A call that returns costs nothing more: the names are put together in the handler.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/record/record_text.hpp>

namespace sluice {

/// An operator failed in a batch. `what()` is one line that names it: "map 'parse' failed: no number; record: 1x".
class operator_failure : public runtime_failure {
public:
  using runtime_failure::runtime_failure;
};

/// Bytes of a record, and of a message of the user's, that a failure shows.
inline constexpr std::size_t shown_record_bytes = 200;
inline constexpr std::size_t shown_message_bytes = 1000;

namespace detail {

/// What is being handled, as a line for an operator of this label. A failure that names its operator already is left as
/// it is. To be called in a handler.
std::string describe_failure(std::string_view label);

/// Where functions of one operator are called.
class call_site {
public:
  /// @param label kind and name of the operator.
  /// @param part which function it is, where the operator has several: "its filter".
  explicit call_site(std::string label = {}, const char* part = nullptr) : label_{std::move(label)}, part_{part} {}

  /// Returns f(), a call for a record. Where it throws, so does this: an operator_failure.
  /// @param which the record, or a function that returns it, which is called only then: nobody has to keep the record
  /// at hand.
  template <class Which, class F>
  [[gnu::always_inline]] decltype(auto) call(const Which& which, F&& f) const {
    try {
      return std::forward<F>(f)();
    } catch (...) {
      fail("record", which);
    }
  }

  /// The same for a function that gets a key and more than one record.
  template <class Which, class F>
  [[gnu::always_inline]] decltype(auto) call_for_key(const Which& which, F&& f) const {
    try {
      return std::forward<F>(f)();
    } catch (...) {
      fail("key", which);
    }
  }

  /// Throws an operator_failure for what is being handled. To be called in a handler.
  template <class Which>
  [[noreturn, gnu::cold, gnu::noinline]] void fail(const char* at, const Which& which) const {
    std::string text;
    if constexpr (std::is_invocable_v<const Which&>)
      format_record<std::remove_cvref_t<std::invoke_result_t<const Which&>>>(text, which());
    else
      format_record<Which>(text, which);
    raise(at, text);
  }

private:
  [[noreturn]] void raise(const char* at, std::string_view text) const;

  std::string label_;
  const char* part_;
};

} // namespace detail

} // namespace sluice
