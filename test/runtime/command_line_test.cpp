// SPDX-License-Identifier: BSD-3-Clause
//
// What a program takes on its command line: arguments, options and flags of its own, with and without a default.
#include <sluice/runtime/program/command_line.hpp>

#include <boost/test/unit_test.hpp>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/base/version.hpp>

using namespace sluice;

namespace {

const program_info info{.about = "A program.",
                        .arguments = {{"HOST", "where the server is"}, {"PORT", "its port", "9999"}},
                        .options = {{"--top", "N", "how many to show", "10"}},
                        .flags = {{"--verbose", "say more"}},
                        .version = "1.2"};

std::unique_ptr<streaming_context> context(std::vector<std::string> arguments) {
  return command_line{info, "program", std::move(arguments)}.make_context();
}

command_line::early_exit exit_of(std::vector<std::string> arguments) {
  try {
    context(std::move(arguments));
  } catch (const command_line::early_exit& e) {
    return e;
  }
  return {-1, "it did not end"};
}

std::string refusal(const std::function<void()>& f) {
  try {
    f();
  } catch (const usage_error& e) {
    return e.what();
  }
  return "nothing";
}

} // namespace

BOOST_AUTO_TEST_SUITE(command_line_)

BOOST_AUTO_TEST_CASE(what_is_left_out_has_its_default) {
  const auto c = context({"localhost"});
  BOOST_TEST(c->argument("HOST") == "localhost");
  BOOST_TEST(c->argument<int>("PORT") == 9999);
  BOOST_TEST(c->argument<std::size_t>("--top") == 10U);
  BOOST_TEST(!c->argument<bool>("--verbose"));
}

BOOST_AUTO_TEST_CASE(what_is_given_is_found_by_its_name) {
  const auto c = context({"--top", "3", "localhost", "--verbose", "7", "--interval", "2s"});
  BOOST_TEST(c->argument("HOST") == "localhost");
  BOOST_TEST(c->argument<int>("PORT") == 7);
  BOOST_TEST(c->argument<double>("--top") == 3.0);
  BOOST_TEST(c->argument<bool>("--verbose"));
  BOOST_TEST(c->batch_interval().count() == 2000);
}

BOOST_AUTO_TEST_CASE(rates_can_be_limited) {
  const auto how = [](std::vector<std::string> arguments) {
    return command_line{info, "program", std::move(arguments)}.how();
  };
  BOOST_TEST(how({"localhost"}).max_rate == 0.0);
  BOOST_TEST(!how({"localhost"}).backpressure);
  BOOST_TEST(how({"localhost", "--max-rate", "1000"}).max_rate == 1000.0);
  BOOST_TEST(how({"localhost", "--backpressure"}).backpressure);
  BOOST_TEST(how({"localhost", "--backpressure", "--initial-rate", "0.5"}).initial_rate == 0.5);
  for (const auto& wrong : std::vector<std::vector<std::string>>{
           {"--max-rate", "0"}, {"--max-rate", "-1"}, {"--max-rate", "fast"}, {"--initial-rate", "5"}}) {
    auto all = wrong;
    all.emplace_back("localhost");
    BOOST_TEST(exit_of(all).code == exit_usage);
  }
}

BOOST_AUTO_TEST_CASE(a_scheduler_can_be_chosen) {
  const auto chosen = [](std::vector<std::string> arguments) {
    return command_line{info, "program", std::move(arguments)}.how().scheduler;
  };
  BOOST_TEST((chosen({"localhost"}) == scheduler_kind::own));
  BOOST_TEST((chosen({"localhost", "--scheduler", "own"}) == scheduler_kind::own));
  BOOST_TEST((chosen({"localhost", "--scheduler", "caf"}) == scheduler_kind::caf));
  BOOST_TEST(exit_of({"localhost", "--scheduler", "fair"}).code == exit_usage);
}

BOOST_AUTO_TEST_CASE(what_a_checkpoint_keeps_and_becomes_can_be_chosen) {
  const command_line given{info,
                           "program",
                           {"localhost", "--keep-versions", "20,10m", "--recover-at", "1767225600000",
                            "--replay-downtime", "--savepoint", "copy", "--drop-state", "a", "--rename-state", "b=c",
                            "--drop-state", "d"}};
  BOOST_CHECK((given.how().kept_versions == kept_versions{.count = 20, .time = std::chrono::minutes{10}}));
  BOOST_CHECK((given.how().recover_at == batch_time{1767225600000}));
  BOOST_TEST(given.how().replay_downtime);
  BOOST_TEST(given.savepoint() == "copy");
  BOOST_CHECK((given.how().drop_states == std::vector<std::string>{"a", "d"}));
  BOOST_CHECK((given.how().rename_states == std::vector<std::pair<std::string, std::string>>{{"b", "c"}}));
  for (const auto& wrong :
       {std::pair{"--keep-versions", "many"}, std::pair{"--recover-at", "now"}, std::pair{"--rename-state", "b"}})
    BOOST_TEST(exit_of({"localhost", wrong.first, wrong.second}).code == exit_usage);
}

BOOST_AUTO_TEST_CASE(what_makes_no_sense_is_said) {
  BOOST_TEST(exit_of({}).code == exit_usage);
  BOOST_TEST(exit_of({}).text.find("HOST") != std::string::npos);
  const auto c = context({"localhost", "nine"});
  BOOST_TEST(refusal([&] { static_cast<void>(c->argument<int>("PORT")); }) == "PORT: 'nine' is not a whole number");
  BOOST_TEST(refusal([&] { static_cast<void>(c->argument("COLOUR")); }) == "the program declares no argument 'COLOUR'");
}

BOOST_AUTO_TEST_CASE(it_says_what_happens_after_a_failure) {
  const auto restart_of = [](std::vector<std::string> arguments, auto... in_program) {
    const auto c = context(std::move(arguments));
    (c->on_error(in_program), ...);
    return c->compose().restart;
  };
  BOOST_TEST(!restart_of({"localhost"}));
  BOOST_TEST((restart_of({"localhost", "--on-error", "restart"}) == restart_policy{}));
  BOOST_TEST((restart_of({"localhost", "--on-error", "restart", "--max-restarts", "7", "--restart-within", "2m"})
              == restart_policy{.max = 7, .within = std::chrono::minutes{2}}));
  // What is given decides, whatever the program says.
  BOOST_TEST((restart_of({"localhost"}, restart_policy{.max = 9}) == restart_policy{.max = 9}));
  BOOST_TEST(!restart_of({"localhost", "--on-error", "stop"}, restart_policy{}));
  BOOST_TEST((restart_of({"localhost", "--on-error", "restart"}, error_policy::skip_batch) == restart_policy{}));
  const auto skipping = context({"localhost", "--on-error", "skip-batch"})->compose();
  BOOST_TEST((skipping.on_error == error_policy::skip_batch));
  BOOST_TEST(!skipping.restart);
  for (const auto& wrong :
       std::vector<std::vector<std::string>>{{"localhost", "--on-error", "hope"},
                                             {"localhost", "--max-restarts", "3"},
                                             {"localhost", "--restart-within", "2m"},
                                             {"localhost", "--on-error", "restart", "--max-restarts", "0"},
                                             {"localhost", "--on-error", "stop", "--max-restarts", "3"}})
    BOOST_TEST(exit_of(wrong).code == exit_usage);
}

BOOST_AUTO_TEST_CASE(a_process_is_watched_if_it_is_to_be) {
  const auto given = [](std::vector<std::string> arguments) {
    return command_line{info, "program", std::move(arguments)}.supervise();
  };
  BOOST_TEST(!given({"localhost"}));
  BOOST_TEST((given({"localhost", "--supervise", "3"}) == 3U));
  BOOST_TEST(exit_of({"localhost", "--supervise", "0"}).code == exit_usage);
  BOOST_TEST(exit_of({"localhost", "--supervise", "3", "--recover-at", "1000"}).code == exit_usage);
}

BOOST_AUTO_TEST_CASE(help_and_version_end_the_program) {
  BOOST_TEST(exit_of({"--version"}).code == exit_success);
  BOOST_TEST(exit_of({"--version"}).text == std::string{"program 1.2, sluice "} + version());
  const auto help = exit_of({"--help"});
  BOOST_TEST(help.code == exit_success);
  for (const auto* const part : {"A program.", "HOST", "PORT=9999", "--top N=10", "--verbose", "say more"})
    BOOST_TEST(help.text.find(part) != std::string::npos, part << " is not in\n" << help.text);
}

BOOST_AUTO_TEST_SUITE_END()
