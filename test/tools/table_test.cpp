// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/text/bars.hpp>
#include <sluice/tool/text/table.hpp>

#include <boost/test/unit_test.hpp>

using namespace sluice::tool;

namespace {

table some() {
  table result{{{"NAME", align::left, true}, {"RATE", align::right}, {"NOTE"}}};
  result.add({"a_rather_long_name#1", "9/s", "x"});
  result.add({"b", "1.2 M/s"});
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(tables)

BOOST_AUTO_TEST_CASE(columns_are_as_wide_as_their_texts_and_no_blank_ends_a_line) {
  BOOST_TEST(some().text({})
             == "NAME                     RATE  NOTE\n"
                "a_rather_long_name#1      9/s  x\n"
                "b                     1.2 M/s\n");
}

BOOST_AUTO_TEST_CASE(a_narrow_table_clips_what_may_shrink) {
  BOOST_TEST(some().text({28})
             == "NAME              RATE  NOTE\n"
                "a_rather_lon…      9/s  x\n"
                "b              1.2 M/s\n");
}

BOOST_AUTO_TEST_CASE(a_very_narrow_table_leaves_columns_out) {
  BOOST_TEST(some().text({12}) == "NAME\na_rather_…\nb\n");
}

BOOST_AUTO_TEST_CASE(colours_change_no_width) {
  table painted{{{"A"}, {"B"}}};
  painted.add({{"xy", tone::bad}, "z"});
  BOOST_TEST(painted.text({80, true}) == "\x1b[2mA\x1b[0m   \x1b[2mB\x1b[0m\n\x1b[31mxy\x1b[0m  z\n");
  BOOST_TEST(painted.text({80, false}) == "A   B\nxy  z\n");
}

BOOST_AUTO_TEST_CASE(bars_grow_by_eighths) {
  BOOST_TEST(bar(0, 4) == "");
  BOOST_TEST(bar(-1, 4) == "");
  BOOST_TEST(bar(0.0001, 4) == "▏");
  BOOST_TEST(bar(0.5, 4) == "██");
  BOOST_TEST(bar(0.53125, 4) == "██▏");
  BOOST_TEST(bar(7, 4) == "████");
}

BOOST_AUTO_TEST_CASE(a_sparkline_has_a_column_for_each_value) {
  BOOST_TEST(sparkline({}) == "");
  BOOST_TEST(sparkline({0, 0}) == "▁▁");
  BOOST_TEST(sparkline({0, 5, 10}) == "▁▅█");
}

BOOST_AUTO_TEST_SUITE_END()
