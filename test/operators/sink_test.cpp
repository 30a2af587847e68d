// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/operators/stage/emitter.hpp>
#include <sluice/operators/stage/sink.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <numeric>
#include <string>
#include <string_view>

#include <boost/test/unit_test.hpp>

#include <sluice/actors/batch/record_chunks.hpp>
#include <sluice/operators/keyed/combine_sender.hpp>
#include <sluice/operators/shuffle/senders.hpp>
#include <sluice/operators/stage/push_records.hpp>

#include "../actors/allocation_meter.hpp"

using namespace sluice;

namespace {

template <record T>
struct probe : sink<T> {
  void push(std::span<const T> chunk) override {
    sizes.push_back(chunk.size());
    records.insert(records.end(), chunk.begin(), chunk.end());
  }

  std::vector<std::size_t> sizes;
  std::vector<T> records;
};

/// Forgets what it gets, without allocating.
template <record T>
struct drain : sink<T> {
  void push(std::span<const T> chunk) override { records += chunk.size(); }
  std::size_t records = 0;
};

/// Wants records as they are encoded, and decodes every second one.
struct decoding : sink<int> {
  void push(std::span<const int>) override { BOOST_FAIL("pushed decoded"); }
  bool is_decoding() const override { return true; }
  void decode(const encoded_chunk<int>& chunk) override {
    BOOST_TEST(chunk.size() <= encoded_chunk<int>::max_size);
    for (std::size_t i = 0; i < chunk.size(); i += 2)
      records.push_back(chunk[i]);
  }

  std::vector<int> records;
};

/// Encodes what it takes, into batches of 100 records.
struct encoding : sink<std::pair<int, double>> {
  using pair = std::pair<int, double>;

  void push(std::span<const pair> chunk) override {
    for (const auto& x : chunk) {
      writer.append(x);
      take();
    }
  }
  bool is_encoding() const override { return true; }
  record_room<pair> room() override {
    auto result = writer.room();
    result.size = std::min(result.size, std::size_t{100} - writer.count());
    return result;
  }
  void push_written(std::size_t n) override {
    written += n;
    writer.append_written(n);
    take();
  }

  /// All that came.
  std::vector<pair> records() {
    batches.push_back(writer.freeze());
    std::vector<pair> result;
    for (const auto& x : batches) {
      const auto reader = *batch_reader<pair>::open(x);
      for (std::size_t i = 0; i < reader.size(); ++i)
        result.push_back(reader[i]);
    }
    return result;
  }

  void take() {
    if (writer.count() == 100)
      batches.push_back(writer.freeze());
  }

  batch_writer<pair> writer;
  std::vector<batch> batches;
  std::size_t written = 0; ///< records that were not pushed
};

struct refusing : sink<std::string> {
  void push(std::span<const std::string>) override { throw std::runtime_error{"refused"}; }
};

/// Senders of pairs of a text and a number; the last one sums the numbers of a text, and goes by `by`.
template <class By>
std::vector<std::unique_ptr<stage_operator>> senders_of_every_kind(const sender_context& context, const By& by) {
  using pair = std::pair<std::string_view, int>;
  using sums = detail::reduce_sender<std::string_view, int, std::plus<>, By>;
  std::vector<std::unique_ptr<stage_operator>> result;
  result.push_back(std::make_unique<hash_sender<pair>>(context));
  result.push_back(std::make_unique<rebalance_sender<pair>>(context));
  result.push_back(std::make_unique<forward_sender<pair>>(context));
  result.push_back(std::make_unique<sums>(context, std::identity{}, std::plus<>{}, by));
  return result;
}

/// Of the chunks of n records of type T.
template <record T>
std::vector<std::size_t> sizes_of(std::size_t n) {
  std::vector<std::size_t> result(n / chunk_size<T>, chunk_size<T>);
  if (n % chunk_size<T> != 0)
    result.push_back(n % chunk_size<T>);
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(sink_suite)

BOOST_AUTO_TEST_CASE(records_leave_in_order_in_chunks_of_the_chunk_size) {
  for (const auto n : {0, 1, 511, 512, 513, 1024, 5000}) {
    probe<std::string> first;
    probe<std::string> second;
    std::vector<any_sink*> both{&first, &second};
    emitter<std::string> emit{both};
    std::vector<std::string> expected;
    for (auto i = 0; i < n; ++i) {
      expected.push_back("a record with text in memory of its own: " + std::to_string(i));
      emit(expected.back());
    }
    emit.flush();
    emit.flush();
    BOOST_TEST(first.sizes == sizes_of<std::string>(static_cast<std::size_t>(n)), boost::test_tools::per_element());
    BOOST_TEST((first.records == expected));
    BOOST_TEST((second.records == expected));
  }
}

BOOST_AUTO_TEST_CASE(what_was_never_flushed_or_was_refused_is_destroyed) {
  refusing consumer;
  std::vector<any_sink*> consumers{&consumer};
  emitter<std::string> emit{consumers};
  emit(std::string(100, 'x'));
  BOOST_CHECK_THROW(emit.flush(), std::runtime_error);
  emitter<std::string> other{consumers};
  other(std::string(100, 'y'));
}

BOOST_AUTO_TEST_CASE(who_encodes_flat_records_and_is_alone_has_them_written_into_its_columns) {
  using pair = std::pair<int, double>;
  std::vector<pair> records;
  for (auto n = 0; n < 5'000; ++n)
    records.emplace_back(n, 0.5 * n);
  for (const bool alone : {true, false}) {
    encoding first;
    probe<pair> second;
    const std::vector<any_sink*> both{&first, &second};
    emitter<pair> emit{std::span{both}.first(alone ? 1 : 2)};
    std::vector<pair> expected;
    auto some = [&, next = records.begin()](std::ptrdiff_t n) mutable {
      const std::span result{next, next + n};
      next += n;
      expected.insert(expected.end(), result.begin(), result.end());
      return result;
    };
    for (const auto n : {0, 1, 99, 100, 101, 3, 250}) {
      for (const auto& x : some(n))
        emit(x);
      const auto all = some(n);
      emit.emit_each(all.size(), [&](std::size_t i) { return all[i]; });
      const auto others = some(n);
      emit.emit_some(2 * others.size(), [&](std::size_t i, auto put) {
        if (i % 2 == 0)
          put(others[i / 2]);
      });
      if (n % 2 == 0)
        emit.flush();
      if (n % 3 == 0)
        emit.push(some(n));
    }
    emit.flush();
    BOOST_CHECK(first.records() == expected);
    BOOST_TEST((first.written != 0) == alone);
    BOOST_CHECK(second.records == (alone ? std::vector<pair>{} : expected));
  }
}

BOOST_AUTO_TEST_CASE(what_was_written_into_columns_before_a_function_threw_is_forgotten) {
  using pair = std::pair<int, double>;
  encoding consumer;
  const std::vector<any_sink*> consumers{&consumer};
  emitter<pair> emit{consumers};
  const auto fail_at = [&](std::size_t bad) {
    const emitter<pair>::scope cleared{emit};
    emit.emit_each(50, [&](std::size_t i) {
      if (i == bad)
        throw std::runtime_error{"of the user's"};
      return pair{static_cast<int>(i), 0};
    });
    emit.flush();
  };
  BOOST_CHECK_THROW(fail_at(20), std::runtime_error);
  fail_at(50);
  BOOST_CHECK_THROW(fail_at(0), std::runtime_error);
  emit.flush();
  const auto seen = consumer.records();
  BOOST_REQUIRE_EQUAL(seen.size(), 50U);
  for (std::size_t i = 0; i < seen.size(); ++i)
    BOOST_TEST(seen[i].first == static_cast<int>(i));
}

BOOST_AUTO_TEST_CASE(a_sender_with_a_limit_takes_no_more_however_records_come) {
  stage_effects effects;
  const sender_context context{edge_id{0}, partition_id{0}, 1, &effects};
  forward_sender<int> sender{context, 1'000};
  const std::vector<any_sink*> consumers{sender.input()};
  for (const auto before : {0, 1, 400, 1'000, 1'500}) {
    const batch_time t{before + 1};
    emitter<int> emit{consumers};
    sender.open(t);
    sender.push(std::vector<int>(static_cast<std::size_t>(before), 7));
    for (auto n = before; n < 3'000; ++n) {
      emit(n);
      if (n % 301 == 0)
        emit.flush();
    }
    emit.flush();
    sender.close(t, effects);
    std::vector<int> expected(static_cast<std::size_t>(std::min(before, 1'000)), 7);
    for (auto n = before; n < 1'000; ++n)
      expected.push_back(n);
    std::vector<int> sent;
    for (const auto& parcel : effects.parcels)
      BOOST_REQUIRE(!for_each_chunk<int>(
          parcel.content, [&](std::span<const int> chunk) { sent.insert(sent.end(), chunk.begin(), chunk.end()); }));
    BOOST_TEST(sent == expected, boost::test_tools::per_element());
    effects.clear();
  }
}

BOOST_AUTO_TEST_CASE(encoded_records_are_a_run_if_none_is_left_out) {
  std::vector<int> records(4'000);
  std::iota(records.begin(), records.end(), 0);
  const auto reader = *batch_reader<int>::open(make_batch<int>(records));
  constexpr std::size_t begin = 1'000;
  std::vector<std::uint16_t> all(3'000);
  std::iota(all.begin(), all.end(), std::uint16_t{0});
  const encoded_chunk<int> chunk{reader, begin, all};
  for (const auto& [first, step, count] : {std::tuple{0, 1, 3'000}, std::tuple{700, 1, 30}, std::tuple{5, 1, 1},
                                           std::tuple{1, 2, 1'000}, std::tuple{0, 1'000, 3}}) {
    std::vector<std::uint16_t> places;
    for (auto i = 0; i < count; ++i)
      places.push_back(chunk.place(static_cast<std::size_t>(first + i * step)));
    const auto some = chunk.only(places);
    bool is_run = false;
    some.visit([&](const auto& seen) {
      is_run = !std::is_same_v<decltype(seen), const encoded_chunk<int>&>;
      BOOST_REQUIRE_EQUAL(seen.size(), places.size());
      for (std::size_t i = 0; i < places.size(); ++i) {
        BOOST_REQUIRE_EQUAL(seen.place(i), places[i]);
        BOOST_REQUIRE_EQUAL(seen[i], static_cast<int>(begin + places[i]));
        BOOST_REQUIRE_EQUAL(some[i], seen[i]);
        if constexpr (!std::is_same_v<decltype(seen), const encoded_chunk<int>&>)
          BOOST_REQUIRE_EQUAL(seen.unfetched(i), seen[i]);
      }
    });
    BOOST_TEST(is_run == (step == 1));
  }
}

BOOST_AUTO_TEST_CASE(a_batch_is_decoded_in_chunks_of_the_chunk_size) {
  for (const auto n : {0, 1, 1023, 1024, 1025, 5000}) {
    std::vector<int> records(static_cast<std::size_t>(n));
    std::iota(records.begin(), records.end(), 0);
    probe<int> seen;
    const auto problem = for_each_chunk<int>(make_batch<int>(records), [&](auto chunk) { seen.push(chunk); });
    BOOST_TEST(!problem);
    BOOST_TEST((seen.records == records));
    BOOST_TEST(seen.sizes == sizes_of<int>(static_cast<std::size_t>(n)), boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(who_wants_to_decode_gets_a_batch_as_it_is_and_the_others_get_chunks) {
  for (const auto n : {0, 1, 8191, 8192, 8193, 20'000}) {
    std::vector<int> records(static_cast<std::size_t>(n));
    std::iota(records.begin(), records.end(), 0);
    decoding first;
    probe<int> second;
    const std::vector<any_sink*> both{&first, &second};
    outlet<int> out{both};
    BOOST_TEST(!push_records(make_batch<int>(records), out));
    BOOST_TEST((second.records == records));
    std::vector<int> halved;
    for (auto i = 0; i < n; i += 2)
      halved.push_back(i); // runs have an even length
    BOOST_TEST((first.records == halved));
    for (const auto size : second.sizes)
      BOOST_TEST(size <= chunk_size<int>);
  }
  outlet<int> nobody{{}};
  BOOST_TEST(is(push_records(make_batch<double>(std::vector{1.0}), nobody), ec::schema_mismatch));
}

BOOST_AUTO_TEST_CASE(a_chunk_of_bools_lies_side_by_side_like_any_other) {
  std::vector<bool> seen;
  const auto records = make_batch<bool>(std::vector{true, false, true});
  BOOST_TEST(!for_each_chunk<bool>(
      records, [&](std::span<const bool> chunk) { seen.insert(seen.end(), chunk.begin(), chunk.end()); }));
  BOOST_TEST((seen == std::vector{true, false, true}));
}

BOOST_AUTO_TEST_CASE(a_batch_of_another_type_is_an_error_and_pushes_nothing) {
  const auto problem = for_each_chunk<int>(make_batch<double>(std::vector{1.0}), [](auto) { BOOST_FAIL("pushed"); });
  BOOST_TEST(is(problem, ec::schema_mismatch));
}

BOOST_AUTO_TEST_CASE(records_move_through_an_emitter_without_allocations) {
  drain<std::pair<std::string_view, int>> end;
  std::vector<any_sink*> consumers{&end};
  emitter<std::pair<std::string_view, int>> emit{consumers};
  test::reset_allocations();
  for (auto i = 0; i < 100'000; ++i)
    emit({"word", i});
  emit.flush();
  BOOST_TEST(test::allocations.count == 0U);
  BOOST_TEST(end.records == 100'000U);
}

BOOST_AUTO_TEST_CASE(a_sender_allocates_by_the_batch_it_sends_and_not_by_the_record) {
  stage_effects effects;
  const sender_context context{edge_id{0}, partition_id{0}, 4, &effects};
  hash_sender<std::pair<std::string_view, int>> sender{context};
  const std::vector<std::pair<std::string_view, int>> chunk(500, {"a word", 1});
  const auto send = [&](batch_time t) {
    sender.open(t);
    for (auto n = 0; n < 200; ++n)
      sender.push(chunk);
    sender.close(t, effects);
  };
  send(batch_time{1});
  const auto batches = effects.parcels.size();
  BOOST_TEST(batches > 5U);
  effects.clear();
  test::reset_allocations();
  send(batch_time{2});
  BOOST_TEST(effects.parcels.size() == batches);
  BOOST_TEST(test::allocations.count <= 4 * batches);
}

BOOST_AUTO_TEST_CASE(texts_of_any_size_are_sent_and_large_ones_in_pieces) {
  using pair = std::pair<std::string_view, int>;
  std::vector<std::string> texts;
  for (std::size_t n = 0; n < 300; ++n)
    texts.push_back(std::to_string(n) + std::string(n * n % 257 * n, 'x')); // up to about 77 KB
  texts.push_back("large " + std::string(max_record_bytes / 2, 'y'));
  texts.push_back("large too " + std::string(max_record_bytes / 2, 'z'));
  texts.emplace_back();
  const std::vector<pair> records = [&] {
    std::vector<pair> result;
    for (const auto& x : texts)
      result.emplace_back(x, static_cast<int>(result.size()));
    return result;
  }();
  stage_effects effects;
  const sender_context context{edge_id{0}, partition_id{0}, 1, &effects};
  const auto senders = senders_of_every_kind(context, hash_partitioner{});
  for (const auto& sender : senders) {
    sender->open(batch_time{1});
    for (std::size_t begin = 0; begin < records.size(); begin += 100)
      static_cast<sink<pair>*>(sender->input())
          ->push(std::span{records}.subspan(begin, std::min(records.size() - begin, std::size_t{100})));
    sender->close(batch_time{1}, effects);
    std::vector<std::pair<std::string, int>> sent;
    for (const auto& parcel : effects.parcels) {
      BOOST_TEST(parcel.content.bytes().size() < 2 * send_bytes + max_record_bytes);
      BOOST_REQUIRE(!for_each_chunk<pair>(
          parcel.content, [&](std::span<const pair> chunk) { sent.insert(sent.end(), chunk.begin(), chunk.end()); }));
    }
    BOOST_TEST(effects.parcels.size() > 10U);
    BOOST_CHECK(std::ranges::equal(
        sent, records, [](const auto& a, const auto& b) { return a.first == b.first && a.second == b.second; }));
    effects.clear();
  }
}

BOOST_AUTO_TEST_CASE(nothing_of_a_batch_that_failed_is_sent_after_its_end) {
  using pair = std::pair<std::string_view, int>;
  const std::vector<pair> records{{"a", 1}, {"b", 1}};
  const auto refuse_b = partitioner{"not b", 1, [](std::string_view key) { return key == "b" ? 1 : 0; }};
  stage_effects effects;
  const sender_context context{edge_id{0}, partition_id{0}, 1, &effects};
  const auto senders = senders_of_every_kind(context, refuse_b);
  for (const auto& sender : senders) {
    sender->open(batch_time{1});
    static_cast<sink<pair>*>(sender->input())->push(records);
    if (sender == senders.back())
      BOOST_CHECK_THROW(sender->close(batch_time{1}, effects), operator_failure);
    sender->skip(batch_time{1}, presence::failed, effects);
    sender->open(batch_time{2});
    sender->close(batch_time{2}, effects);
    BOOST_TEST(effects.parcels.empty());
  }
}

BOOST_AUTO_TEST_SUITE_END()
