// SPDX-License-Identifier: BSD-3-Clause
//
// A batch of one stream as a dataset: what `foreach_rdd` and `transform` give to a function, and what a program makes
// of its own records. This header says all that a dataset can do, under Spark's names; how it is done lies in the
// headers included at its end. Spark's RDD is a plan; this one is a value: each operation is carried out where it is
// called, on the records as they are encoded, partition by partition.
#pragma once

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <sluice/actors/batch/batch_io.hpp>
#include <sluice/actors/record/owned.hpp>
#include <sluice/actors/record/record_order.hpp>
#include <sluice/operators/shuffle/partitioner.hpp>
#include <sluice/operators/stage/emitter.hpp>
#include <sluice/operators/stage/function_result.hpp>

namespace sluice {

/// Records in partitions: immutable, cheap to copy, safe to share. Operations return new datasets. User functions get
/// records by const reference, are called on the calling thread, and what they throw passes through. Views that a
/// dataset hands out live as long as any copy of it; those that a function returns need to live until it is called
/// again. Where a number of partitions is not given, it is the dataset's own, or the larger one of two. Everything that
/// makes records throws std::length_error for one that is larger than `max_record_bytes`.
template <record T>
class rdd {
public:
  using record_type = T;

  /// Batches by partition. A partition may have none.
  using partitions = std::vector<std::vector<batch>>;

  // --- making ---

  /// No records, no partitions.
  rdd() : content_{std::make_shared<const partitions>()} {}
  explicit rdd(partitions content) : content_{std::make_shared<const partitions>(std::move(content))} {}

  /// The elements of a range, which may own what T refers to, in slices of equal size and in order. Throws usage_error
  /// for 0 partitions.
  template <std::ranges::input_range Range>
  static rdd of(Range&& records, std::uint32_t partitions = 1);
  static rdd of(std::initializer_list<T> records, std::uint32_t partitions = 1);

  // --- content ---

  const partitions& content() const { return *content_; }
  std::size_t num_partitions() const { return content_->size(); }
  std::uint64_t count() const;
  bool is_empty() const { return count() == 0; }

  /// Calls `f(record)` for every record, partition by partition, in order.
  template <class F>
  void for_each(F f) const;

  /// Calls `f(std::span<const T>)` once a partition, also for one without records, with all of them: the place for one
  /// connection a partition.
  template <class F>
  void for_each_partition(F f) const;

  // --- each record by itself: partitions and order stay ---

  /// f(record).
  template <class F>
  auto map(F f) const;

  /// The elements of the range f(record). A function with a member type `emits` (like `split`) is called as
  /// f(record, emit) instead and calls emit(x) for each result.
  template <class F>
  auto flat_map(F f) const;

  /// Whatever f(record, emit) emits by calling emit(x) with an x of type Out, an `emitter<Out>`. A view that is emitted
  /// refers to the record, or to what outlives the call.
  template <record Out, class F>
  rdd<Out> flat_map(F f) const;

  /// The records for which f(record) is true.
  template <class F>
  rdd filter(F f) const;

  /// The elements of the range f(std::span<const T>), called once a partition, also for one without records.
  template <class F>
  auto map_partitions(F f) const;

  /// As map_partitions, with the partition's number: f(std::size_t, std::span<const T>).
  template <class F>
  auto map_partitions_with_index(F f) const;

  /// One record a partition: all of its records.
  rdd<std::vector<T>> glom() const;

  /// (record, its place in the dataset), counted from 0.
  rdd<std::pair<T, std::int64_t>> zip_with_index() const;

  /// The partitions of this dataset, then those of the other one.
  rdd union_with(const rdd& other) const;

  // --- each pair by itself ---

  auto keys() const
    requires pair_record<T>;

  auto values() const
    requires pair_record<T>;

  /// (key, f(value)).
  template <class F>
    requires pair_record<T>
  auto map_values(F f) const;

  /// (key, x) for every x of the range f(value).
  template <class F>
    requires pair_record<T>
  auto flat_map_values(F f) const;

  // --- all records together ---

  /// Every value once.
  rdd distinct(std::optional<std::uint32_t> partitions = {}) const;

  /// (value, how often it occurs as std::int64_t).
  auto count_by_value(std::optional<std::uint32_t> partitions = {}) const;

  /// The same records in slices of equal size, in order. Throws usage_error for 0 partitions.
  rdd repartition(std::uint32_t partitions) const;

  /// In the order of f(record), through all partitions. Records with equal keys keep their order and are in the same
  /// partition. Keys need a `<`, which all records have (see record_order).
  template <class F>
  rdd sort_by(F f, bool ascending = true, std::optional<std::uint32_t> partitions = {}) const;

  // --- all pairs together: each key has one partition, the one a stream would give it. `by` is a number of partitions,
  // which go by hash, or a partitioner ---

  /// The same pairs, those with the same key in one partition.
  template <class By>
    requires pair_record<T>
  rdd partition_by(const By& by) const;

  /// (key, all its values), as std::vector, in order.
  template <class By = hash_partitioner>
    requires pair_record<T>
  auto group_by_key(const By& by = {}) const;

  /// One pair a key: its values, reduced with f, which must be associative and commutative and return what it takes.
  template <class F, class By = hash_partitioner>
    requires pair_record<T>
  rdd reduce_by_key(F f, const By& by = {}) const;

  /// (key, how often it occurs as std::int64_t).
  template <class By = hash_partitioner>
    requires pair_record<T>
  auto count_by_key(const By& by = {}) const;

  /// (key, (all values here, all values there)) for every key of either dataset.
  template <pair_record Other, class By = hash_partitioner>
    requires pair_record<T>
  auto cogroup(const rdd<Other>& other, const By& by = {}) const;

  /// (key, (here, there)) for every pair of values with the same key.
  template <pair_record Other, class By = hash_partitioner>
    requires pair_record<T>
  auto join(const rdd<Other>& other, const By& by = {}) const;

  /// As join, and (key, (here, none)) for values whose key is not there.
  template <pair_record Other, class By = hash_partitioner>
    requires pair_record<T>
  auto left_outer_join(const rdd<Other>& other, const By& by = {}) const;

  /// As join, and (key, (none, there)) for values whose key is not here.
  template <pair_record Other, class By = hash_partitioner>
    requires pair_record<T>
  auto right_outer_join(const rdd<Other>& other, const By& by = {}) const;

  /// As join, and the values of either side whose key is not on the other.
  template <pair_record Other, class By = hash_partitioner>
    requires pair_record<T>
  auto full_outer_join(const rdd<Other>& other, const By& by = {}) const;

  /// The pairs whose key is not there.
  template <pair_record Other, class By = hash_partitioner>
    requires pair_record<T>
  rdd subtract_by_key(const rdd<Other>& other, const By& by = {}) const;

  // --- results. They are owned (see owned_t): a view becomes what it refers to ---

  std::vector<owned_t<T>> collect() const;

  /// The first `n` records.
  std::vector<owned_t<T>> take(std::size_t n) const;

  /// The first record. Throws runtime_failure if there is none.
  owned_t<T> first() const;

  /// The `n` largest records, largest first.
  template <class Less = record_order>
  std::vector<owned_t<T>> top(std::size_t n, Less less = {}) const;

  /// The `n` smallest records, smallest first.
  template <class Less = record_order>
  std::vector<owned_t<T>> take_ordered(std::size_t n, Less less = {}) const;

  /// The first of the smallest records. Throws runtime_failure if there is none.
  template <class Less = record_order>
  owned_t<T> min(Less less = {}) const;

  /// The first of the largest records. Throws runtime_failure if there is none.
  template <class Less = record_order>
  owned_t<T> max(Less less = {}) const;

  /// A double for floating-point numbers; for others a std::int64_t or std::uint64_t, as their sign, which wraps
  /// around.
  auto sum() const
    requires std::is_arithmetic_v<T>;

  /// All records reduced to one with f, which must be associative and commutative and return what it takes. Throws
  /// runtime_failure if there are none.
  template <class F>
  owned_t<T> reduce(F f) const;

  /// As reduce, beginning with `zero` in every partition, and once more for their results: it must be f's neutral
  /// element.
  template <class F>
  owned_t<T> fold(owned_t<T> zero, F f) const;

  /// The same for a result of another type, which need not be a record: `U seq(U, record)` in every partition,
  /// beginning with `zero`, then `U comb(U, U)` over their results, beginning with `zero` again.
  template <class U, class Seq, class Comb>
  U aggregate(U zero, Seq seq, Comb comb) const;

  // --- files. Both write a directory as part_directory does: it is there as a whole or not at all, and if it was
  // there, as an output of before, it is replaced. They throw runtime_failure with the file's name and the reason ---

  /// A directory of text files part-00000, part-00001 …, one a partition, one line a record as `print` shows it, and
  /// `_SUCCESS`.
  void save_as_text(const std::filesystem::path& directory) const;

  /// A directory for read_object_files, with the same names. See docs/formats/object-file.md.
  void save_as_objects(const std::filesystem::path& directory) const;

private:
  template <record>
  friend class rdd;

  static batch_reader<T> open(const batch& records);
  template <class F>
  static void visit(const std::vector<batch>& partition, F&& f);
  template <class F>
  static void visit_run(const batch_reader<T>& from, std::size_t first, std::size_t count, F& f);
  template <class Use>
  static decltype(auto) with_records(std::span<const std::vector<batch>> from, Use&& use);
  template <record Out, class Step>
  rdd<Out> transcribe(Step step) const;

  std::uint32_t partitions_or(std::optional<std::uint32_t> asked, std::size_t others = 0) const;
  template <record K, class Key>
  auto tally(Key key) const;
  template <record Out, class By>
  auto shuffle(const std::string& kind, const By& by, std::size_t others = 0) const;
  template <class Emission, class Other, class By>
  auto meet(const std::string& kind, const rdd<Other>& other, const By& by) const;

  std::shared_ptr<const partitions> content_;
};

/// What `save_as_objects` has written. Throws runtime_failure, with the file's name and the reason, for whatever is not
/// a whole and undamaged output of it with records of T's schema.
template <record T>
rdd<T> read_object_files(const std::filesystem::path& directory);

} // namespace sluice

// How it is done.
#include <sluice/operators/dataset/rdd_content.hpp>
#include <sluice/operators/dataset/rdd_files.hpp>
#include <sluice/operators/dataset/rdd_keyed.hpp>
#include <sluice/operators/dataset/rdd_narrow.hpp>
#include <sluice/operators/dataset/rdd_results.hpp>
#include <sluice/operators/dataset/rdd_wide.hpp>
