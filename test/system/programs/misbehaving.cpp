// SPDX-License-Identifier: BSD-3-Clause
//
// Does what a program should not: its first argument says what. For the system tests.
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>

#include <sluice/sluice.hpp>

namespace {

/// One number a batch: how many batches there were before.
sluice::dstream<int> numbers(sluice::streaming_context& ctx) {
  auto queue = std::make_shared<sluice::record_queue<int>>();
  for (int i = 0; i < 1000; ++i)
    queue->push({i});
  return ctx.queue_stream(queue);
}

void no_output(sluice::streaming_context& ctx) { numbers(ctx).count(); }

void start_twice(sluice::streaming_context& ctx) {
  numbers(ctx).print();
  ctx.start();
}

void two_of_a_name(sluice::streaming_context& ctx) {
  numbers(ctx).count().named("same").print();
  numbers(ctx).count().named("same").print();
}

void throw_at_5(sluice::streaming_context& ctx) {
  numbers(ctx).map([](int x) { return x < 5 ? x : throw std::runtime_error{"five is too many"}; }).print();
}

/// Keeps state, and aborts at every tenth number, once: over the checkpoint's whole life each is added once.
void abort_now_and_then(sluice::streaming_context& ctx) {
  const std::filesystem::path directory{ctx.argument("CHECKPOINT_DIR")};
  ctx.checkpoint(directory / "checkpoint");
  auto queue = std::make_shared<sluice::record_queue<int>>();
  for (int i = 0; i < 25; ++i)
    queue->push({i});
  ctx.queue_stream(queue, {.persistent = true})
      .map([directory](int x) {
        const auto done = directory / std::to_string(x);
        if (x % 10 == 9 && !std::filesystem::exists(done)) {
          std::ofstream{done}.close();
          std::abort();
        }
        return std::pair{0, x};
      })
      .update_state_by_key([](std::span<const int> values, std::optional<int> old) {
        return std::optional{std::accumulate(values.begin(), values.end(), old.value_or(0))};
      })
      .named("total")
      .print();
}

void throw_in_output(sluice::streaming_context& ctx) {
  numbers(ctx).foreach_rdd([](const auto& records) {
    if (records.take(1) == std::vector{5})
      throw std::runtime_error{"the file is full"};
  });
}

/// A second a batch, ten batches a second.
void slow_output(sluice::streaming_context& ctx) {
  numbers(ctx).foreach_rdd([](const auto&) {
    std::cout << "batch\n" << std::flush;
    std::this_thread::sleep_for(std::chrono::seconds{1});
  });
}

void endless_output(sluice::streaming_context& ctx) {
  numbers(ctx).foreach_rdd([](const auto&) {
    std::cout << "batch\n" << std::flush;
    std::this_thread::sleep_for(std::chrono::hours{1});
  });
}

struct broken_receiver : sluice::receiver<std::string> {
  broken_receiver() { throw std::runtime_error{"no such device"}; }
  void on_start() override {}
  void on_stop() override {}
};

void receiver_cannot_be_made(sluice::streaming_context& ctx) { ctx.receiver_stream<broken_receiver>().print(); }

struct endless_listener : sluice::streaming_listener {
  void on_streaming_started(sluice::batch_info::time_point) override {
    std::cout << "listening\n" << std::flush;
    std::this_thread::sleep_for(std::chrono::hours{1});
  }
};

void endless_listening(sluice::streaming_context& ctx) {
  ctx.add_streaming_listener(std::make_shared<endless_listener>());
  numbers(ctx).print();
}

struct dead_line : sluice::receiver<std::string> {
  void on_start() override { stop("the line is dead"); }
  void on_stop() override {}
};

void receiver_stops(sluice::streaming_context& ctx) { ctx.receiver_stream<dead_line>().print(); }

void odd_name(sluice::streaming_context& ctx) {
  numbers(ctx).print();
  numbers(ctx).map([](int x) { return x; }).named("two\nlines").print();
}

void throw_a_number(sluice::streaming_context&) { throw 3; }

template <class State>
void keep(sluice::streaming_context& ctx, const std::string& name) {
  ctx.checkpoint(ctx.argument("CHECKPOINT_DIR"));
  auto pairs = numbers(ctx).map([](int x) { return std::pair{x % 3, x}; });
  auto totals = pairs.update_state_by_key([](std::span<const int> values, std::optional<State> old) {
    for (const auto x : values)
      old = static_cast<State>(old.value_or(0) + x);
    return old;
  });
  totals.named(name).print();
}

const std::map<std::string, std::function<void(sluice::streaming_context&)>> ways{
    {"no-output", no_output},
    {"start-twice", start_twice},
    {"two-of-a-name", two_of_a_name},
    {"throw-at-5", throw_at_5},
    {"abort-now-and-then", abort_now_and_then},
    {"throw-in-output", throw_in_output},
    {"slow-output", slow_output},
    {"endless-output", endless_output},
    {"endless-listener", endless_listening},
    {"broken-receiver", receiver_cannot_be_made},
    {"receiver-stops", receiver_stops},
    {"odd-name", odd_name},
    {"throw-a-number", throw_a_number},
    {"keep-ints", [](auto& ctx) { keep<int>(ctx, "totals"); }},
    {"keep-doubles", [](auto& ctx) { keep<double>(ctx, "totals"); }},
    {"keep-others", [](auto& ctx) { keep<int>(ctx, "others"); }},
};

} // namespace

int main(int argc, char** argv) {
  return sluice::run(argc, argv,
                     {.about = "Does what a program should not.",
                      .arguments = {{"WAY", "what to do"}, {"CHECKPOINT_DIR", "where some ways keep state"}},
                      .interval = std::chrono::milliseconds{100}},
                     [](sluice::streaming_context& ctx) { ways.at(ctx.argument("WAY"))(ctx); });
}
