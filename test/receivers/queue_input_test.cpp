// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/queue_input.hpp>

#include "records.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <thread>

using namespace sluice;
using sluice::test::records_of;

namespace {

using numbers = std::vector<std::int64_t>;
using number_queue = record_queue<std::int64_t>;

template <record T>
std::vector<owned_t<T>> pull(block_source& from, std::int64_t t) {
  const auto batches = from.pull(batch_time{t});
  BOOST_REQUIRE(static_cast<bool>(batches));
  BOOST_REQUIRE(batches->has_value());
  return records_of<T>(**batches);
}

} // namespace

BOOST_AUTO_TEST_SUITE(queue_input_)

BOOST_AUTO_TEST_CASE(a_batch_gets_one_set_by_default) {
  auto queue = std::make_shared<number_queue>();
  queue->push({1, 2});
  queue->push({});
  queue->push({3});
  const auto from = queue_input<std::int64_t>(queue).make_source();
  BOOST_TEST(pull<std::int64_t>(*from, 1) == (numbers{1, 2}), boost::test_tools::per_element());
  BOOST_TEST(pull<std::int64_t>(*from, 2).empty());
  BOOST_TEST(pull<std::int64_t>(*from, 3) == (numbers{3}), boost::test_tools::per_element());
  BOOST_TEST(pull<std::int64_t>(*from, 4).empty());
}

BOOST_AUTO_TEST_CASE(a_batch_may_get_all_sets_in_order) {
  auto queue = std::make_shared<number_queue>();
  queue->push({1, 2});
  queue->push({});
  queue->push({3});
  const auto from = queue_input<std::int64_t>(queue, {.mode = queue_mode::all}).make_source();
  BOOST_TEST(pull<std::int64_t>(*from, 1) == (numbers{1, 2, 3}), boost::test_tools::per_element());
  BOOST_TEST(queue->size() == 0U);
  BOOST_TEST(pull<std::int64_t>(*from, 2).empty());
}

BOOST_AUTO_TEST_CASE(the_default_stands_in_for_an_empty_queue_but_not_for_an_empty_set) {
  for (const auto mode : {queue_mode::one_at_a_time, queue_mode::all}) {
    auto queue = std::make_shared<number_queue>();
    queue->push({});
    const auto from = queue_input<std::int64_t>(queue, {mode, numbers{7, 8}}).make_source();
    BOOST_TEST(pull<std::int64_t>(*from, 1).empty());
    BOOST_TEST(pull<std::int64_t>(*from, 2) == (numbers{7, 8}), boost::test_tools::per_element());
    BOOST_TEST(pull<std::int64_t>(*from, 3) == (numbers{7, 8}), boost::test_tools::per_element());
    queue->push({1});
    BOOST_TEST(pull<std::int64_t>(*from, 4) == (numbers{1}), boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(the_queue_grows_while_it_is_read) {
  auto queue = std::make_shared<number_queue>();
  const auto from = queue_input<std::int64_t>(queue, {.mode = queue_mode::all}).make_source();
  std::thread pushing{[&queue] {
    for (auto i = 0; i < 1000; ++i)
      queue->push({i});
  }};
  numbers all;
  for (std::int64_t t = 0; all.size() < 1000; ++t)
    for (const auto x : pull<std::int64_t>(*from, t))
      all.push_back(x);
  pushing.join();
  for (std::size_t i = 0; i < all.size(); ++i)
    BOOST_TEST(all[i] == static_cast<std::int64_t>(i));
}

BOOST_AUTO_TEST_CASE(texts_are_owned_by_the_queue_and_large_sets_are_split) {
  auto queue = std::make_shared<record_queue<std::string_view>>();
  std::vector<std::string> texts(3000, std::string(1000, 'x'));
  texts.back() = "last";
  queue->push(texts);
  const auto from = queue_input<std::string_view>(queue).make_source();
  const auto batches = from->pull(batch_time{1});
  BOOST_TEST((*batches)->size() > 10U);
  for (const auto& x : **batches)
    BOOST_TEST(x.bytes().size() < 300'000U);
  BOOST_TEST((records_of<std::string_view>(**batches) == texts));
}

BOOST_AUTO_TEST_CASE(pairs_and_flags_pass_through) {
  using word_count = std::pair<std::string_view, int>;
  auto counts = std::make_shared<record_queue<word_count>>();
  counts->push({{"a", 1}, {"b", 2}});
  const auto from = queue_input<word_count>(counts).make_source();
  BOOST_TEST((pull<word_count>(*from, 1) == std::vector<std::pair<std::string, int>>{{"a", 1}, {"b", 2}}));
  auto flags = std::make_shared<record_queue<bool>>();
  flags->push({true, false});
  BOOST_TEST((pull<bool>(*queue_input<bool>(flags).make_source(), 1) == std::vector<bool>{true, false}));
}

BOOST_AUTO_TEST_CASE(a_record_too_large_is_refused_when_it_is_pushed) {
  record_queue<std::string> queue;
  BOOST_CHECK_THROW(queue.push({std::string(max_record_bytes, 'x')}), std::length_error);
  BOOST_TEST(queue.size() == 0U);
}

BOOST_AUTO_TEST_CASE(a_queue_there_must_be) { BOOST_CHECK_THROW(queue_input<std::int64_t>(nullptr), usage_error); }

BOOST_AUTO_TEST_SUITE_END()
