// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/receiver/credit_gate.hpp>

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <thread>
#include <vector>

#include "../support/sleeper.hpp"

using sluice::credit_gate;
namespace test = sluice::test;

namespace {

/// Threads that pass the gate one after another: each charges what it took when it got through.
class crowd {
public:
  crowd(credit_gate& gate, int size) {
    for (auto i = 0; i < size; ++i)
      threads_.emplace_back([this, &gate] {
        gate.wait();
        ++passed_;
        passed_.notify_all();
      });
  }
  ~crowd() {
    for (auto& thread : threads_)
      thread.join();
  }

  void await_passed(int count) {
    for (auto now = passed_.load(); now < count; now = passed_.load())
      passed_.wait(now);
  }
  int passed() const { return passed_; }

private:
  std::atomic<int> passed_ = 0;
  std::vector<std::thread> threads_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(credit_gate_)

BOOST_AUTO_TEST_CASE(it_is_quiet_while_nobody_passes) {
  credit_gate gate;
  BOOST_TEST(!gate.is_quiet()); // who may have passed before is not known
  gate.quiet();
  BOOST_TEST(gate.is_quiet());
  gate.pass();
  BOOST_TEST(!gate.is_quiet());
}

BOOST_AUTO_TEST_CASE(nothing_passes_at_first) {
  credit_gate gate;
  BOOST_TEST(!gate.has_credit());
  BOOST_TEST(gate.must_wait());
}

BOOST_AUTO_TEST_CASE(who_comes_without_credit_waits) {
  credit_gate gate;
  const test::sleeper coming{[&gate] { gate.wait(); }};
  BOOST_TEST(coming.waits());
  gate.release(1);
}

BOOST_AUTO_TEST_CASE(credit_is_used_up_to_the_byte) {
  credit_gate gate;
  gate.release(100);
  gate.charge(99);
  BOOST_TEST(!gate.must_wait());
  gate.wait();
  gate.charge(1);
  BOOST_TEST(gate.must_wait());
}

BOOST_AUTO_TEST_CASE(a_block_larger_than_what_is_left_passes_and_is_paid_back) {
  credit_gate gate;
  gate.release(1);
  gate.charge(1000);
  BOOST_TEST(gate.must_wait());
  gate.release(999);
  BOOST_TEST(gate.must_wait());
  gate.release(1);
  BOOST_TEST(!gate.must_wait());
}

BOOST_AUTO_TEST_CASE(credit_wakes_everybody_who_waits) {
  credit_gate gate;
  crowd waiting{gate, 4};
  BOOST_TEST(waiting.passed() == 0);
  gate.release(1);
  waiting.await_passed(4);
}

BOOST_AUTO_TEST_CASE(a_lifted_gate_lets_everybody_pass_and_still_counts) {
  credit_gate gate;
  {
    crowd waiting{gate, 4};
    gate.lift();
    waiting.await_passed(4);
  }
  BOOST_TEST(!gate.must_wait());
  gate.charge(10);
  BOOST_TEST(!gate.must_wait());
  gate.lower();
  BOOST_TEST(gate.must_wait());
  gate.release(10);
  BOOST_TEST(gate.must_wait());
  gate.release(1);
  BOOST_TEST(!gate.must_wait());
}

BOOST_AUTO_TEST_CASE(an_exempt_thread_passes_while_others_wait) {
  credit_gate gate;
  crowd waiting{gate, 2};
  gate.exempt(std::this_thread::get_id());
  gate.wait();
  BOOST_TEST(!gate.must_wait());
  gate.exempt({});
  BOOST_TEST(gate.must_wait());
  BOOST_TEST(waiting.passed() == 0);
  gate.release(1);
}

BOOST_AUTO_TEST_SUITE_END()
