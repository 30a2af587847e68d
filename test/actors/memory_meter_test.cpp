// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/base/memory_meter.hpp>
#include <sluice/actors/batch/batch_io.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <optional>

using namespace sluice;

namespace {

batch numbers() {
  batch_writer<std::int64_t> writer;
  for (std::int64_t i = 0; i < 1000; ++i)
    writer.append(i);
  return writer.freeze();
}

} // namespace

BOOST_AUTO_TEST_SUITE(memory_meter_)

BOOST_AUTO_TEST_CASE(what_waits_is_in_flight_too_and_what_is_kept_is_not) {
  memory_meter meter;
  meter.add(memory_use::waiting, 10);
  meter.add(memory_use::in_flight, 5);
  meter.add(memory_use::kept, 100);
  BOOST_TEST(meter.in_flight() == 15U);
  BOOST_TEST(meter.waiting() == 10U);
  BOOST_TEST(meter.kept() == 100U);
  meter.move(memory_use::waiting, memory_use::in_flight, 4);
  meter.move(memory_use::in_flight, memory_use::kept, 3);
  meter.move(memory_use::kept, memory_use::waiting, 50);
  BOOST_TEST(meter.in_flight() == 62U);
  BOOST_TEST(meter.waiting() == 56U);
  BOOST_TEST(meter.kept() == 53U);
  meter.remove(memory_use::waiting, 56);
  meter.remove(memory_use::kept, 53);
  meter.remove(memory_use::in_flight, 6);
  BOOST_TEST(meter.in_flight() + meter.waiting() + meter.kept() == 0U);
}

BOOST_AUTO_TEST_CASE(the_peak_is_the_most_since_it_was_asked_for) {
  memory_meter meter;
  meter.add(memory_use::in_flight, 10);
  meter.remove(memory_use::in_flight, 8);
  BOOST_TEST(meter.take_peak() == 10U);
  BOOST_TEST(meter.take_peak() == 2U);
  meter.move(memory_use::in_flight, memory_use::waiting, 2);
  BOOST_TEST(meter.take_peak() == 2U);
}

BOOST_AUTO_TEST_CASE(each_batch_is_counted_once_however_many_share_it) {
  auto& meter = process_memory();
  const auto before = meter.in_flight();
  const auto kept = meter.kept();
  std::optional x = numbers();
  const auto bytes = x->bytes().size();
  BOOST_TEST(meter.in_flight() == before + bytes);
  std::optional copy = x;
  x->count_as(memory_use::waiting);
  BOOST_TEST(meter.in_flight() == before + bytes);
  BOOST_TEST(meter.waiting() == bytes);
  copy->seen();
  copy->seen();
  BOOST_TEST(meter.waiting() == 0U);
  copy->count_as(memory_use::kept);
  copy->seen(); // it does not wait
  BOOST_TEST(meter.in_flight() == before);
  BOOST_TEST(meter.kept() == kept + bytes);
  x.reset();
  BOOST_TEST(meter.kept() == kept + bytes);
  copy.reset();
  BOOST_TEST(meter.kept() == kept);
  BOOST_TEST(meter.in_flight() == before);
}

BOOST_AUTO_TEST_CASE(what_somebody_holds_is_counted_until_he_goes) {
  auto& meter = process_memory();
  const auto before = meter.in_flight();
  {
    held_bytes held;
    held.set(100);
    held.set(40);
    BOOST_TEST(meter.in_flight() == before + 40);
  }
  BOOST_TEST(meter.in_flight() == before);
}

BOOST_AUTO_TEST_SUITE_END()
