// SPDX-License-Identifier: BSD-3-Clause
//
// Operators from outside: a class of the user's that is called for each record, and at the end of each batch if it
// wants to be. `dstream::apply` says what it must have; `flat_map` comes through the same door.
#pragma once

#include <concepts>
#include <exception>
#include <memory>
#include <type_traits>
#include <utility>

#include <sluice/actors/base/time.hpp>
#include <sluice/operators/record/dead_letters.hpp>
#include <sluice/operators/stage/emitter.hpp>
#include <sluice/operators/stage/operator_failure.hpp>
#include <sluice/operators/stage/per_batch.hpp>
#include <sluice/operators/stage/stage_operator.hpp>

namespace sluice::detail {

template <class Op, class In, class Out>
concept takes_records = requires(Op& op, const In& x, emitter<Out>& emit) { op.on_record(x, emit); };

template <class Op, class Out>
concept takes_batch_ends = requires(Op& op, batch_time t, emitter<Out>& emit) { op.on_batch_end(t, emit); };

struct batch_end_name {
  int on_batch_end;
};

template <class Op>
struct with_batch_end_name : Op, batch_end_name {};

/// Whether there is a member of that name, whatever its type: then the name is ambiguous where there are two.
template <class Op>
concept names_batch_end = !std::is_final_v<Op> && !requires { &with_batch_end_name<Op>::on_batch_end; };

/// The copy of an operator that gets the records: one for all batches, as with a function.
template <class Op>
class lasting_copy {
public:
  explicit lasting_copy(Op of) : op_{std::move(of)} {}

  void open(batch_time) {}
  Op& current() { return op_; }
  void close() {}

private:
  Op op_;
};

/// The same of one that is told of the ends of batches: several batches may be open at a time, so each has a copy of
/// its own.
template <class Op>
class copy_per_batch {
public:
  explicit copy_per_batch(Op of) : prototype_{std::move(of)} {}

  void open(batch_time t) { kept_.open(t); }

  Op& current() {
    auto& copy = kept_.current().op;
    if (!copy)
      copy = std::make_unique<Op>(prototype_);
    return *copy;
  }

  void close() { kept_.close(); }

private:
  struct running {
    std::unique_ptr<Op> op;
    void clear() { op.reset(); }
  };

  const Op prototype_;
  per_batch<running> kept_;
};

/// Runs an operator of the user's, or one that is written like one.
template <record In, record Out, class Op>
class applied_operator : public stage_operator, public sink<In> {
public:
  applied_operator(const operator_context& context, Op op)
      : op_{std::move(op)}, site_{context.label}, out_{context.consumers}, dead_{context} {}

  any_sink* input() override { return this; }

  void push(std::span<const In> chunk) override {
    const typename emitter<Out>::scope cleared{out_};
    auto& op = op_.current();
    if (dead_.is_used()) {
      try_each(op, chunk);
    } else {
      for (const auto& x : chunk)
        site_.call(x, [&] { op.on_record(x, out_); });
    }
    out_.flush();
  }

  void open(batch_time t) override { op_.open(t); }

  void close(batch_time t, stage_effects&) override {
    if constexpr (takes_batch_ends<Op, Out>) {
      const typename emitter<Out>::scope cleared{out_};
      op_.current().on_batch_end(t, out_);
      out_.flush();
      op_.close();
    }
  }

  void skip(batch_time, presence, stage_effects&) override { op_.close(); }

private:
  using copies = std::conditional_t<takes_batch_ends<Op, Out>, copy_per_batch<Op>, lasting_copy<Op>>;

  /// What the operator emitted before it threw is not taken back. Failures of what consumes it are not the record's.
  void try_each(Op& op, std::span<const In> chunk) {
    downstream guard{out_};
    any_sink* const consumers[] = {&guard};
    emitter<Out> guarded{consumers};
    for (const auto& x : chunk) {
      dead_.attempt(x, [&] { op.on_record(x, guarded); });
      guarded.flush();
      guard.rethrow();
    }
    dead_.flush();
  }

  /// Keeps an exception of the consumers until the user's function is over.
  class downstream : public sink<Out> {
  public:
    explicit downstream(emitter<Out>& to) : to_{to} {}

    void push(std::span<const Out> chunk) override {
      try {
        to_.push(chunk);
      } catch (...) {
        failure_ = std::current_exception();
      }
    }

    void rethrow() {
      if (failure_)
        std::rethrow_exception(failure_);
    }

  private:
    emitter<Out>& to_;
    std::exception_ptr failure_;
  };

  copies op_;
  call_site site_;
  emitter<Out> out_;
  dead_letter_outlet<In> dead_;
};

} // namespace sluice::detail
