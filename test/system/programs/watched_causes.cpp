// SPDX-License-Identifier: BSD-3-Clause
#include "watched_causes.hpp"

#include "broken_machine.hpp"

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

void work_for(std::chrono::microseconds time) {
  for (const auto end = std::chrono::steady_clock::now() + time; std::chrono::steady_clock::now() < end;) {
  }
}

namespace {

using sluice::streaming_context;

struct numbers_source : sluice::source<int> {
  std::optional<std::vector<int>> compute(sluice::batch_time) override {
    std::vector<int> result(2000);
    for (auto& x : result)
      x = next_++;
    return result;
  }

private:
  int next_ = 0;
};

/// A few numbers a batch.
struct some_source : sluice::source<int> {
  std::optional<std::vector<int>> compute(sluice::batch_time) override { return std::vector{1, 2, 3}; }
};

/// Texts of 512 KiB, 60 a batch.
struct texts_source : sluice::source<std::string> {
  std::optional<std::vector<std::string>> compute(sluice::batch_time) override {
    std::vector<std::string> result;
    for (char x = 0; x < 60; ++x)
      result.emplace_back(512 * 1024, static_cast<char>(' ' + x));
    return result;
  }
};

/// Receives so many texts of 1 KiB in each millisecond; 0: as many as there is room for.
class texts_receiver : public sluice::receiver<std::string> {
public:
  explicit texts_receiver(std::size_t rate) : rate_{rate} {}
  ~texts_receiver() override = default;

protected:
  void on_start() override {
    thread_ = std::thread{[this] {
      const std::vector<std::string> some(rate_ == 0 ? 64 : rate_, std::string(1024, 'x'));
      while (!is_stopped()) {
        this->store(some);
        if (rate_ != 0)
          std::this_thread::sleep_for(1ms);
      }
    }};
  }

  void on_stop() override { thread_.join(); }

private:
  std::size_t rate_;
  std::thread thread_;
};

auto pairs(streaming_context& ctx) {
  return numbers(ctx).map([](int x) { return std::pair{x % 100, x}; });
}

auto texts(streaming_context& ctx) {
  return ctx.input_stream<std::string>([] { return std::make_unique<texts_source>(); });
}

/// Needs a part of a core, as the processor counts it: more time on the wall if others have the processor.
void compute_for(std::chrono::microseconds time) {
  const auto used = [] {
    timespec t{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return std::chrono::seconds{t.tv_sec} + std::chrono::nanoseconds{t.tv_nsec};
  };
  for (const auto end = used() + time; used() < end;) {
  }
}

/// Many shuffles of next to nothing.
void shuffle_often(streaming_context& ctx, int times) {
  auto x =
      ctx.input_stream<int>([] { return std::make_unique<some_source>(); }).map([](int i) { return std::pair{i, i}; });
  for (int i = 0; i < times; ++i)
    x = x.reduce_by_key(std::plus<>{});
  x.count().print();
}

void shuffle_groups(streaming_context& ctx, int times) {
  auto x =
      ctx.input_stream<int>([] { return std::make_unique<some_source>(); }).map([](int i) { return std::pair{i, i}; });
  for (int i = 0; i < times; ++i)
    x = x.group_by_key().map_values([](const auto& values) { return static_cast<int>(values.size()); });
  x.count().print();
}

void shuffle_windows(streaming_context& ctx, int times) {
  auto x =
      ctx.input_stream<int>([] { return std::make_unique<some_source>(); }).map([](int i) { return std::pair{i, i}; });
  for (int i = 0; i < times; ++i)
    x = x.reduce_by_key_and_window([](int a, int b) { return std::max(a, b); }, 2 * ctx.batch_interval(),
                                   ctx.batch_interval());
  x.count().print();
}

/// An output after which the disk is slow: what the program does at its start does not wait for it.
void wear_out(const auto& records) {
  records.count();
  broken_machine::slow_sync = 700ms;
}

/// A listener that takes its time.
struct slow_listener : sluice::streaming_listener {
  explicit slow_listener(std::string when) : when_{std::move(when)} {}
  void on_batch_completed(const sluice::batch_info&) override { wait_in("completed"); }
  void on_batch_submitted(const sluice::batch_info&) override { wait_in("submitted"); }
  void on_output_operation_completed(const sluice::output_operation_info&) override { wait_in("outputs"); }

private:
  void wait_in(const std::string& when) const {
    if (when == when_)
      std::this_thread::sleep_for(900ms);
  }

  std::string when_;
};

program_of listened(const std::string& when) {
  return [when](streaming_context& ctx) {
    ctx.add_streaming_listener(std::make_shared<slow_listener>(when));
    numbers(ctx).count().print();
  };
}

/// With a pause short enough to fail again and again.
void restart(streaming_context& ctx) {
  ctx.on_error(sluice::restart_policy{.max = 1000, .backoff = 200ms, .longest = 200ms});
}

/// With the environment variable SLOW_NODE, a record takes longer in this process than in others.
void work_on_node() { work_for(std::getenv("SLOW_NODE") != nullptr ? 4ms : 20us); }

int bytes_slowly(std::string_view x) {
  work_for(std::chrono::microseconds{x.size() * 80 / 1000}); // 80 ns a byte
  return static_cast<int>(x.size());
}

const std::map<std::string, program_of> held_up{
    {"slow_function/after_a_shuffle",
     [](streaming_context& ctx) {
       pairs(ctx)
           .group_by_key()
           .map_values([](const auto&) {
             work_for(20ms);
             return 1;
           })
           .named("culprit")
           .print();
     }},
    {"slow_function/in_a_window",
     [](streaming_context& ctx) {
       numbers(ctx)
           .window(4 * ctx.batch_interval(), ctx.batch_interval())
           .filter([](int) {
             work_for(250us);
             return true;
           })
           .named("culprit")
           .count()
           .print();
     }},
    {"skewed_key/in_a_state",
     [](streaming_context& ctx) {
       numbers(ctx)
           .map([](int x) { return std::pair{x % 10 == 0 ? x % 100 : 1, x}; })
           .update_state_by_key([](std::span<const int> values, std::optional<int>) -> std::optional<int> {
             work_for(values.size() * 700us);
             return 1;
           })
           .named("culprit")
           .count()
           .print();
     }},
    {"skewed_key/in_a_window",
     [](streaming_context& ctx) {
       numbers(ctx)
           .map([](int x) { return std::pair{x % 10 == 0 ? x % 100 : 1, x}; })
           .group_by_key_and_window(2 * ctx.batch_interval(), ctx.batch_interval())
           .map_values([](const auto& values) {
             work_for(values.size() * 500us);
             return 1;
           })
           .named("culprit")
           .print();
     }},
    {"slow_output/of_a_window",
     [](streaming_context& ctx) {
       numbers(ctx).window(4 * ctx.batch_interval(), ctx.batch_interval()).foreach_rdd([](const auto&) {
         std::this_thread::sleep_for(800ms);
       });
     }},
    {"slow_output/the_second",
     [](streaming_context& ctx) {
       numbers(ctx).count().print();
       pairs(ctx).reduce_by_key(std::plus<>{}).foreach_rdd([](const auto&) { std::this_thread::sleep_for(800ms); });
     }},
    {"slow_disk",
     [](streaming_context& ctx) {
       pairs(ctx).reduce_by_key(std::plus<>{}).foreach_rdd([](const auto& records) { wear_out(records); });
     }},
    {"slow_disk/of_a_state",
     [](streaming_context& ctx) {
       pairs(ctx)
           .update_state_by_key([](std::span<const int> values, std::optional<int>) -> std::optional<int> {
             return static_cast<int>(values.size());
           })
           .count()
           .foreach_rdd([](const auto& records) { wear_out(records); });
     }},
    {"slow_disk/of_a_window",
     [](streaming_context& ctx) {
       pairs(ctx)
           .reduce_by_key_and_window(std::plus<>{}, 4 * ctx.batch_interval(), ctx.batch_interval())
           .count()
           .foreach_rdd([](const auto& records) { wear_out(records); });
     }},
    {"slow_disk/of_the_log",
     [](streaming_context& ctx) {
       ctx.receiver_stream<texts_receiver>(std::size_t{1}).count().foreach_rdd([](const auto& records) {
         wear_out(records);
       });
     }},
    {"too_many_partitions", [](streaming_context& ctx) { shuffle_often(ctx, 20); }},
    {"too_many_partitions/groups", [](streaming_context& ctx) { shuffle_groups(ctx, 20); }},
    {"too_many_partitions/windows", [](streaming_context& ctx) { shuffle_windows(ctx, 20); }},
    {"tiny_batches", [](streaming_context& ctx) { shuffle_often(ctx, 40); }},
    {"tiny_batches/groups", [](streaming_context& ctx) { shuffle_groups(ctx, 40); }},
    {"tiny_batches/windows", [](streaming_context& ctx) { shuffle_windows(ctx, 40); }},
    {"huge_records", [](streaming_context& ctx) { texts(ctx).map(bytes_slowly).named("culprit").count().print(); }},
    {"huge_records/after_a_shuffle",
     [](streaming_context& ctx) { texts(ctx).repartition(3).map(bytes_slowly).named("culprit").count().print(); }},
    {"huge_records/by_key",
     [](streaming_context& ctx) {
       texts(ctx)
           .map([](std::string_view x) { return std::pair{x.front(), x}; })
           .group_by_key()
           .flat_map([](const auto& x) { return x.second; })
           .filter([](std::string_view x) { return bytes_slowly(x) > 0; })
           .named("culprit")
           .count()
           .print();
     }},
    {"shared_cpu",
     [](streaming_context& ctx) {
       numbers(ctx)
           .map([](int x) {
             compute_for(75us);
             return x;
           })
           .count()
           .print();
     }},
    {"shared_cpu/after_a_shuffle",
     [](streaming_context& ctx) {
       pairs(ctx)
           .group_by_key()
           .map_values([](const auto&) {
             compute_for(2ms);
             return 1;
           })
           .count()
           .print();
     }},
    {"shared_cpu/in_a_window",
     [](streaming_context& ctx) {
       numbers(ctx)
           .window(2 * ctx.batch_interval(), ctx.batch_interval())
           .filter([](int) {
             compute_for(40us);
             return true;
           })
           .count()
           .print();
     }},
    {"slow_node",
     [](streaming_context& ctx) {
       numbers(ctx)
           .repartition(4)
           .map([](int x) {
             work_on_node();
             return x;
           })
           .named("culprit")
           .count()
           .print();
     }},
    {"slow_node/by_key",
     [](streaming_context& ctx) {
       numbers(ctx)
           .map([](int x) { return std::pair{x, x}; })
           .group_by_key()
           .map_values([](const auto&) {
             work_on_node();
             return 1;
           })
           .named("culprit")
           .count()
           .print();
     }},
    {"little_credit",
     [](streaming_context& ctx) {
       ctx.receiver_stream<texts_receiver>(std::size_t{0}).named("culprit").count().print();
     }},
    {"little_credit/before_a_shuffle",
     [](streaming_context& ctx) {
       ctx.receiver_stream<texts_receiver>(std::size_t{0})
           .named("culprit")
           .map([](std::string_view x) { return std::pair{x.size(), 1}; })
           .reduce_by_key(std::plus<>{})
           .print();
     }},
    {"little_credit/of_two",
     [](streaming_context& ctx) {
       auto all = ctx.receiver_stream<texts_receiver>(std::size_t{0}).named("culprit");
       all.union_with(ctx.receiver_stream<texts_receiver>(std::size_t{1})).count().print();
     }},
    {"growing_state",
     [](streaming_context& ctx) {
       numbers(ctx)
           .map([](int x) { return std::pair{x, 1}; })
           .update_state_by_key([](std::span<const int>, std::optional<int>) -> std::optional<int> { return 1; })
           .named("culprit")
           .count()
           .print();
     }},
    {"growing_state/mapped",
     [](streaming_context& ctx) {
       numbers(ctx)
           .map([](int x) { return std::pair{x, 1}; })
           .map_with_state(sluice::state_spec<int>([](int, std::optional<int> x, sluice::state<int>& so_far) {
             so_far.update(x.value_or(0));
             return 1;
           }))
           .named("culprit")
           .count()
           .print();
     }},
    {"growing_state/of_few_in_many",
     [](streaming_context& ctx) {
       numbers(ctx)
           .map([](int x) { return std::pair{x % 2 == 0 ? x : x % 100, 1}; })
           .reduce_by_key(std::plus<>{})
           .update_state_by_key([](std::span<const int>, std::optional<int>) -> std::optional<int> { return 1; })
           .named("culprit")
           .count()
           .print();
     }},
    {"growing_log",
     [](streaming_context& ctx) { ctx.receiver_stream<texts_receiver>(std::size_t{1}).count().print(); }},
    {"growing_log/of_two",
     [](streaming_context& ctx) {
       ctx.receiver_stream<texts_receiver>(std::size_t{1})
           .union_with(ctx.receiver_stream<texts_receiver>(std::size_t{1}))
           .count()
           .print();
     }},
    {"growing_log/of_a_state",
     [](streaming_context& ctx) {
       ctx.receiver_stream<texts_receiver>(std::size_t{1})
           .map([](std::string_view x) { return std::pair{x.size(), 1}; })
           .update_state_by_key([](std::span<const int>, std::optional<int>) -> std::optional<int> { return 1; })
           .print();
     }},
    {"slow_listener", listened("completed")},
    {"slow_listener/at_submissions", listened("submitted")},
    {"slow_listener/at_outputs", listened("outputs")},
    {"restarts",
     [](streaming_context& ctx) {
       restart(ctx);
       numbers(ctx).map([](int x) { return x == 999 ? throw std::runtime_error{"not 999"} : x; }).count().print();
     }},
    {"restarts/of_an_output",
     [](streaming_context& ctx) {
       restart(ctx);
       numbers(ctx).foreach_rdd([](const auto&) { throw std::runtime_error{"the other side says no"}; });
     }},
    {"restarts/after_a_shuffle",
     [](streaming_context& ctx) {
       restart(ctx);
       pairs(ctx)
           .group_by_key()
           .map_values([](const auto& x) { return x.size() > 1 ? throw std::runtime_error{"too many"} : 1; })
           .print();
     }},
    {"clock_behind",
     [](streaming_context& ctx) {
       numbers(ctx).count().foreach_rdd([](const auto&) { broken_machine::set_back = 1h; });
     }},
    {"clock_behind/of_a_window",
     [](streaming_context& ctx) {
       numbers(ctx).count_by_window(2 * ctx.batch_interval(), ctx.batch_interval()).foreach_rdd([](const auto&) {
         broken_machine::set_back = 1min;
       });
     }},
    {"clock_behind/of_a_state",
     [](streaming_context& ctx) {
       pairs(ctx)
           .update_state_by_key([](std::span<const int>, std::optional<int>) -> std::optional<int> { return 1; })
           .foreach_rdd([](const auto&) { broken_machine::set_back = 24h; });
     }},
    {"dead_letters/after_a_shuffle",
     [](streaming_context& ctx) {
       const auto rest =
           pairs(ctx)
               .group_by_key()
               .map_values([](const auto& x) { return x.size() > 1 ? throw std::runtime_error{"many"} : 1; })
               .named("culprit");
       rest.count().print();
       rest.dead_letters().count().print();
     }},
    {"dead_letters/of_a_filter",
     [](streaming_context& ctx) {
       const auto rest = numbers(ctx)
                             .filter([](int x) { return x % 9 == 0 ? throw std::runtime_error{"nine"} : true; })
                             .named("culprit");
       rest.count().print();
       rest.dead_letters().count().print();
     }},
};

const std::map<std::string, program_of> healthy{
    {"healthy",
     [](streaming_context& ctx) {
       pairs(ctx)
           .reduce_by_key_and_window(std::plus<>{}, 10 * ctx.batch_interval(), ctx.batch_interval())
           .foreach_rdd([](const auto& counts) { counts.count(); });
     }},
    {"healthy/busy",
     [](streaming_context& ctx) {
       numbers(ctx)
           .map([](int x) {
             work_for(75us);
             return x;
           })
           .count()
           .print();
     }},
    {"healthy/state",
     [](streaming_context& ctx) {
       pairs(ctx)
           .update_state_by_key([](std::span<const int> values, std::optional<int> old) -> std::optional<int> {
             return std::accumulate(values.begin(), values.end(), old.value_or(0));
           })
           .count()
           .print();
     }},
    {"healthy/receiver",
     [](streaming_context& ctx) {
       ctx.receiver_stream<texts_receiver>(std::size_t{1})
           .map([](std::string_view x) { return std::pair{x.size(), 1}; })
           .reduce_by_key(std::plus<>{})
           .print();
     }},
    {"healthy/window",
     [](streaming_context& ctx) {
       numbers(ctx)
           .map([](int x) { return std::pair{x, 1}; })
           .reduce_by_key_and_window(std::plus<>{}, 60 * ctx.batch_interval(), ctx.batch_interval())
           .count()
           .print();
     }},
};

} // namespace

sluice::dstream<int> numbers(streaming_context& ctx) {
  return ctx.input_stream<int>([] { return std::make_unique<numbers_source>(); });
}

const std::map<std::string, program_of>& programs_held_up() { return held_up; }
const std::map<std::string, program_of>& healthy_programs() { return healthy; }
