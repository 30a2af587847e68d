// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <utility>

#include <sluice/actors/base/user_code.hpp>
#include <sluice/actors/record/record_text.hpp>
#include <sluice/operators/stage/emitter.hpp>
#include <sluice/operators/stage/stage_operator.hpp>

namespace sluice {

/// A record that a function of the user's could not take.
struct dead_letter {
  std::string stream; ///< the name of the operator
  std::string error;  ///< what the function threw
  std::string record; ///< as print shows it
};

namespace detail {

/// Takes the records whose function throws, where somebody wants them; where nobody does, exceptions pass.
template <record In>
class dead_letter_outlet {
public:
  explicit dead_letter_outlet(const operator_context& context) : name_{context.name} {
    if (!context.side_consumers.empty())
      out_.emplace(context.side_consumers);
  }

  bool is_used() const { return out_.has_value(); }

  /// Requires that it is used. Calls `f()`, a function of the user's for the record x. Returns whether it got to its
  /// end.
  template <class F>
  bool attempt(const In& x, F&& f) {
    const auto failure = failure_of(f);
    if (failure)
      add(x, *failure);
    return !failure;
  }

  void flush() { out_->flush(); }

private:
  void add(const In& x, std::string what) {
    std::string text;
    format_record<In>(text, x);
    (*out_)({name_, std::move(what), std::move(text)});
  }

  std::string name_;
  std::optional<emitter<dead_letter>> out_;
};

} // namespace detail

} // namespace sluice
