// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <receivers/fake_disk.hpp>
#include <support/cluster.hpp>

#include "feed.hpp"
#include "kept_disk.hpp"
#include "totals.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::test {

/// Where a function of a seeded program can throw.
enum class fault_place { none, in_map, before_output, after_output, before_commit, after_commit };

/// A program that a seed makes, with the world around it: what it is fed, what its outputs have seen, and what must be
/// true of that over all its lives.
class seeded_program {
public:
  /// What the seed decides of the program.
  struct shape {
    bool has_feed = true;   ///< a receiver in the write-ahead log
    bool has_files = true;  ///< files that are read again
    bool has_source = true; ///< a source with a position in the write-ahead log
    bool has_queue = true;  ///< a queue, likewise
    bool queue_persists = false;
    bool restarts = false; ///< in the process
    file_options files = {};
  };

  explicit seeded_program(shape what, std::uint64_t seed) : what_{std::move(what)}, random_{seed} {}

  composition compose() {
    streaming_context ctx{interval};
    std::vector<dstream<std::string>> all;
    if (what_.has_feed)
      all.push_back(ctx.stream(feed_input()).named("numbers").map([](int n) { return "n" + std::to_string(n); }));
    if (what_.has_source)
      all.push_back(ctx.stream(counter_input()).named("counter").map([](int n) { return "s" + std::to_string(n); }));
    if (what_.has_queue)
      all.push_back(ctx.queue_stream(queue_, {.persistent = what_.queue_persists}).named("queue").map([](int n) {
        return "q" + std::to_string(n);
      }));
    if (what_.has_files)
      all.push_back(ctx.text_file_stream("in").named("lines").map([](std::string_view x) { return std::string{x}; }));
    const auto added = ctx.make_accumulator<int>("records");
    const auto records = ctx.union_all(all).map([this, added](std::string_view x) {
      throw_at(fault_place::in_map);
      added.add(1);
      return std::string{x};
    });
    records.foreach_rdd([this](const auto& x, batch_time t) { take(x, t); });
    records.write_to(table{*this}, "table");
    records.map([](std::string_view x) { return std::pair{std::string{x}, 1}; })
        .update_state_by_key(add_up)
        .checkpoint(2 * interval)
        .foreach_rdd([this, added](const auto& x, batch_time t) { take_state(x, t, added.value()); });
    if (what_.restarts)
      ctx.on_error(restart_policy{});
    auto result = ctx.compose();
    if (what_.has_files)
      result.inputs.back() = text_file_input("in", interval, what_.files, environment_of(files));
    return result;
  }

  /// The call of a function there that throws, from 1 on.
  void arm(fault_place where, std::size_t call) {
    fails_ = where;
    calls_ = call;
  }
  bool has_thrown() const { return fails_ != fault_place::none && calls_ == 0; }

  /// A process starts.
  void starts() {
    queue_ = std::make_shared<record_queue<int>>();
    first_in_queue_ = pushed_;
    epoch_starts();
  }

  /// It starts, or goes on after a failure.
  void epoch_starts() {
    received_->process_is_dead = is_dead_ = false;
    if (!disk.knows_no_batch())
      return;
    // It begins anew, and does not look for files that are there already.
    for (const auto& [path, file] : files->files)
      missed_.insert(path.filename().string());
  }

  void died() {
    received_->process_is_dead = is_dead_ = true;
    disk.unplug();
    arm(fault_place::none, 0);
  }

  void put_file() {
    if (!what_.has_files)
      return;
    const auto name = "f" + std::to_string(files->files.size());
    auto& file = files->files["in/" + name];
    for (auto i = 0U; i < 1 + random_() % 3; ++i)
      file.content += name + '\n';
    file.modified_ms = files->now;
  }

  void push(int count) {
    if (const auto to = current_.lock())
      to->push(count);
    if (!what_.has_queue)
      return;
    for (; count > 0; --count, ++pushed_)
      queue_->push({pushed_}, [this, n = pushed_] { told_[n] += is_dead_ ? 0 : 1; });
  }

  /// The process has stopped as it was asked to.
  void stopped() {
    if (queue_->size() == 0)
      for (auto n = first_in_queue_; n < pushed_; ++n)
        counted_.insert(n);
  }

  /// Whether everything has come: each line of files that had to be seen, each set of the queue.
  bool has_all() const {
    if (queue_->size() != 0)
      return false;
    const auto had = counts();
    return std::ranges::all_of(files->files, [&](const auto& x) {
      const auto name = x.first.filename().string();
      const auto found = had.find(name);
      return missed_.contains(name) || (found != had.end() && found->second >= lines_of(x.second));
    });
  }

  /// What is wrong after the last life, which has ended in peace; empty if nothing is.
  std::string problem() const {
    auto result = problem_of_batches();
    result += problem_of_records();
    if (what_.has_feed && received_->committed != received_->next - 1)
      result += "; the receiver was told that " + std::to_string(received_->committed) + " is committed, of "
                + std::to_string(received_->next);
    return result;
  }

  /// Batches that ran more than once.
  std::size_t reruns() const {
    return static_cast<std::size_t>(std::ranges::count_if(runs_, [](const auto& x) { return x.second.size() > 1; }));
  }

  kept_disk disk;
  std::shared_ptr<fake_disk> files = std::make_shared<fake_disk>();

private:
  using part = std::multiset<std::string>;
  using content = std::vector<part>; ///< by partition
  using tally = std::map<std::string, int>;

  struct state_seen {
    tally totals;
    std::int64_t added;
  };

  /// A database that outlives the program.
  class table {
  public:
    static constexpr auto guarantee = output_guarantee::transactional;

    explicit table(seeded_program& of) : of_{&of} {}

    std::optional<batch_time> begin(const output_id& id) {
      const auto found = of_->taken_.find(id.partition);
      return found == of_->taken_.end() ? std::nullopt : std::optional{found->second};
    }
    void write(std::span<const std::string> records, const output_id&) { rows_ = part{records.begin(), records.end()}; }
    void commit(const output_id& id) {
      of_->throw_at(fault_place::before_commit);
      if (of_->is_dead_)
        return;
      of_->rows_[{id.time, id.partition}].push_back(std::move(rows_));
      of_->taken_[id.partition] = id.time;
      of_->throw_at(fault_place::after_commit);
    }
    void roll_back() noexcept { rows_.clear(); }

  private:
    seeded_program* of_;
    part rows_;
  };

  class counter final : public source<int> {
  public:
    explicit counter(seeded_program& of) : of_{&of} {}
    std::optional<std::vector<int>> compute(batch_time) override {
      std::vector<int> result(of_->random_() % 3);
      for (auto& x : result)
        x = next_++;
      of_->computed_ = next_;
      return result;
    }
    std::string position() override { return std::to_string(next_); }
    void resume(std::string_view position) override { of_->computed_ = next_ = std::stoi(std::string{position}); }

  private:
    seeded_program* of_;
    int next_ = 0;
  };

  input<int> feed_input() {
    input<int> result{.kind = "feed", .description = "feed", .make_receiver = [this] {
                        const auto made = std::make_shared<feed>(received_);
                        current_ = made;
                        return made;
                      }};
    result.is_logged = true;
    return result;
  }

  input<int> counter_input() {
    auto result = source_input<int>([this] { return std::make_unique<counter>(*this); });
    result.is_logged = true;
    return result;
  }

  void throw_at(fault_place where) {
    if (where == fails_ && calls_ != 0 && --calls_ == 0)
      throw std::runtime_error{"as planned"};
  }

  template <class Records>
  void take(const Records& records, batch_time t) {
    throw_at(fault_place::before_output);
    if (is_dead_)
      return;
    content seen;
    records.for_each_partition([&seen](const auto& x) { seen.emplace_back(x.begin(), x.end()); });
    runs_[t].push_back(std::move(seen));
    throw_at(fault_place::after_output);
  }

  template <class Records>
  void take_state(const Records& records, batch_time t, std::int64_t added) {
    if (is_dead_)
      return;
    state_seen seen{{}, added};
    records.for_each([&seen](const auto& x) { seen.totals[std::string{x.first}] = x.second; });
    states_[t].push_back(std::move(seen));
  }

  static int lines_of(const fake_disk::file& x) { return static_cast<int>(std::ranges::count(x.content, '\n')); }

  /// How often each record was in a batch; a batch counts once.
  tally counts() const {
    tally result;
    for (const auto& [t, seen] : runs_)
      for (const auto& p : seen.front())
        for (const auto& x : p)
          ++result[x];
    return result;
  }

  std::string problem_of_batches() const {
    tally so_far;
    std::string result;
    const auto report = [&result](batch_time t, const std::string& what) {
      result += "; batch " + to_string(t) + ' ' + what;
    };
    for (const auto& [t, seen] : runs_) {
      for (const auto& again : seen)
        if (again != seen.front())
          report(t, "ran again with other content");
      for (std::uint32_t p = 0; p < seen.front().size(); ++p) {
        const auto& expected = seen.front()[p];
        for (const auto& x : expected)
          ++so_far[x];
        const auto rows = rows_.find({t, p});
        const auto times = rows == rows_.end() ? 0 : rows->second.size();
        if (times != (expected.empty() ? 0U : 1U))
          report(t, "is in the table " + std::to_string(times) + " times, partition " + std::to_string(p));
        else if (times == 1 && rows->second.front() != expected)
          report(t, "is in the table with other content, partition " + std::to_string(p));
      }
      const auto states = states_.find(t);
      if (states == states_.end())
        report(t, "has no state");
      else if (std::ranges::any_of(states->second, [&](const auto& x) { return x.totals != so_far; }))
        report(t, "has a state that is not the sum of all batches");
    }
    auto records = std::int64_t{0};
    for (const auto& [x, n] : so_far)
      records += n;
    if (!states_.empty() && states_.rbegin()->second.back().added != records)
      result += "; the accumulator is " + std::to_string(states_.rbegin()->second.back().added) + " after "
                + std::to_string(records) + " records";
    return result;
  }

  std::string problem_of_records() const {
    std::string result;
    const auto had = counts();
    const auto check = [&](const std::string& x, int least, int most) {
      const auto found = had.find(x);
      const auto n = found == had.end() ? 0 : found->second;
      if (n < least || n > most)
        result += "; " + x + " was in " + std::to_string(n) + " batches, not in " + std::to_string(least) + " to "
                  + std::to_string(most);
    };
    for (auto n = 0; n < received_->next; ++n)
      check("n" + std::to_string(n), received_->durable.contains(n) ? 1 : 0, 1);
    for (auto n = 0; n < computed_; ++n)
      check("s" + std::to_string(n), 1, 1);
    for (auto n = 0; n < pushed_; ++n) {
      check("q" + std::to_string(n), counted_.contains(n) ? 1 : 0, 1);
      const auto told = told_.find(n);
      const auto times = told == told_.end() ? 0 : told->second;
      if (times > 1 || (times == 0 && counted_.contains(n)))
        result += "; the commit of q" + std::to_string(n) + " was told " + std::to_string(times) + " times";
    }
    for (const auto& [path, file] : files->files) {
      const auto name = path.filename().string();
      check(name, missed_.contains(name) ? 0 : lines_of(file), lines_of(file));
    }
    return result;
  }

  shape what_;
  std::mt19937_64 random_;
  fault_place fails_ = fault_place::none;
  std::size_t calls_ = 0;
  bool is_dead_ = false;

  std::shared_ptr<feed::notes> received_ = std::make_shared<feed::notes>();
  std::weak_ptr<feed> current_;
  int computed_ = 0;             ///< numbers of the source, which has gone back to where it goes on
  std::set<std::string> missed_; ///< files that the program need not see
  std::shared_ptr<record_queue<int>> queue_;
  int pushed_ = 0;
  int first_in_queue_ = 0; ///< the first number that this process has pushed
  std::set<int> counted_;  ///< numbers of the queue that must be in a batch
  std::map<int, int> told_;

  std::map<batch_time, std::vector<content>> runs_;                        ///< of each batch, in order
  std::map<batch_time, std::vector<state_seen>> states_;                   ///< likewise
  std::map<std::pair<batch_time, std::uint32_t>, std::vector<part>> rows_; ///< of the table
  std::map<std::uint32_t, batch_time> taken_; ///< the last batch in the table, by partition
};

} // namespace sluice::test
