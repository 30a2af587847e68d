// SPDX-License-Identifier: BSD-3-Clause
//
// A program that somebody looks at: its argument says what holds it up. For the tests of the page and of its reasons.
#include <chrono>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "watched_causes.hpp"

namespace {

using namespace std::chrono_literals;

struct silent_receiver : sluice::receiver<int> {
  void on_start() override {}
  void on_stop() override {}
};

struct dead_receiver : sluice::receiver<int> {
  void on_start() override { restart("the line is dead", 1h); }
  void on_stop() override {}
};

/// Stores numbers as fast as it may.
struct flood : sluice::receiver<std::int64_t> {
  void on_start() override {
    thread_ = std::jthread{[this] {
      for (std::int64_t n = 0; !is_stopped(); n += 1000) {
        std::vector<std::int64_t> some(1000);
        std::iota(some.begin(), some.end(), n);
        store(some);
      }
    }};
  }
  void on_stop() override { thread_ = {}; }

  std::jthread thread_;
};

/// Two states that count the same records of many keys: as of any batch they are the same.
void two_states(sluice::streaming_context& ctx) {
  constexpr std::int64_t keys = 200'000;
  const auto ones = ctx.receiver_stream<flood>().map([](std::int64_t n) { return std::pair{n * 7919 % keys, 1}; });
  const auto count = [](std::int64_t, const std::optional<int>& one, sluice::state<std::int64_t>& total) {
    const auto now = (total.exists() ? total.get() : 0) + one.value_or(0);
    total.update(now);
    return now;
  };
  const auto spec = sluice::state_spec<std::int64_t>(count);
  ones.map_with_state(spec).named("first").count().foreach_rdd([](const auto&) {});
  ones.map_with_state(spec).named("second").count().foreach_rdd([](const auto&) {});
}

void idle(sluice::streaming_context& ctx) { ctx.receiver_stream<silent_receiver>().print(); }

void failing(sluice::streaming_context& ctx) {
  ctx.on_error(sluice::error_policy::skip_batch);
  numbers(ctx).foreach_rdd([](const auto& records) {
    if (records.first() % 4000 == 0)
      throw std::runtime_error{"the file is full: <b>\"no space\"</b> is left on the device"};
  });
}

void slow_function(sluice::streaming_context& ctx) {
  numbers(ctx)
      .map([](int x) {
        work_for(500us);
        return x;
      })
      .named("slow")
      .count()
      .print();
}

void skewed_key(sluice::streaming_context& ctx) {
  numbers(ctx)
      .map([](int x) { return std::pair{x % 10 == 0 ? x % 100 : 1, x}; })
      .group_by_key()
      .map_values([](const auto& values) {
        work_for(values.size() * 700us);
        return 1;
      })
      .named("per key")
      .print();
}

void slow_output(sluice::streaming_context& ctx) {
  numbers(ctx).foreach_rdd([](const auto&) { std::this_thread::sleep_for(800ms); });
}

void silent_receiver_of_two(sluice::streaming_context& ctx) {
  ctx.receiver_stream<dead_receiver>().named("orders").union_with(numbers(ctx)).count().print();
}

void silent_input(sluice::streaming_context& ctx) {
  ctx.receiver_stream<silent_receiver>().named("orders").union_with(numbers(ctx)).count().print();
}

void dead_letters(sluice::streaming_context& ctx) {
  const auto rest =
      numbers(ctx).map([](int x) { return x % 7 == 0 ? throw std::runtime_error{"seven"} : x; }).named("no sevens");
  rest.count().print();
  rest.dead_letters().count().print();
}

void restarting(sluice::streaming_context& ctx) {
  ctx.on_error(sluice::restart_policy{.max = 1000, .backoff = 5s, .longest = 5s});
  numbers(ctx).map([](int x) { return x % 1000 == 999 ? throw std::runtime_error{"not 999"} : x; }).count().print();
}

const std::map<std::string, program_of> more_programs{
    {"source_slower", [](sluice::streaming_context& ctx) { healthy_programs().at("healthy")(ctx); }},
    {"no_records", idle},
    {"two_states", two_states},
    {"failing_output", failing},
    {"slow_function", slow_function},
    {"skewed_key", skewed_key},
    {"slow_output", slow_output},
    {"silent_receiver", silent_receiver_of_two},
    {"silent_input", silent_input},
    {"dead_letters", dead_letters},
    {"restarting", restarting},
};

program_of find_program(const std::string& what) {
  for (const auto* const all : {&more_programs, &programs_held_up(), &healthy_programs()})
    if (const auto found = all->find(what); found != all->end())
      return found->second;
  throw sluice::usage_error{"WHAT: there is no '" + what + "'"};
}

} // namespace

int main(int argc, char** argv) {
  return sluice::run(
      argc, argv,
      {.about = "Does something that its page shows.", .arguments = {{"WHAT", "what it does"}}, .interval = 500ms},
      [](sluice::streaming_context& ctx) {
        if (const auto* const directory = std::getenv("CHECKPOINT_DIR"))
          ctx.checkpoint(directory);
        find_program(ctx.argument("WHAT"))(ctx);
      });
}
