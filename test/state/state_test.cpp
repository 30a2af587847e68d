// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/keyed/state.hpp>

#include <vector>

#include <boost/test/unit_test.hpp>

using namespace sluice;

BOOST_AUTO_TEST_SUITE(state_of_a_key)

BOOST_AUTO_TEST_CASE(a_state_can_be_looked_at_updated_and_removed) {
  std::optional<int> value;
  state<int> s{value};
  BOOST_TEST(!s.exists());
  BOOST_TEST(!s.is_timing_out());
  BOOST_TEST(!s.get_option());
  BOOST_CHECK_THROW(s.get(), std::out_of_range);
  s.update(1);
  s.update(s.get() + 1);
  BOOST_TEST(s.exists());
  BOOST_TEST(s.get() == 2);
  BOOST_TEST(s.get_option().value() == 2);
  BOOST_TEST(value.value() == 2);
  s.remove();
  BOOST_TEST(!s.exists());
  BOOST_TEST(!value);
  BOOST_CHECK_THROW(s.get(), std::out_of_range);
}

BOOST_AUTO_TEST_CASE(a_state_can_be_changed_in_place) {
  std::optional<std::vector<int>> value;
  detail::former_state<std::vector<int>> former;
  state<std::vector<int>> s{value, state_call::record, &former};
  s.modify([](std::vector<int>& x) { x.push_back(1); });
  BOOST_TEST((former == detail::former_state<std::vector<int>>{std::in_place, std::nullopt}));
  s.modify([](std::vector<int>& x) { x.push_back(2); });
  BOOST_TEST((value == std::vector{1, 2}));
  former.reset();
  s.modify([](std::vector<int>& x) { x.clear(); });
  BOOST_TEST((former == detail::former_state<std::vector<int>>{std::vector{1, 2}})); // as it was before the batch
  s.remove();
  BOOST_CHECK_THROW(s.modify([](std::vector<int>&) {}), usage_error);
}

BOOST_AUTO_TEST_CASE(a_removed_state_cannot_be_used_any_more) {
  for (const auto& before : {std::optional<int>{}, std::optional{1}}) {
    auto value = before;
    state<int> s{value};
    s.remove();
    BOOST_CHECK_THROW(s.update(2), usage_error);
    BOOST_CHECK_THROW(s.modify([](int& x) { ++x; }), usage_error);
    BOOST_CHECK_THROW(s.remove(), usage_error);
    BOOST_TEST(!value);
  }
}

BOOST_AUTO_TEST_CASE(a_state_that_is_timing_out_can_only_be_read) {
  std::optional<int> value{1};
  state<int> s{value, state_call::timeout};
  BOOST_TEST(s.is_timing_out());
  BOOST_TEST(s.get() == 1);
  BOOST_CHECK_THROW(s.update(2), usage_error);
  BOOST_CHECK_THROW(s.remove(), usage_error);
  BOOST_TEST(value.value() == 1);
}

BOOST_AUTO_TEST_CASE(the_former_state_is_kept_by_the_first_change) {
  std::optional<int> value{1};
  detail::former_state<int> former;
  state<int> s{value, state_call::record, &former};
  BOOST_TEST(!former.has_value());
  s.update(2);
  s.update(3);
  s.remove();
  BOOST_TEST((former == detail::former_state<int>{1}));
}

BOOST_AUTO_TEST_SUITE_END()
