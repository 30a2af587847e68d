// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/keyed/grown_state.hpp>

#include <boost/test/unit_test.hpp>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/batch/batch_io.hpp>

#include <string>
#include <string_view>

using namespace sluice;

namespace {

struct first_form {
  std::int64_t count = 0;
};
struct third_form {
  std::int64_t count = 0;
  double factor = 2.5;
  std::string note = "none";
};
struct other {
  double count = 0;
  double factor = 0;
};

template <class S>
using changes = std::vector<std::pair<std::string_view, std::optional<S>>>;

template <class S>
batch stored(const changes<S>& of) {
  return make_batch<std::pair<std::string_view, std::optional<S>>>(of);
}

/// What is read of `from` as states S: "key count factor note", or "key gone".
std::vector<std::string> read(const batch& from, error* why = nullptr) {
  std::vector<std::string> result;
  auto err = detail::for_each_change<std::string_view, third_form>(from, [&result](auto chunk) {
    for (const auto& [key, state] : chunk)
      result.push_back(std::string{key}
                       + (state ? ' ' + std::to_string(state->count) + ' ' + std::to_string(state->factor).substr(0, 3)
                                      + ' ' + state->note
                                : " gone"));
  });
  if (why)
    *why = err;
  else
    BOOST_TEST(!err);
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(grown_state)

BOOST_AUTO_TEST_CASE(states_of_the_current_form_are_read_as_they_are) {
  const std::vector<std::string> expected{"a 1 7.5 x", "b gone"};
  BOOST_TEST(read(stored<third_form>({{"a", third_form{1, 7.5, "x"}}, {"b", std::nullopt}})) == expected,
             boost::test_tools::per_element());
  BOOST_TEST(read(batch{}).empty());
}

BOOST_AUTO_TEST_CASE(fields_that_came_later_have_their_defaults) {
  const std::vector<std::string> expected{"a 1 2.5 none", "b gone"};
  BOOST_TEST(read(stored<first_form>({{"a", first_form{1}}, {"b", std::nullopt}})) == expected,
             boost::test_tools::per_element());
  using second_form = std::tuple<std::int64_t, double>;
  BOOST_TEST(read(stored<second_form>({{"a", second_form{1, 4.0}}})).front() == "a 1 4.0 none");
}

BOOST_AUTO_TEST_CASE(states_with_the_time_of_their_last_touch_grow_too) {
  using former = std::pair<first_form, std::int64_t>;
  using now = std::pair<third_form, std::int64_t>;
  std::vector<std::string> seen;
  BOOST_TEST(
      !(detail::for_each_change<std::string_view, now>(stored<former>({{"a", former{{3}, 1000}}}), [&seen](auto chunk) {
        for (const auto& [key, state] : chunk)
          seen.push_back(std::to_string(state->first.count) + state->first.note + std::to_string(state->second));
      })));
  BOOST_TEST(seen.front() == "3none1000");
}

BOOST_AUTO_TEST_CASE(states_of_another_type_are_an_error) {
  error why;
  BOOST_TEST(read(stored<other>({{"a", other{}}}), &why).empty());
  BOOST_TEST(is(why, ec::schema_mismatch));
}

BOOST_AUTO_TEST_CASE(only_the_beginning_of_a_struct_is_a_form_that_it_had) {
  const std::vector<std::string> expected{"(i32,(i64,f64))", "(i32,(i64))"};
  BOOST_TEST((detail::former_schemas<int, third_form>() == expected));
  BOOST_TEST((detail::former_schemas<int, first_form>().empty()));
  BOOST_TEST((detail::former_schemas<int, int>().empty()));
  BOOST_TEST((detail::former_schemas<int, std::pair<int, int>>().empty()));
}

BOOST_AUTO_TEST_SUITE_END()
