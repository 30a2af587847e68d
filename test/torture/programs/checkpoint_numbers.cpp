// SPDX-License-Identifier: BSD-3-Clause
//
// A checkpoint whose content shows whether it is whole: see subject.hpp. Batch t adds the number t to two states, so
// the sum of what each of them holds after it is 1 + … + t, in whatever pieces it is stored.
#include <span>
#include <string_view>

#include <sluice/state/checkpoint/checkpoint_directory.hpp>

#include "subject.hpp"

namespace {

using namespace sluice;
using namespace torture;

const std::vector<state_id> states{{"numbers", partition_id{0}}, {"numbers", partition_id{1}}};

constexpr std::int64_t sum_until(std::int64_t t) { return t * (t + 1) / 2; }

std::int64_t last_commit(const checkpoint_log& log) { return log.last_commit() ? log.last_commit()->time.ms() : 0; }

/// The pieces of batch `t`: deltas, every twelfth batch a base, and partial snapshots in between.
struct pieces {
  pieces(std::int64_t t, std::size_t payload)
      : delta{std::to_string(t) + std::string(payload, ' ')}, base{std::to_string(sum_until(t))},
        since_base{std::to_string(sum_until(t) - sum_until(t - 6))}, time{t} {}

  std::vector<state_change> changes() const {
    std::vector<state_change> result;
    for (const auto& id : states)
      result.push_back({id, batch_time{time}, change_kind::delta, {bytes_of(delta)}});
    // The states take turns, so that each partial snapshot follows the base of its state by six batches.
    const auto& id = states[static_cast<std::size_t>(time % 2)];
    const auto step = time % 12;
    if (step == 3 || step == 6)
      result.push_back({id, batch_time{time}, change_kind::base, {bytes_of(base)}});
    else if (step % 3 == 0)
      result.push_back({id, batch_time{time}, change_kind::partial, {bytes_of(since_base)}});
    return result;
  }

private:
  static bytes_view bytes_of(std::string_view text) { return std::as_bytes(std::span{text}); }

  std::string delta;
  std::string base;
  std::string since_base;
  std::int64_t time;
};

int write(const std::string& dir, std::int64_t count, std::size_t payload) {
  auto checkpoint = checkpoint_directory::open(dir + "/checkpoint", small_map);
  if (!checkpoint)
    return fail(checkpoint.error());
  auto& log = (*checkpoint)->log();
  if (auto err = log.declare({"numbers", static_cast<std::uint32_t>(states.size()), "text"}))
    return fail(err);
  const acknowledgements acknowledged{dir};
  for (auto t = last_commit(log) + 1; t <= count; ++t) {
    commit_record record{.time = batch_time{t}, .zero = batch_time{0}, .interval = duration{1}};
    if (auto err = log.commit(record, pieces{t, payload}.changes()))
      return fail(err);
    if (auto err = acknowledged.tell(t))
      return fail(err);
  }
  return EXIT_SUCCESS;
}

int check(const std::string& dir) {
  auto checkpoint = checkpoint_directory::open(dir + "/checkpoint", small_map);
  if (!checkpoint)
    return fail(checkpoint.error());
  const auto& log = (*checkpoint)->log();
  const auto t = last_commit(log);
  for (const auto& id : states) {
    std::int64_t sum = 0;
    auto err = log.load(id, [&sum](change_kind, batch_time, bytes_view blob) {
      sum += std::stoll(std::string{reinterpret_cast<const char*>(blob.data()), blob.size()});
      return error{};
    });
    if (err)
      return fail(err);
    if (sum != sum_until(t))
      return fail("after batch " + std::to_string(t) + " a state holds " + std::to_string(sum) + ", not "
                  + std::to_string(sum_until(t)));
  }
  std::printf("%lld\n", static_cast<long long>(t));
  return EXIT_SUCCESS;
}

} // namespace

int main(int argc, char** argv) { return run_subject(argc, argv, write, check); }
