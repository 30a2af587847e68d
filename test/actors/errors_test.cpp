// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/base/errors.hpp>

#include <set>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>
#include <caf/error.hpp>
#include <caf/sec.hpp>

#include <sluice/actors/base/expected.hpp>

using sluice::ec;

BOOST_AUTO_TEST_SUITE(errors)

BOOST_AUTO_TEST_CASE(an_error_keeps_its_code_and_its_sentence) {
  const auto err = sluice::make_error(ec::storage_locked, "the directory is in use");
  BOOST_TEST(static_cast<bool>(err));
  BOOST_TEST(sluice::is(err, ec::storage_locked));
  BOOST_TEST(!sluice::is(err, ec::storage_failed));
  BOOST_TEST(sluice::describe(err) == "the directory is in use");
}

BOOST_AUTO_TEST_CASE(an_error_without_a_sentence_is_described_by_its_code) {
  BOOST_TEST(sluice::describe(sluice::make_error(ec::timed_out)) == "timed_out");
}

BOOST_AUTO_TEST_CASE(no_error_is_none_of_them) {
  BOOST_TEST(!sluice::is(sluice::error{}, ec::malformed_batch));
  BOOST_TEST(sluice::describe(sluice::error{}) == "no error");
  BOOST_TEST(!caf::error{sluice::error{}});
  BOOST_TEST(!sluice::error{caf::error{}});
}

BOOST_AUTO_TEST_CASE(an_error_of_caf_with_the_same_number_is_not_ours) {
  const auto foreign = caf::make_error(caf::sec::unexpected_message);
  BOOST_TEST(foreign.code() == static_cast<std::uint8_t>(ec::malformed_batch));
  BOOST_TEST(!sluice::is(foreign, ec::malformed_batch));
  const sluice::error kept{foreign};
  BOOST_TEST(sluice::is(kept, ec::messaging_failed));
  BOOST_TEST(sluice::describe(kept) == caf::to_string(foreign));
  BOOST_TEST((sluice::error{caf::error{kept}} == kept)); // also when it has been sent on as one of ours
}

BOOST_AUTO_TEST_CASE(a_value_or_why_there_is_none) {
  using text = sluice::expected<std::string>;
  text some = "a";
  BOOST_TEST(some.has_value());
  BOOST_TEST(*some == "a");
  BOOST_TEST(some->size() == 1U);
  BOOST_TEST(some.value() == "a");
  text none = sluice::make_error(ec::timed_out, "too late");
  BOOST_TEST(!none.has_value());
  BOOST_TEST(sluice::is(none.error(), ec::timed_out));
  BOOST_CHECK_EXCEPTION(none.value(), sluice::runtime_failure,
                        [](const auto& e) { return std::string{e.what()} == "too late"; });
  none = std::move(some);
  BOOST_TEST(*std::move(none) == "a");
}

BOOST_AUTO_TEST_CASE(the_numbers_of_the_codes_are_frozen_and_each_has_a_name) {
  const std::vector<std::pair<int, ec>> frozen{
      {1, ec::malformed_batch}, {2, ec::schema_mismatch},   {3, ec::checksum_mismatch},   {4, ec::record_too_large},
      {5, ec::storage_failed},  {6, ec::storage_locked},    {7, ec::checkpoint_mismatch}, {8, ec::connection_failed},
      {9, ec::node_refused},    {10, ec::node_lost},        {11, ec::user_code_failed},   {12, ec::receiver_stopped},
      {13, ec::timed_out},      {14, ec::invalid_argument}, {15, ec::messaging_failed},
  };
  std::set<std::string> names;
  for (const auto& [number, code] : frozen) {
    BOOST_TEST(static_cast<int>(code) == number);
    names.insert(to_string(code));
  }
  BOOST_TEST(names.size() == frozen.size());
  BOOST_TEST(!names.contains("unknown"));
  BOOST_TEST(to_string(static_cast<ec>(200)) == "unknown");
}

BOOST_AUTO_TEST_CASE(an_error_keeps_code_and_sentence_on_its_way_to_another_node) {
  // CAF drops an error's context where there is no system that knows its types.
  caf::actor_system_config config;
  config.set("scheduler.max-threads", 1);
  caf::actor_system system{config};
  std::vector<char> wire;
  caf::binary_serializer sink{system, wire};
  caf::error sent = sluice::make_error(ec::user_code_failed, "map threw: größer");
  BOOST_REQUIRE(!sink(sent));
  caf::binary_deserializer source{system, wire};
  caf::error received;
  BOOST_REQUIRE(!source(received));
  BOOST_TEST(sluice::is(received, ec::user_code_failed));
  BOOST_TEST(sluice::describe(received) == "map threw: größer");
}

BOOST_AUTO_TEST_SUITE_END()
