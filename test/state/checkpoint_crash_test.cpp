// SPDX-License-Identifier: BSD-3-Clause
// What is found after a crash, or after a write that failed, is exactly a commit: that of a model which saw the same.
#include "checkpoint_fixtures.hpp"

#include <sluice/state/checkpoint/checkpoint_directory.hpp>
#include <sluice/state/checkpoint/checkpoint_keys.hpp>

#include <boost/mpl/list.hpp>

#include <array>
#include <atomic>
#include <csignal>

#include <sys/wait.h>
#include <unistd.h>

using namespace sluice;
using namespace sluice::test;

namespace {

using backends = boost::mpl::list<memory_backend, lmdb_backend>;

const std::vector<state_id> all_ids{id_of("a", 0), id_of("a", 1), id_of("b", 0)};

/// One call of a checkpoint log.
struct step {
  enum class kind { commit, stage, drop };

  kind what = kind::commit;
  std::int64_t time = 0;
  std::vector<change> changes;
  std::string operator_name;

  error perform(checkpoint_log& log) const {
    switch (what) {
      case kind::commit: return log.commit(commit_at(time), views(changes));
      case kind::stage: return log.stage(views(changes));
      case kind::drop: return log.drop(operator_name);
    }
    return {};
  }

  void perform(model& m) const {
    switch (what) {
      case kind::commit: m.commit(commit_at(time), changes); break;
      case kind::stage:
        for (const auto& c : changes)
          m.stage(c);
        break;
      case kind::drop: m.drop(operator_name); break;
    }
  }
};

/// Performs steps on a checkpoint log and on the model, and keeps the two in step when writes fail.
template <class Backend>
class driver {
public:
  explicit driver(kept_versions how = {.count = 0}) : how_{how} { open(); }

  void open() {
    c.open();
    c->keep_versions(how_);
    truth.reopen();
    declare();
  }

  /// Whether no write failed. If one did, checks that everything is refused, and opens again.
  bool perform(const step& s) {
    auto after = truth;
    s.perform(after);
    const auto err = s.perform(*c);
    // A step that failed has happened if and only if its write to the log reached the disk.
    if (!err || (c.plan.last_writer == "log" && c.plan.when == fault_plan::moment::after))
      accept(s, std::move(after));
    if (!is_closed()) {
      BOOST_TEST(!err);
      declare();
      return true;
    }
    BOOST_CHECK(s.perform(*c));
    BOOST_CHECK(c->stage({}));
    BOOST_CHECK(c->commit(commit_at(1'000'000), {}));
    open();
    return false;
  }

  void check() {
    check_equal(*c, truth, all_ids);
    BOOST_CHECK(c->versions() == times());
    for (const auto& [time, version] : versions_)
      BOOST_TEST_CONTEXT("version " << to_string(time))
    check_equal(c.version(time), version, all_ids);
  }

  /// Commits once more, and checks that there is no snapshot left but those of the model. Only right after opening.
  void check_clean() {
    BOOST_TEST(perform({step::kind::commit, truth.record ? truth.record->time.ms() + 1 : 1}));
    // An operator that was dropped and came back is another one.
    std::map<std::tuple<state_id, std::size_t, change_kind, batch_time>, std::size_t> blobs;
    for (const auto& [time, version] : versions_)
      for (const auto& [id, list] : version.kept)
        for (const auto& x : list)
          blobs[{id, version.lives.contains(id.operator_name) ? version.lives.at(id.operator_name) : 0, x.kind,
                 x.time}] = x.blobs.size();
    std::size_t deltas = 0;
    std::size_t snapshots = 0;
    for (const auto& [key, count] : blobs)
      (std::get<change_kind>(key) == change_kind::delta ? deltas : snapshots) += count;
    BOOST_TEST(c.snapshot_blobs() == snapshots);
    BOOST_TEST(contents(*c.log, delta_tag, end_of_tag(delta_tag)).size() == deltas);
  }

  checkpoint<Backend> c;
  model truth;

private:
  std::vector<batch_time> times() const {
    std::vector<batch_time> result;
    for (const auto& [time, version] : versions_)
      result.push_back(time);
    return result;
  }

  /// The step has happened.
  void accept(const step& s, model after) {
    truth = std::move(after);
    if (s.what != step::kind::commit)
      return;
    const auto before = times();
    const auto stays = choose_kept(how_, before, batch_time{s.time});
    for (std::size_t i = 0; i < before.size(); ++i)
      if (!stays[i])
        versions_.erase(before[i]);
    versions_[batch_time{s.time}] = truth;
  }

  bool is_closed() { return static_cast<bool>(c->declare({"a", 2, "schema"})); }

  void declare() {
    require_ok(c->declare({"a", 2, "schema"}));
    require_ok(c->declare({"b", 1, "schema"}));
  }

  kept_versions how_;
  std::map<batch_time, model> versions_;
};

const std::vector<kept_versions> policies{{.count = 0}, {.count = 1}, {.count = 3}, {.count = 0, .time = duration{4}}};

/// A history with everything in it.
std::vector<step> scenario() {
  const auto& a0 = all_ids[0];
  const auto& a1 = all_ids[1];
  const auto& b0 = all_ids[2];
  using enum step::kind;
  return {
      {commit, 1, {delta(a0, 1, {"1"}), delta(a1, 1, {"1", "1"}), delta(b0, 1, {"1"})}},
      {commit, 2, {delta(a0, 2, {"2"}), base(a0, 2, {"12"})}},
      {commit, 4, {delta(a0, 3, {"3"}), delta(a0, 4, {"4"}), delta(b0, 4, {"4"}), base(b0, 1, {"1"})}},
      {stage, 0, {base(a0, 3, {"12", "3"}), base(b0, 5, {"14", "5"})}},
      {commit, 5, {delta(a1, 5, {"5"})}},
      {commit, 6, {partial(a0, 6, {"4", "6"}), base(a1, 6, {}), delta(b0, 6, {"6"})}},
      {commit, 8, {partial(a0, 7, {"46", "7"}), delta(a0, 8, {"8"}), delta(a1, 8, {"8"}), partial(b0, 8, {"68"})}},
      {stage, 0, {partial(a0, 9, {"46789"}), partial(b0, 10, {"68", "10"})}},
      {commit, 9, {base(a1, 9, {"589"}), delta(b0, 9, {"9"})}},
      {commit, 10, {base(a0, 10, {"12346789"}), partial(a1, 10, {}), partial(a1, 10, {"10"})}},
      {drop, 0, {}, "a"},
      {commit, 11, {delta(a0, 11, {"11"}), base(b0, 11, {"14"})}},
  };
}

std::vector<change> random_changes(std::mt19937_64& random, std::int64_t after, std::int64_t until,
                                   const model& truth) {
  std::vector<change> result;
  for (const auto& id : all_ids) {
    for (auto t = after + 1; t <= until; ++t)
      if (random() % 2 == 0)
        result.push_back(delta(id, t, {std::to_string(random()), std::string(random() % 6000, 'd')}));
    const auto committed = model::last_snapshot(truth.kept, id);
    const auto last = std::max(committed, model::last_snapshot(truth.staged, id));
    const auto is_partial = last >= 0 && random() % 2 == 0;
    const auto first = (is_partial ? last : committed) + 1;
    if (random() % 2 == 0 && first <= until) {
      const auto t = first + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(until - first + 1));
      result.push_back((is_partial ? partial : base)(id, t, std::vector<std::string>(random() % 3, std::to_string(t))));
    }
  }
  return result;
}

/// A step that may follow, in a history that is at `now`.
step random_step(std::mt19937_64& random, std::int64_t& now, const model& truth) {
  if (random() % 30 == 0)
    return {step::kind::drop, 0, {}, random() % 2 == 0 ? "a" : "b"};
  if (random() % 5 == 0) {
    auto changes = random_changes(random, now, now + 2, truth);
    std::erase_if(changes, [](const change& c) { return c.kind == change_kind::delta; });
    return {step::kind::stage, 0, std::move(changes)};
  }
  const auto committed = truth.record ? truth.record->time.ms() : 0;
  now = committed + 1 + static_cast<std::int64_t>(random() % 3);
  return {step::kind::commit, now, random_changes(random, committed, now, truth)};
}

void random_fault(std::mt19937_64& random, fault_plan& plan) {
  plan.fail_at = plan.writes + 1 + random() % 3;
  plan.when = random() % 2 == 0 ? fault_plan::moment::before : fault_plan::moment::after;
  plan.how_long = random() % 2 == 0 ? fault_plan::length::once : fault_plan::length::for_good;
}

constexpr std::int64_t sum_until(std::int64_t t) { return t * (t + 1) / 2; }

/// Commits numbers for ever: the sum of all up to t, as base, partial snapshot and deltas, is what t leaves behind.
[[noreturn]] void commit_numbers(const std::filesystem::path& dir, int acknowledge) {
  auto c = checkpoint_directory::open(dir, small_map());
  if (!c)
    ::_exit(1);
  auto& log = (*c)->log();
  if (log.declare({"a", 2, ""}))
    ::_exit(1);
  auto t = log.last_commit() ? log.last_commit()->time.ms() : 0;
  for (;;) {
    ++t;
    std::vector<change> changes{delta(all_ids[0], t, {std::to_string(t)}), delta(all_ids[1], t, {std::to_string(t)})};
    const auto& id = all_ids[t % 2];
    if (t % 12 == 3 || t % 12 == 6)
      changes.push_back(base(id, t, {std::to_string(sum_until(t))}));
    else if (t % 3 == 0) // six after the base
      changes.push_back(partial(id, t, {std::to_string(sum_until(t) - sum_until(t - 6))}));
    if (log.commit(commit_at(t), views(changes)) || ::write(acknowledge, &t, sizeof(t)) != sizeof(t))
      ::_exit(1);
  }
}

} // namespace

BOOST_AUTO_TEST_SUITE(checkpoint_crash_suite)

BOOST_AUTO_TEST_CASE_TEMPLATE(a_crash_at_any_write_leaves_the_last_commit, Backend, backends) {
  for (const auto when : {fault_plan::moment::before, fault_plan::moment::after}) {
    for (const auto& how : policies) {
      bool crashed = true;
      for (std::size_t n = 1; crashed; ++n) {
        BOOST_TEST_CONTEXT("crash " << (when == fault_plan::moment::before ? "before" : "after") << " write " << n
                                    << ", " << how.count << " versions") {
          driver<Backend> d{how};
          d.c.plan.fail_at = n;
          d.c.plan.when = when;
          crashed = false;
          for (const auto& s : scenario())
            if (!d.perform(s)) {
              crashed = true;
              d.check();
              d.check_clean();
              d.check();
              break;
            }
          if (!crashed)
            BOOST_TEST(d.c.plan.writes >= n - 1);
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(after_a_write_that_failed_the_history_goes_on_when_opened_again, Backend, backends) {
  for (const auto when : {fault_plan::moment::before, fault_plan::moment::after})
    for (std::size_t n = 1; n <= 24; ++n)
      BOOST_TEST_CONTEXT("fault " << (when == fault_plan::moment::before ? "before" : "after") << " write " << n) {
        driver<Backend> d;
        d.c.plan = {.fail_at = n, .when = when, .how_long = fault_plan::length::once};
        for (const auto& s : scenario()) {
          const bool done = d.perform(s);
          d.check();
          // A commit that has happened all the same is refused when it is tried again.
          if (!done && d.truth.record != std::optional{commit_at(s.time)} && s.what != step::kind::drop)
            BOOST_TEST(d.perform(s));
        }
        d.open();
        d.check();
        d.check_clean();
      }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_staged_snapshot_of_before_a_failed_write_is_not_used, Backend, backends) {
  using enum step::kind;
  for (const auto when : {fault_plan::moment::before, fault_plan::moment::after}) {
    driver<Backend> d;
    BOOST_TEST(d.perform({commit, 1, {delta(all_ids[0], 1, {"1"})}}));
    BOOST_TEST(d.perform({stage, 0, {base(all_ids[0], 2, {"old"})}}));
    d.c.plan.fail_at = d.c.plan.writes + 1;
    d.c.plan.when = when;
    d.c.plan.how_long = fault_plan::length::once;
    BOOST_TEST(!d.perform({stage, 0, {base(all_ids[0], 2, {"new", "new"})}}));
    BOOST_TEST(d.perform({commit, 3, {delta(all_ids[0], 3, {"3"})}}));
    d.check();
    d.open();
    d.check();
    d.check_clean();
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_snapshot_that_was_staged_twice_is_whole_before_old_ones_are_erased, Backend, backends) {
  using enum step::kind;
  driver<Backend> d;
  BOOST_TEST(d.perform({stage, 0, {base(all_ids[0], 2, {"old", "old"})}}));
  BOOST_TEST(d.perform({stage, 0, {base(all_ids[0], 2, {"new"})}}));
  d.c.plan.fail_at = d.c.plan.writes + 2; // the commit is written, and nothing is erased after it
  d.c.plan.when = fault_plan::moment::before;
  BOOST_TEST(!d.perform({commit, 2}));
  BOOST_CHECK(d.truth.record == std::optional{commit_at(2)});
  d.check();
}

BOOST_AUTO_TEST_CASE_TEMPLATE(random_histories_with_faults_do_what_the_model_does, Backend, backends) {
  for (std::uint64_t seed = 1; seed <= seed_count(10); ++seed)
    BOOST_TEST_CONTEXT("seed " << seed) {
      std::mt19937_64 random{seed};
      driver<Backend> d{policies[seed % policies.size()]};
      std::int64_t now = 0;
      for (int i = 0; i < 40; ++i) {
        if (random() % 8 == 0)
          random_fault(random, d.c.plan);
        d.perform(random_step(random, now, d.truth));
        if (random() % 10 == 0) {
          d.open();
          d.check_clean();
        }
        d.check();
      }
    }
}

BOOST_AUTO_TEST_CASE(a_process_that_is_killed_loses_nothing_it_has_acknowledged) {
  const temporary_directory dir;
  std::mt19937_64 random{7};
  for (int round = 0; round < 25; ++round) {
    std::array<int, 2> acknowledged;
    BOOST_REQUIRE(::pipe(acknowledged.data()) == 0);
    const auto child = ::fork();
    BOOST_REQUIRE(child >= 0);
    if (child == 0)
      commit_numbers(dir.path(), acknowledged[1]);
    ::close(acknowledged[1]);
    // Killed after a number of commits, so that the next one is cut off somewhere.
    std::int64_t last = 0;
    for (auto n = 1 + random() % 8; n > 0; --n)
      BOOST_REQUIRE(::read(acknowledged[0], &last, sizeof(last)) == sizeof(last));
    for (auto spin = random() % 200'000; spin > 0; --spin)
      std::atomic_signal_fence(std::memory_order_seq_cst);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    while (::read(acknowledged[0], &last, sizeof(last)) == sizeof(last)) {
    }
    ::close(acknowledged[0]);

    auto c = value_or_throw(checkpoint_directory::open(dir.path(), small_map()));
    BOOST_REQUIRE(c->log().last_commit());
    const auto t = c->log().last_commit()->time.ms();
    BOOST_TEST((t == last || t == last + 1));
    BOOST_CHECK(*c->log().last_commit() == commit_at(t));
    for (const auto& id : {all_ids[0], all_ids[1]}) {
      std::int64_t sum = 0;
      require_ok(c->log().load(id, [&sum](change_kind, batch_time, bytes_view blob) {
        sum += std::stoll(as_text(blob));
        return error{};
      }));
      BOOST_TEST(sum == sum_until(t));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
