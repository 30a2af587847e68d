// SPDX-License-Identifier: BSD-3-Clause
// What is stored of keyed states over many batches and lives: it says what the states are, and costs what changes.
#include "../support/lone_operator.hpp"
#include "keyed_sums.hpp"

#include <boost/mpl/list.hpp>

using namespace sluice;
using namespace sluice::test;

namespace {

using records = std::vector<std::pair<std::string, int>>;

/// Sums of map_with_state, without a timeout or with one.
template <std::int64_t timeout_ms>
struct mapped_sums {
  using stored = std::conditional_t<timeout_ms == 0, std::int64_t, std::pair<std::int64_t, std::int64_t>>;

  static std::optional<std::int64_t> timeout() { return timeout_ms == 0 ? std::nullopt : std::optional{timeout_ms}; }
  static auto compose(const dstream<input_pair>& in) { return in.map_with_state(sums_with(timeout())); }
  static std::int64_t sum_of(const stored& x) {
    if constexpr (timeout_ms == 0)
      return x;
    else
      return x.first;
  }
};

/// The same sums of update_state_by_key.
struct updated_sums {
  using stored = std::int64_t;

  static std::optional<std::int64_t> timeout() { return std::nullopt; }
  static auto compose(const dstream<input_pair>& in) {
    return in.update_state_by_key(
        [](std::span<const int> values, std::optional<std::int64_t> old) -> std::optional<std::int64_t> {
          if (values.empty())
            return old;
          return values[0] == forget ? std::nullopt : std::optional{old.value_or(0) + values[0]};
        });
  }
  static std::int64_t sum_of(stored x) { return x; }
};

using ways = boost::mpl::list<mapped_sums<0>, mapped_sums<30'000>, updated_sums>;

/// A program in several lives, what is stored of it, and what its states are to be.
template <class Way>
class lives {
public:
  /// @param interval of dstream::checkpoint.
  explicit lives(std::optional<duration> interval = {}) {
    const auto sums = Way::compose(program_.input<input_pair>());
    node_ = (interval ? sums.checkpoint(*interval) : sums).ref().node;
    op_.emplace(node(), std::vector<any_sink*>{&out_});
  }

  /// Runs a batch.
  change_kind run(const records& input) {
    op_->template receive<input_pair>(next_, {input.begin(), input.end()});
    op_->close(next_);
    truth_.run(next_.ms(), {input});
    return keep();
  }

  /// Runs a batch that fails.
  void fail(const records& input) {
    op_->template receive<input_pair>(next_, {input.begin(), input.end()});
    op_->skip(next_, presence::failed);
    keep();
  }

  void restart() {
    op_.emplace(node(), std::vector<any_sink*>{&out_}, std::vector<any_sink*>{}, batch_time{0});
    for (const auto& piece : stored_)
      BOOST_REQUIRE(
          !op_->logic().restore({piece.time, piece.kind, batch::from_bytes(piece.content.bytes()).value(), 0}));
  }

  /// What recovery would find.
  states replayed() const {
    using change = std::pair<std::string, std::optional<typename Way::stored>>;
    states result;
    for (const auto& piece : stored_)
      BOOST_REQUIRE(!for_each_chunk<change>(piece.content, [&result](std::span<const change> chunk) {
        for (const auto& [key, x] : chunk)
          if (x)
            result.insert_or_assign(key, Way::sum_of(*x));
          else
            result.erase(key);
      }));
    return result;
  }

  states truth() const { return truth_.now(); }

  /// How many changes recovery would read.
  std::size_t stored() const { return count(std::nullopt); }
  std::size_t stored(change_kind kind) const { return count(kind); }

private:
  const topology_node& node() const { return program_.graph().node(node_); }

  std::size_t count(std::optional<change_kind> kind) const {
    std::size_t result = 0;
    for (const auto& piece : stored_)
      result += !kind || piece.kind == *kind ? piece.content.count() : 0;
    return result;
  }

  change_kind keep() {
    out_.take();
    const auto update = std::exchange(op_->effects.changes, {}).at(0);
    std::erase_if(stored_, [&update](const state_piece& x) { return is_replaced(x.kind, update.kind); });
    for (const auto& content : update.content)
      stored_.push_back({update.time, update.kind, content, 0});
    next_ = next_ + lone_operator::interval;
    return update.kind;
  }

  composing program_;
  node_index node_;
  collecting_sink<emitted_pair> out_;
  std::optional<lone_operator> op_;
  std::vector<state_piece> stored_;
  model truth_{Way::timeout()};
  batch_time next_{1000};
};

/// A record for each of the keys [from, to).
records each_of(int from, int to) {
  records result;
  for (auto k = from; k < to; ++k)
    result.emplace_back("key " + std::to_string(k), 1);
  return result;
}

/// A record for some keys below `keys`, at most one each.
records some_of(std::mt19937_64& random, int keys, int how_many, int removed_in_ten) {
  std::map<std::string, int> result;
  for (auto n = 0; n < how_many; ++n)
    result["key " + std::to_string(random() % static_cast<unsigned>(keys))] =
        static_cast<int>(random() % 10) < removed_in_ten ? forget : 1 + static_cast<int>(random() % 9);
  return {result.begin(), result.end()};
}

} // namespace

BOOST_AUTO_TEST_SUITE(state_writing)

BOOST_AUTO_TEST_CASE_TEMPLATE(idle_keys_are_written_once, Way, ways) {
  std::mt19937_64 random{1};
  lives<Way> sums;
  BOOST_CHECK((sums.run(each_of(0, 15'000)) == change_kind::base));
  std::size_t partial = 0;
  for (auto n = 1; n < 30; ++n) {
    const auto kind = sums.run(some_of(random, 1'500, 2'500, 2));
    BOOST_REQUIRE((kind != change_kind::base));
    partial += kind == change_kind::partial ? 1 : 0;
    BOOST_TEST(sums.stored(change_kind::partial) <= 1'500U);
    if (n % 7 == 0) {
      BOOST_REQUIRE(sums.replayed() == sums.truth());
      sums.restart();
    }
  }
  BOOST_TEST(partial >= 2U);
  BOOST_CHECK(sums.replayed() == sums.truth());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(when_half_of_the_keys_have_changed_all_are_written, Way, ways) {
  lives<Way> sums;
  BOOST_CHECK((sums.run(each_of(0, 12'000)) == change_kind::base));
  for (auto n = 0; n < 4; ++n)
    BOOST_CHECK((sums.run(each_of(0, 5'000)) == change_kind::delta));
  BOOST_CHECK((sums.run(each_of(0, 5'000)) == change_kind::partial));
  BOOST_TEST(sums.stored(change_kind::partial) == 5'000U);
  // 3,000 more: 8,000 of 12,000 differ from the base.
  for (auto n = 0; n < 5; ++n)
    BOOST_CHECK((sums.run(each_of(3'000, 8'000)) == change_kind::delta));
  BOOST_CHECK((sums.run(each_of(3'000, 8'000)) == change_kind::base));
  BOOST_TEST(sums.stored() == 12'000U);
  BOOST_CHECK(sums.replayed() == sums.truth());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(all_is_written_as_often_as_the_user_says, Way, ways) {
  using enum change_kind;
  lives<Way> sums{duration{3'000}};
  const auto runs = [&sums](const std::vector<records>& batches) {
    std::vector<change_kind> result;
    for (const auto& batch : batches)
      result.push_back(sums.run(batch));
    return result;
  };
  const records a{{"a", 1}};
  const records b{{"b", 2}};
  BOOST_CHECK((runs({a, b, {}, a, {}, {}}) == std::vector{delta, delta, base, delta, delta, base}));
  BOOST_TEST(sums.stored() == 2U);
  // There is nothing to be written again.
  BOOST_CHECK((runs({{}, {}, {}, {}}) == std::vector{delta, delta, delta, delta}));
  sums.restart();
  BOOST_CHECK((runs({{}, {}, b, {}, a}) == std::vector{delta, delta, delta, delta, base}));
  BOOST_TEST(sums.stored() == 2U);
  sums.run(b);
  sums.restart();
  BOOST_CHECK((runs({{}, {}}) == std::vector{delta, base}));
  BOOST_CHECK(sums.replayed() == sums.truth());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_is_stored_is_the_state_whatever_happens, Way, ways) {
  constexpr std::size_t largest_batch = 12'000;
  std::mt19937_64 random{1};
  std::set<change_kind> kinds;
  lives<Way> sums;
  sums.run(each_of(0, largest_batch));
  auto keys = 0;
  auto removed = 0;
  for (auto n = 0; n < 40; ++n) {
    if (n % 10 == 0) {
      keys = n % 20 == 0 ? 2'000 : 100 + static_cast<int>(random() % 20'000);
      removed = static_cast<int>(random() % 11);
    }
    const auto input = some_of(random, keys, 4'000, removed);
    if (random() % 10 == 0)
      sums.fail(input);
    else
      kinds.insert(sums.run(input));
    if (random() % 6 != 0)
      continue;
    const auto expected = sums.truth();
    BOOST_REQUIRE_MESSAGE(sums.replayed() == expected, "batch " << n);
    BOOST_REQUIRE_LE(sums.stored(), 8 * expected.size() + 3 * (10'000 + largest_batch));
    sums.restart();
  }
  BOOST_CHECK(sums.replayed() == sums.truth());
  BOOST_TEST(kinds.size() == 3U);
}

BOOST_AUTO_TEST_SUITE_END()
