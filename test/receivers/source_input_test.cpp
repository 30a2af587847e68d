// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/source/source_input.hpp>

#include "records.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice;
using sluice::test::records_of;
using sluice::test::unlimited_room;

namespace {

using texts = std::vector<std::string>;

/// Has two texts at even times, no dataset at odd ones, and an empty one at 100; throws at 7 and from then on.
class clockwork : public source<std::string_view> {
public:
  explicit clockwork(texts& calls) : calls_{calls} {}

  void start() override { calls_.emplace_back("start"); }
  void stop() override { calls_.emplace_back("stop"); }
  std::optional<texts> compute(batch_time t) override {
    calls_.push_back(to_string(t));
    if (t.ms() == 7)
      throw std::runtime_error{"the spring broke"};
    if (t.ms() == 100)
      return texts{};
    if (t.ms() % 2 == 1)
      return std::nullopt;
    return texts{"tick", "tock " + std::to_string(t.ms())};
  }

private:
  texts& calls_;
};

class broken : public clockwork {
public:
  using clockwork::clockwork;
  void start() override { throw std::runtime_error{"no key"}; }
  void stop() override {
    clockwork::stop();
    throw std::runtime_error{"and no hands"};
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(source_input_)

BOOST_AUTO_TEST_CASE(a_source_is_started_asked_once_a_batch_and_stopped) {
  texts calls;
  const auto from = source_input<std::string_view>([&calls] { return std::make_unique<clockwork>(calls); });
  BOOST_TEST(from.kind == "input_stream");
  BOOST_TEST(calls.empty());
  {
    const auto x = from.make_source();
    BOOST_TEST(records_of<std::string_view>(x->pull(batch_time{2}, unlimited_room)->value())
                   == (texts{"tick", "tock 2"}),
               boost::test_tools::per_element());
    BOOST_TEST(!x->pull(batch_time{3}, unlimited_room)->has_value());
    BOOST_TEST_REQUIRE(x->pull(batch_time{100}, unlimited_room)->has_value());
    BOOST_TEST(x->pull(batch_time{100}, unlimited_room)->value().empty());
  }
  BOOST_TEST(calls == (texts{"start", "2 ms", "3 ms", "100 ms", "100 ms", "stop"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_compute_throws_becomes_an_error_with_the_batch) {
  texts calls;
  const auto x = source_input<std::string_view>([&calls] { return std::make_shared<clockwork>(calls); }).make_source();
  const auto result = x->pull(batch_time{7}, unlimited_room);
  BOOST_TEST_REQUIRE(!result);
  BOOST_TEST(is(result.error(), ec::user_code_failed));
  BOOST_TEST(describe(result.error()) == "a source failed at 7 ms: the spring broke");
}

BOOST_AUTO_TEST_CASE(a_source_that_cannot_start_is_stopped_and_says_why) {
  texts calls;
  const auto from = source_input<std::string_view>([&calls] { return std::make_unique<broken>(calls); });
  BOOST_CHECK_EXCEPTION(from.make_source(), std::runtime_error,
                        [](const auto& e) { return e.what() == std::string{"no key"}; });
  BOOST_TEST(calls == (texts{"stop"}), boost::test_tools::per_element());
  const auto none = source_input<int>([] { return std::unique_ptr<source<int>>{}; });
  BOOST_CHECK_THROW(none.make_source(), usage_error);
}

BOOST_AUTO_TEST_CASE(a_source_says_where_to_go_on_and_is_told) {
  class counter : public source<int> {
    std::optional<std::vector<int>> compute(batch_time) override { return std::vector{next_++}; }
    std::string position() override { return std::to_string(next_); }
    void resume(std::string_view position) override { next_ = std::stoi(std::string{position}); }
    int next_ = 0;
  };
  const auto from = source_input<int>([] { return std::make_unique<counter>(); });
  const auto first = from.make_source();
  for (const auto t : {1, 2, 3})
    BOOST_TEST(records_of<int>(**first->pull(batch_time{t}, unlimited_room)).front() == t - 1);
  const auto second = from.make_source();
  BOOST_TEST(!second->resume(*first->position()));
  BOOST_TEST(records_of<int>(**second->pull(batch_time{9}, unlimited_room)).front() == 3);
  const auto err = second->resume("nowhere");
  BOOST_TEST(is(err, ec::user_code_failed));
  BOOST_TEST(describe(err).starts_with("a source cannot go on where it was: "));
  // One without a position begins anew.
  texts calls;
  const auto other = source_input<std::string_view>([&calls] { return std::make_unique<clockwork>(calls); });
  BOOST_TEST(other.make_source()->position()->empty());
}

BOOST_AUTO_TEST_CASE(large_datasets_are_split_and_a_record_too_large_is_an_error) {
  class large : public source<std::string> {
    std::optional<texts> compute(batch_time t) override {
      if (t.ms() == 1)
        return texts(3000, std::string(1000, 'x'));
      return texts{std::string(max_record_bytes, 'x')};
    }
  };
  const auto x = source_input<std::string>([] { return std::make_unique<large>(); }).make_source();
  const auto blocks = x->pull(batch_time{1}, unlimited_room)->value();
  BOOST_TEST(blocks.size() > 5U);
  BOOST_TEST(records_of<std::string>(blocks).size() == 3000U);
  BOOST_TEST(!x->pull(batch_time{2}, unlimited_room));
}

BOOST_AUTO_TEST_SUITE_END()
