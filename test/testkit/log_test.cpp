// SPDX-License-Identifier: BSD-3-Clause
//
// What the runtime logs goes to the test, and not to standard error.
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>

#include <boost/test/unit_test.hpp>
#include <unistd.h>

#include <sluice/actors/base/log.hpp>

#include "every_runner.hpp"

using namespace sluice;
using namespace sluice::testkit;
using test::on_every_runner;

namespace {

/// What is written to standard error while it lives.
class standard_error {
public:
  standard_error() { ::dup2(::fileno(file_.get()), STDERR_FILENO); }
  ~standard_error() { ::dup2(former_, STDERR_FILENO), ::close(former_); }
  standard_error(const standard_error&) = delete;
  standard_error& operator=(const standard_error&) = delete;

  long size() const {
    std::fflush(stderr);
    std::fseek(file_.get(), 0, SEEK_END);
    return std::ftell(file_.get());
  }

private:
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_{std::tmpfile(), &std::fclose};
  int former_ = ::dup(STDERR_FILENO);
};

class thrower final : public streaming_listener {
  void on_batch_completed(const batch_info&) override { throw std::runtime_error{"no ears"}; }
};

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

} // namespace

BOOST_AUTO_TEST_SUITE(testkit_log)

BOOST_AUTO_TEST_CASE(a_thread_may_capture_what_it_logs) {
  const standard_error written;
  std::string outer, inner;
  {
    const log_capture outside{outer};
    log_info("one\ntwo");
    {
      const log_capture inside{inner};
      log_error("three");
    }
    log_warning("four");
  }
  BOOST_TEST(inner == "error three\n");
  BOOST_TEST(contains(outer, "info one"));
  BOOST_TEST(contains(outer, "\nwarning four\n"));
  BOOST_TEST(written.size() == 0);
  log_error("five");
  BOOST_TEST(written.size() != 0);
}

BOOST_AUTO_TEST_CASE(a_program_under_test_writes_nothing_to_standard_error) {
  const standard_error written;
  const auto compose = [](composing& c) {
    c.add_streaming_listener(std::make_shared<thrower>());
    c.output(c.input<int>("numbers"), "numbers");
  };
  on_every_runner(compose, [](runner& run) {
    run.advance();
    BOOST_TEST(contains(run.logged(), "warning a streaming listener threw: no ears"));
    run.crash();
    run.recover();
    run.fail_output("numbers");
    BOOST_CHECK_THROW(run.advance(), batch_failure);
  });
  {
    mini_cluster run{compose, 2};
    run.advance();
    run.nodes().kill_worker(0);
    BOOST_CHECK_THROW(run.advance(), batch_failure);
    BOOST_TEST(contains(run.logged(), "info takes part in a program"));
  }
  BOOST_TEST(written.size() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
