// SPDX-License-Identifier: BSD-3-Clause
//
// The budget is kept whatever a program makes of its records, and no program starves. The programs are models: so many
// bytes of each that is admitted, as soon as it is worked on or at the end of its batch.
#include <sluice/runtime/intake/admission.hpp>

#include <sluice/actors/base/errors.hpp>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <random>

using namespace sluice;

namespace data = boost::unit_test::data;

namespace {

constexpr std::uint64_t mib = std::uint64_t{1} << 20;
constexpr std::uint64_t budget = 256 * mib;

/// One input that takes all it may, and a program that is done with a batch at its end.
class model {
public:
  model(double at_once, double late) : at_once_{at_once}, late_{late}, gate_{{budget, 1, 0, late > at_once}} {}

  /// The input is looked at `looks` times; what came before has been worked on by then. Returns what was admitted.
  std::uint64_t batch(int looks) {
    std::uint64_t admitted = 0;
    for (int i = 0; i < looks; ++i) {
      look(0);
      const auto some = gate_.grant(0);
      gate_.admit(0, some);
      admitted += some;
      look(some);
      worked_on_ += some;
    }
    take(static_cast<std::uint64_t>(late_ * static_cast<double>(worked_on_)));
    look(0);
    worked_on_ = 0;
    gate_.release(0, batch_time{++time_}, admitted);
    most_ = std::max(most_, peak_);
    look(0);
    return admitted;
  }

  std::uint64_t most() const { return most_; }
  admission& gate() { return gate_; }
  void keep(std::uint64_t bytes) { kept_ += bytes; }

private:
  void take(std::uint64_t bytes) { peak_ = std::max(peak_, bytes); }

  void look(std::uint64_t waiting) {
    const auto now = static_cast<std::uint64_t>(at_once_ * static_cast<double>(worked_on_)) + waiting + kept_;
    take(now);
    most_ = std::max(most_, peak_);
    gate_.note({now, waiting, peak_});
    peak_ = now;
  }

  double at_once_;
  double late_;
  admission gate_;
  std::uint64_t worked_on_ = 0;
  std::uint64_t peak_ = 0;
  std::uint64_t most_ = 0;
  std::uint64_t kept_ = 0;
  std::int64_t time_ = 0;
};

constexpr auto usable = admission::usable(budget);

} // namespace

BOOST_AUTO_TEST_SUITE(admission_)

BOOST_AUTO_TEST_CASE(a_program_that_makes_little_has_all_of_the_budget_after_a_few_looks) {
  model cheap{1, 1};
  BOOST_TEST(cheap.batch(10) > usable / 10 * 9);
  BOOST_TEST(cheap.batch(1) > usable / 10 * 9);
}

BOOST_AUTO_TEST_CASE(blocks_that_never_fill_the_window_to_the_byte_do_not_end_the_slow_start) {
  admission gate{{budget, 1, 0, false}};
  std::uint64_t admitted = 0;
  for (int look = 0; look < 30; ++look) {
    const auto some = gate.grant(0);
    const auto block = some - std::min<std::uint64_t>(some, 16);
    gate.admit(0, block);
    admitted += block;
    // Much is made of the first records, so the window widens by little; and nothing is released yet.
    gate.note({admitted + (1 << 20), 0, admitted + (1 << 20)});
  }
  BOOST_TEST(admitted > usable / 4);
}

BOOST_AUTO_TEST_CASE(one_that_waits_for_the_end_of_the_batch_has_it_after_a_few_batches) {
  model late{1, 1.5};
  for (int i = 0; i < 4; ++i)
    late.batch(10);
  BOOST_TEST(late.batch(10) > usable / 3);
}

BOOST_DATA_TEST_CASE(the_budget_is_kept_whatever_becomes_of_the_records, data::make({2., 10., 50., 200., 400.}),
                     growth) {
  for (const auto at_the_end : {1., 2.}) {
    model program{growth, growth * at_the_end};
    std::uint64_t last = 0;
    for (int i = 0; i < 50; ++i)
      last = program.batch(20);
    BOOST_TEST(program.most() < budget);
    // It is not much too careful either.
    BOOST_TEST(static_cast<double>(last) * growth * at_the_end > usable / 4);
  }
}

BOOST_DATA_TEST_CASE(records_that_grow_at_the_end_of_the_batch_alone_keep_within_it_too, data::make({10., 100., 200.}),
                     growth) {
  model program{1, growth};
  std::uint64_t last = 0;
  for (int i = 0; i < 50; ++i)
    last = program.batch(20);
  BOOST_TEST(program.most() < budget);
  BOOST_TEST(static_cast<double>(last) * growth > usable / 4);
}

BOOST_AUTO_TEST_CASE(a_program_that_takes_less_from_some_time_on_gets_more) {
  admission gate{{budget, 1, 0, false}};
  auto batch = [&, t = std::int64_t{0}](double growth) mutable {
    const auto admitted = gate.grant(0);
    gate.admit(0, admitted);
    const auto made = static_cast<std::uint64_t>(growth * static_cast<double>(admitted));
    gate.note({made, 0, made});
    gate.release(0, batch_time{++t}, admitted);
    gate.note({0, 0, 0});
    return admitted;
  };
  for (int i = 0; i < 30; ++i)
    batch(100);
  const auto before = batch(100);
  BOOST_TEST(before < usable / 50);
  for (int i = 0; i < 30; ++i)
    batch(1);
  BOOST_TEST(batch(1) > usable / 2);
}

BOOST_AUTO_TEST_CASE(something_is_admitted_although_memory_is_held_for_good_and_the_user_hears_of_it_once) {
  model program{1, 1};
  program.batch(10);
  program.keep(2 * budget);
  int warnings = 0;
  for (int i = 0; i < 20; ++i) {
    BOOST_TEST(program.batch(10) > 0U);
    if (const auto said = program.gate().take_warning()) {
      ++warnings;
      BOOST_TEST(said->starts_with("512 MiB of records are held"), *said);
      BOOST_TEST(said->find("256 MiB") != std::string::npos, *said);
    }
  }
  BOOST_TEST(warnings == 1);
  BOOST_TEST(program.batch(10) > usable / 2);
}

BOOST_AUTO_TEST_CASE(inputs_share_and_a_source_gives_back_what_it_did_not_use) {
  admission gate{{budget, 2, 0, false}};
  const auto first = gate.grant(0);
  BOOST_TEST(first == gate.grant(1));
  BOOST_TEST(gate.grant(0) == 0U);
  gate.withdraw(0);
  BOOST_TEST(gate.grant(0) == first);
}

BOOST_AUTO_TEST_CASE(an_input_that_has_admitted_more_than_it_had_gets_that_too) {
  admission gate{{16 * mib, 1, 0, false}};
  auto credit = static_cast<std::int64_t>(gate.grant(0)); // as the receiver's gate has it
  const std::uint64_t block = 4 * mib;
  for (std::int64_t t = 1; t < 20; ++t) {
    BOOST_TEST_REQUIRE(credit > 0);
    gate.admit(0, block);
    credit -= static_cast<std::int64_t>(block);
    gate.note({block, block, block});
    credit += static_cast<std::int64_t>(gate.grant(0));
    gate.note({50 * block, 0, 50 * block});
    credit += static_cast<std::int64_t>(gate.grant(0));
    gate.release(0, batch_time{t}, block);
    gate.note({0, 0, 0});
    credit += static_cast<std::int64_t>(gate.grant(0));
  }
}

BOOST_AUTO_TEST_CASE(an_input_that_has_nothing_is_looked_at_while_others_have_all) {
  admission gate{{16 * mib, 8, 0, false}};
  gate.admit(0, gate.grant(0));
  gate.note({16 * mib, 0, 16 * mib}); // very much has become of it
  BOOST_TEST(gate.grant(1) == 0U);
  BOOST_TEST(gate.is_held_back(1));
  gate.release(0, batch_time{1}, 1 * mib);
  BOOST_TEST(gate.grant(1) > 0U);
  BOOST_TEST(!gate.is_held_back(1));
}

BOOST_AUTO_TEST_CASE(an_input_with_credit_is_not_looked_at_and_one_without_is_until_its_limit) {
  admission gate{{budget, 1, 0, false}};
  const auto first = gate.grant(0);
  BOOST_TEST(!gate.is_held_back(0));
  gate.admit(0, first);
  gate.note({first, first, first}); // waits
  BOOST_TEST(gate.grant(0) == 0U);
  BOOST_TEST(gate.is_held_back(0));
  for (int i = 0; i < 20; ++i) {
    gate.note({first, 0, first});
    gate.admit(0, gate.grant(0));
  }
  BOOST_TEST(!gate.is_held_back(0)); // only a release gives more
}

BOOST_AUTO_TEST_CASE(what_is_in_memory_at_a_worker_counts_as_what_is_here) {
  admission gate{{budget, 1, 1, false}};
  std::uint64_t admitted = 0;
  std::uint64_t most = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto some = gate.grant(0);
    gate.admit(0, some);
    admitted += some;
    most = std::max(most, 200 * admitted);
    gate.note({0, 0, some});
    if (i % 10 == 0) // the worker is asked less often
      gate.note_worker(0, 200 * admitted, 200 * admitted);
  }
  BOOST_TEST(most < budget);
  BOOST_TEST(most > usable / 4);
}

BOOST_AUTO_TEST_CASE(random_programs_keep_within_the_budget_and_do_not_starve) {
  std::mt19937 random{7};
  for (int n = 0; n < 200; ++n) {
    const auto growth = std::uniform_real_distribution{1., 300.}(random);
    const auto late = growth * std::uniform_real_distribution{1., 2.}(random);
    model program{growth, late};
    std::uint64_t admitted = 0;
    for (int i = 0; i < 30; ++i)
      admitted = program.batch(std::uniform_int_distribution{1, 30}(random));
    BOOST_TEST_CONTEXT("growth " << growth << ", at the end " << late) {
      BOOST_TEST(program.most() < budget);
      BOOST_TEST(static_cast<double>(admitted) * late > usable / 10);
    }
  }
}

BOOST_AUTO_TEST_CASE(budgets_that_cannot_work_are_refused) {
  BOOST_CHECK_THROW(check_memory_budget(1 * mib), usage_error);
  BOOST_CHECK_THROW(check_memory_budget(std::uint64_t{1} << 60), usage_error);
  BOOST_CHECK_NO_THROW(check_memory_budget(16 * mib));
}

BOOST_AUTO_TEST_SUITE_END()
