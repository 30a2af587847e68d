// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <utility>

#include <sluice/operators/dataset/kept_datasets.hpp>
#include <sluice/operators/keyed/count.hpp>
#include <sluice/operators/keyed/statistics.hpp>
#include <sluice/operators/output/file_outputs.hpp>
#include <sluice/operators/output/output.hpp>
#include <sluice/operators/output/print.hpp>
#include <sluice/operators/record/apply.hpp>
#include <sluice/operators/record/dead_letters.hpp>
#include <sluice/operators/record/fields.hpp>
#include <sluice/operators/record/filter.hpp>
#include <sluice/operators/record/flat_map.hpp>
#include <sluice/operators/record/identity.hpp>
#include <sluice/operators/record/map.hpp>
#include <sluice/operators/record/split.hpp>
#include <sluice/operators/shuffle/senders.hpp>
#include <sluice/operators/stream/composition_scope.hpp>
#include <sluice/operators/stream/dataset_operations.hpp>
#include <sluice/operators/stream/pair_operations.hpp>
#include <sluice/operators/stream/state_operations.hpp>
#include <sluice/operators/stream/window_operations.hpp>
#include <sluice/state/spill/storage_level.hpp>

namespace sluice {

namespace detail {

/// A function or an operator that says itself what it emits, like `split`.
template <class F>
concept declares_emitted = requires { typename F::emits; };

} // namespace detail

/// A stream of records, one dataset a batch: a handle to a node of the topology under composition. Operators return new
/// streams and do nothing until the context starts; a stream that leads to no output is never computed. User functions
/// are copied once a partition, run on worker threads, and get records by const reference. Records may be views into
/// their batch: they and what is made of them may be returned, but not kept (see owned_t).
template <record T>
class dstream : public detail::stream_handle,
                public detail::dataset_operations<T>,
                public detail::pair_operations<T>,
                public detail::window_operations<T>,
                public detail::state_operations<T> {
  static_assert(detail::check_record<T>());

public:
  using record_type = T;

  explicit dstream(detail::stream_handle from) : detail::stream_handle{std::move(from)} {}

  /// One record of f(record) for each record.
  template <class F>
  auto map(F f) const {
    constexpr bool can_be_called = std::is_invocable_v<F&, const T&>;
    constexpr bool can_be_copied = std::is_copy_constructible_v<F>;
    static_assert(can_be_called, "sluice: map: the function cannot be called with this stream's records");
    static_assert(can_be_copied, "sluice: map: the function cannot be copied, but every partition has its own: capture "
                                 "a std::shared_ptr instead of a std::unique_ptr");
    if constexpr (can_be_called && can_be_copied) {
      using out = detail::result_of<F, const T&>;
      if constexpr (detail::check_record<out>() && detail::sound_record<out>)
        return fuse_each<out>("map", [f](const operator_context& context) {
          return std::make_unique<detail::map_operator<T, out, F>>(context, f);
        });
    }
  }

  /// The elements of the range f(record), for each record; or the value of the optional, if it has one. A function with
  /// a member type `emits` (like `split`) is called as f(record, emit) instead and calls emit(x) for each result.
  template <class F>
  auto flat_map(F f) const {
    if constexpr (detail::declares_emitted<F>) {
      return flat_map<typename F::emits>(std::move(f));
    } else {
      constexpr bool can_be_called = std::is_invocable_v<F&, const T&>;
      static_assert(
          can_be_called,
          "sluice: flat_map: the function cannot be called with this stream's records; if it takes an emitter, "
          "say what it emits: flat_map<X>(f)");
      if constexpr (can_be_called) {
        using range = detail::result_of<F, const T&>;
        constexpr bool is_range = std::ranges::input_range<range>;
        static_assert(is_range || detail::is_optional<range>,
                      "sluice: flat_map: the function returns neither a range nor an optional");
        if constexpr (detail::is_optional<range>)
          return flat_map<typename range::value_type>([f](const T& x, auto& emit) mutable {
            if (auto result = std::invoke(f, x))
              emit(*std::move(result));
          });
        else if constexpr (is_range)
          return expand<std::ranges::range_value_t<range>>(std::move(f));
      }
    }
  }

  /// Whatever f(record, emit) emits by calling emit(x) with an x of type Out, for each record.
  template <record Out, class F>
  dstream<Out> flat_map(F f) const {
    static_assert(std::invocable<F&, const T&, emitter<Out>&>,
                  "sluice: flat_map<X>: the function cannot be called as f(record, emit)");
    return expand<Out>(std::move(f));
  }

  /// The records for which f(record) is true.
  template <class F>
  dstream filter(F f) const {
    constexpr bool fits = std::predicate<F&, const T&>;
    constexpr bool can_be_copied = std::is_copy_constructible_v<F>;
    static_assert(can_be_copied, "sluice: filter: the function cannot be copied, but every partition has its own: "
                                 "capture a std::shared_ptr instead of a std::unique_ptr");
    static_assert(fits, "sluice: filter: the function cannot be called with this stream's records, or does not return "
                        "a bool");
    if constexpr (fits && can_be_copied)
      return fuse_each<T>("filter", [f](const operator_context& context) {
        return std::make_unique<detail::filter_operator<T, F>>(context, f);
      });
    else
      return *this;
  }

  /// What an operator of yours emits. It runs in this stream's stage, is called directly, and has these members, all
  /// public:
  ///
  ///     struct longest_word {
  ///       using emits = std::string;                                             // the records that it emits
  ///       static constexpr auto kind = "longest_word";                           // its name in messages; optional
  ///       void on_record(std::string_view word, auto& emit) { ... }              // calls emit(x) any number of times
  ///       void on_batch_end(sluice::batch_time t, auto& emit) { ... }            // the same; optional
  ///     };
  ///
  ///     auto longest = words.apply(longest_word{});
  ///
  /// Each partition has a copy of its own. With `on_batch_end` each batch has one on each partition, fresh from the
  /// operator that was given, because several batches may be open at a time: its members are what it knows of the
  /// batch. What it is to know for longer is a state (see map_with_state). `on_batch_end` is called after the last
  /// record, also where there was none; not if the stream has no dataset. Views that are emitted may point into the
  /// record, at the end of the batch into the operator. A failure names the operator and the record.
  template <class Op>
  auto apply(Op op) const {
    static_assert(detail::declares_emitted<Op>,
                  "sluice: apply: the operator does not say what it emits; give it a public `using emits = X;`");
    if constexpr (detail::declares_emitted<Op>) {
      using out = typename Op::emits;
      static_assert(record<out>,
                    "sluice: apply: what the operator emits cannot be a record (see actors/record/record.hpp)");
      static_assert(std::copy_constructible<Op>,
                    "sluice: apply: the operator cannot be copied, and each partition has a copy");
      constexpr bool fits = detail::takes_records<Op, T, out>;
      static_assert(fits, "sluice: apply: the operator has no public on_record(record, emit) that takes this stream's "
                          "records");
      static_assert(detail::takes_batch_ends<Op, out> || !detail::names_batch_end<Op>,
                    "sluice: apply: the operator's on_batch_end cannot be called as on_batch_end(batch_time, emit)");
      if constexpr (fits) {
        auto kind = kind_of(op, "apply");
        return add_applied<out>(std::move(kind), std::move(op));
      }
    }
  }

  /// The records of both streams. They must belong to the same context.
  dstream union_with(const dstream& other) const {
    auto node = child("union", edge_kind::fused);
    add_parent(node, other);
    node.factory.make = [](const operator_context& context) {
      return std::make_unique<detail::identity_operator<T>>(context);
    };
    node.factory.make_sender = [](const sender_context& context) {
      return std::make_unique<forward_sender<T>>(context);
    };
    return detail::add_node<T>(scope(), std::move(node));
  }

  /// The number of records: one record a batch, 0 for an empty batch.
  dstream<std::int64_t> count() const {
    auto node = child("count", edge_kind::forward);
    node.partitions = 1;
    node.factory.make = [](const operator_context& context) {
      return std::make_unique<detail::count_operator>(context);
    };
    node.factory.make_sender = [](const sender_context& context) {
      return std::make_unique<detail::count_sender<T>>(context);
    };
    return detail::add_node<std::int64_t>(scope(), std::move(node));
  }

  /// All records of a batch reduced to one with f, which must be associative and commutative and return what it takes.
  /// Nothing for an empty batch.
  template <class F>
  dstream reduce(F f) const {
    return map([](const T& x) { return std::pair{true, x}; }).reduce_by_key(std::move(f), 1).map([](const auto& x) {
      return x.second;
    });
  }

  /// (value, how often it occurs) for every value of a batch.
  auto count_by_value(std::optional<std::uint32_t> partitions = {}) const {
    return map([](const T& x) { return std::pair{x, std::int64_t{1}}; }).reduce_by_key(std::plus<>{}, partitions);
  }

  /// Output: the first `n` records of every batch on the driver's standard output, in Spark's format.
  void print(std::size_t n) const { print_with(detail::time_in_ms, "print", n); }

  /// As print(n), with the n of the command line's --print (10).
  void print() const { print(scope()->print_limit); }

  /// Output: calls f(rdd<T>), f(rdd<T>, batch_time) or f(rdd<T>, output_id) on the driver, once a batch, in order of
  /// time and, within a batch, of definition. The output_id says whether the batch may have run before a crash.
  template <class F>
  void foreach_rdd(F f) const {
    constexpr bool fits = detail::takes_output<F, rdd<T>>;
    static_assert(fits, "sluice: foreach_rdd: the function cannot be called as f(rdd), f(rdd, time) or f(rdd, id)");
    if constexpr (fits)
      add_output("foreach_rdd",
                 [f](const rdd<T>& records, const output_id& id) mutable { detail::call_with_id(f, id, records); });
  }

  /// Output: calls f(std::span<const T>) or f(std::span<const T>, output_id) once a batch and partition, also for one
  /// without records, in the order of foreach_rdd and of the partitions: the place for one connection a partition.
  template <class F>
  void for_each_partition(F f) const {
    constexpr bool fits = detail::takes_output<F, std::span<const T>>;
    static_assert(fits, "sluice: for_each_partition: the function cannot be called as f(span), f(span, time) or "
                        "f(span, id), with a std::span of this stream's records");
    if constexpr (fits)
      add_output("for_each_partition", [f](const rdd<T>& records, output_id id) mutable {
        id.partitions = static_cast<std::uint32_t>(records.num_partitions());
        records.for_each_partition([&](std::span<const T> partition) {
          detail::call_with_id(f, id, partition);
          ++id.partition;
        });
      });
  }

  /// Output: an object of yours that gets each batch, in the order of foreach_rdd. It need not be copyable, is called
  /// on the driver only, and has these members, all public:
  ///
  ///     struct totals_file {
  ///       static constexpr auto kind = "totals_file";                            // its name in messages; optional
  ///       void on_start() { ... }                                                // optional
  ///       void on_batch(const sluice::rdd<int>& totals, sluice::batch_time t) { ... }
  ///     };
  ///
  ///     totals.write_to(totals_file{"totals"});
  ///
  /// `on_start` is called before the first batch, and again before the next one if it throws. It is the place to open
  /// things: the object is made wherever the program is composed, on workers and for --explain too. It is destroyed
  /// with the context and its streams. `on_batch` may take an output_id instead of the time.
  ///
  /// `static constexpr auto guarantee = sluice::output_guarantee::idempotent;` says that a batch that is written again
  /// changes nothing. With `transactional` it has, instead of `on_batch`, for each partition of a batch that has
  /// records
  ///
  ///       std::optional<sluice::batch_time> begin(const sluice::output_id& id);  // the last batch that was committed
  ///       void write(std::span<const int> totals, const sluice::output_id& id);
  ///       void commit(const sluice::output_id& id);                              // with id.time as the last batch
  ///       void roll_back() noexcept;
  ///
  /// `begin` begins a transaction and returns what `commit` kept in it for the same output and partition. `roll_back`
  /// follows instead of `write` where the batch was taken before, and whatever throws.
  /// `name`: of the output, in its ids: what is kept past the process belongs to it. By default, the kind and the
  /// place, which change with the program. Throws usage_error if it is taken.
  template <class Output>
  void write_to(Output to, std::string name = {}) const {
    constexpr auto guarantee = detail::guarantee_of<Output>();
    constexpr bool is_transactional = guarantee == output_guarantee::transactional;
    constexpr bool is_sound = !detail::says_guarantee<Output> || detail::says_guarantee_soundly<Output>;
    constexpr bool takes_batches = detail::takes_batches<Output, T>;
    constexpr bool takes_transactions = detail::takes_transactions<Output, T>;
    static_assert(is_sound, "sluice: write_to: the output's guarantee is no sluice::output_guarantee; write "
                            "`static constexpr auto guarantee = sluice::output_guarantee::idempotent;`");
    static_assert(!is_sound || is_transactional || takes_batches,
                  "sluice: write_to: the output has no public on_batch(rdd, batch_time), or on_batch(rdd, output_id), "
                  "that takes this stream's datasets");
    static_assert(!is_sound || !is_transactional || takes_transactions,
                  "sluice: write_to: the output is transactional, and lacks one of these for this stream's records, "
                  "all public: std::optional<batch_time> begin(output_id), write(std::span<const T>, output_id), "
                  "commit(output_id), roll_back() noexcept");
    if constexpr (is_sound && (is_transactional ? takes_transactions : takes_batches)) {
      auto node = output_node(kind_of(to, "write_to"), print_all);
      node.guarantee = guarantee;
      node.name = std::move(name);
      auto shared = std::make_shared<Output>(std::move(to));
      add_output(std::move(node), detail::call_of_output<T, Output>{std::move(shared)});
    }
  }

  /// Output: as print(n), with the local time as "YYYY-MM-DD HH:MM:SS" instead of milliseconds.
  void pprint(std::size_t n = 10) const { print_with(&detail::local_time, "pprint", n); }

  /// Output: every batch a directory `prefix-<ms>[.suffix]` of text files, one a partition, one line a record as print
  /// shows it. Each batch is there as a whole or not at all, on disk before it is committed; one that runs again
  /// replaces what it wrote. Unfinished directories of a process that died are removed before the first batch, so no
  /// two outputs may have the same prefix and suffix. See rdd::save_as_text.
  void save_as_text_files(const std::string& prefix, const std::string& suffix = "") const {
    write_to(detail::text_files{prefix, suffix});
  }

  /// Output: the same for read_object_files, which reads the records back.
  void save_as_object_files(const std::string& prefix, const std::string& suffix = "") const {
    write_to(detail::object_files{prefix, suffix});
  }

  /// Keeps the datasets of this stream on the driver, in memory or on its disk, for as long as
  /// streaming_context::remember says, at least for one slide, for `slice`. Throws usage_error if it is kept at another
  /// level already, or the context has started.
  dstream persist(storage_level level = storage_level::memory_only_ser) const {
    if (const auto kept = scope()->histories.find(ref()); kept != scope()->histories.end()) {
      if (kept->second->level() != level)
        throw usage_error{"persist: '" + name() + "' is persisted as " + to_string(kept->second->level())
                          + ", and the storage level of a stream cannot be changed to " + to_string(level)};
      return *this;
    }
    auto mine = std::make_shared<detail::kept_datasets<T>>(level);
    auto node = output_node("persist", print_all);
    node.factory.make = [mine, slide = slide(), all = scope().get()](const operator_context& context) {
      auto file = [mine, slide, keep = std::max(slide, all->remember)](const rdd<T>& records, const output_id& id) {
        mine->add(id.time, records, slide, keep);
      };
      return std::make_unique<detail::output_operator<T, decltype(file)>>(context, file);
    };
    detail::add_node<T>(scope(), std::move(node));
    scope()->histories.emplace(ref(), std::move(mine));
    return *this;
  }

  /// `persist()` under Spark's other name.
  dstream cache() const { return persist(); }

  /// The kept datasets of the times in [from, to], both rounded down to a time of this stream. For any thread of the
  /// driver. Throws usage_error if the stream is not persisted, runtime_failure before its first dataset and if the
  /// disk does not give one back.
  std::vector<rdd<T>> slice(batch_time from, batch_time to) const {
    const auto kept = scope()->histories.find(ref());
    if (kept == scope()->histories.end())
      throw usage_error{"slice: the stream is not persisted; call persist() on it before the context starts"};
    return static_cast<const detail::kept_datasets<T>&>(*kept->second).slice(from, to);
  }

  /// The records for which this stream's function threw (map, flat_map, filter, map_values, flat_map_values, an
  /// operator of yours), with what it threw. Where somebody takes them such a record is left out, and the program goes
  /// on.
  dstream<dead_letter> dead_letters() const {
    const auto& node = scope()->graph.node(ref().node);
    if (!node.gives_dead_letters || ref().outlet != outlet_index{})
      throw usage_error{"dead_letters: " + node.kind
                        + " calls no function record by record; only map, flat_map, filter, "
                          "map_values, flat_map_values and apply have dead letters"};
    return dstream<dead_letter>{detail::stream_handle{scope(), {ref().node, outlet_index{1}}}};
  }

  /// Writes all of this stream's keyed state every `interval`, if any of it has changed, so that recovery reads little
  /// else. In between, and without this call, all of it is written when enough has changed to pay for that. Without
  /// effect on a stream that keeps no state by key, so on a window too. The interval must be a multiple of the stream's
  /// slide, and needs a checkpoint directory: the context does not start otherwise. May be called again, the last one
  /// counts; throws usage_error after the start.
  dstream checkpoint(duration interval) const {
    scope()->graph.checkpoint(ref().node, interval);
    return *this;
  }

  /// Names this stream's operator: keyed state is kept under the name, so a named operator keeps its state when
  /// operators before it are added or removed.
  dstream named(std::string name) const {
    scope()->graph.rename(ref().node, std::move(name));
    return *this;
  }

private:
  friend class detail::dataset_operations<T>;
  friend class detail::pair_operations<T>;
  friend class detail::state_operations<T>;
  friend class detail::window_operations<T>;
  friend class detail::keyed_window_operations<T>;

  /// Adds an operator that runs in this stream's stage.
  template <record Out, class Make>
  dstream<Out> fuse(std::string kind, Make make) const {
    auto node = child(std::move(kind), edge_kind::fused);
    node.factory.make = std::move(make);
    return detail::add_node<Out>(scope(), std::move(node));
  }

  /// The same for one that calls a function of the user's for each record.
  template <record Out, class Make>
  dstream<Out> fuse_each(std::string kind, Make make) const {
    auto node = child(std::move(kind), edge_kind::fused);
    node.gives_dead_letters = true;
    node.factory.make = std::move(make);
    return detail::add_node<Out>(scope(), std::move(node));
  }

  template <record Out, class F>
  dstream<Out> expand(F f) const {
    return add_applied<Out>("flat_map", detail::flat_map_operator<T, Out, F>{std::move(f)});
  }

  template <record Out, class Op>
  dstream<Out> add_applied(std::string kind, Op op) const {
    return fuse_each<Out>(std::move(kind), [op](const operator_context& context) {
      return std::make_unique<detail::applied_operator<T, Out, Op>>(context, op);
    });
  }

  /// What an operator or an output of the user's is called.
  template <class X>
  static std::string kind_of(const X& x, const char* otherwise) {
    if constexpr (requires { std::string{x.kind}; })
      return std::string{x.kind};
    else
      return otherwise;
  }

  /// Adds an output that prints `n` records, and the time of their batch in words.
  template <class Words>
  void print_with(Words words, std::string kind, std::size_t n) const {
    auto node = output_node(std::move(kind), n == print_all ? n : n + 1);
    node.prints = true;
    node.factory.make = [words, n](const operator_context& context) {
      auto show = [&out = *context.standard_output, words, n, title = context.title](const auto& records,
                                                                                     const output_id& id) {
        if (!(out << detail::format_print(records, words(id.time), n, title) << std::flush))
          throw runtime_failure{"print cannot write to standard output; is its disk full, or its reader gone?"};
      };
      return std::make_unique<detail::output_operator<T, decltype(show)>>(context, show);
    };
    detail::add_node<T>(scope(), std::move(node));
  }

  /// An output that needs at most `limit` records of each partition.
  topology_node output_node(std::string kind, std::size_t limit) const {
    auto node = child(std::move(kind), edge_kind::forward);
    node.partitions = 1;
    node.output = scope()->graph.next_output();
    node.factory.make_sender = [limit](const sender_context& context) {
      return std::make_unique<forward_sender<T>>(context, limit);
    };
    return node;
  }

  /// Adds an output that calls f(rdd, output_id).
  template <class F>
  void add_output(topology_node node, F f) const {
    node.factory.make = [f](const operator_context& context) {
      return std::make_unique<detail::output_operator<T, F>>(context, f);
    };
    detail::add_node<T>(scope(), std::move(node));
  }

  template <class F>
  void add_output(const char* kind, F f) const {
    add_output(output_node(kind, print_all), std::move(f));
  }
};

namespace detail {

/// The stream of an input: the records a batch generator sends, to as many partitions or the default.
template <record T>
dstream<T> add_input(const std::shared_ptr<composition_scope>& scope, std::string kind, stream_id id,
                     std::optional<std::uint32_t> partitions = {}) {
  topology_node node;
  node.kind = std::move(kind);
  node.input = id;
  node.slide = scope->interval;
  node.inbound = edge_kind::forward;
  node.partitions = partitions;
  node.factory.make = [](const operator_context& context) { return std::make_unique<identity_operator<T>>(context); };
  return add_node<T>(scope, std::move(node));
}

} // namespace detail

} // namespace sluice
