// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/testkit/mini_cluster.hpp>

#include <utility>

#include <sluice/actors/base/errors.hpp>

namespace sluice::testkit {

mini_cluster::mini_cluster(compose_function compose, std::size_t workers, runner_options options)
    : runner{std::move(compose), options}, nodes_{workers, options.seed} {
  begin();
}

void mini_cluster::start(const composing& program) {
  runtime_options how;
  how.partitions = options().partitions;
  const auto compose_on_worker = [this] { return compose().compose(); };
  nodes_.start(program.compose(), compose_on_worker, program.listeners(), std::move(how), disk_.open());
  if (!nodes_.is_running())
    throw runtime_failure{"the program does not start: " + nodes_.reason()};
}

std::optional<std::string> mini_cluster::run_batch(batch_time t) {
  nodes_.advance(options().interval);
  if (nodes_.is_stopped())
    return nodes_.reason();
  if (const auto last = disk_.open()->last_commit(); !last || last->time < t)
    return "it has not been committed within a batch interval";
  return std::nullopt;
}

void mini_cluster::kill() { nodes_.kill_driver(); }

std::vector<batch> mini_cluster::committed_state(const std::string& operator_name) const {
  const auto log = disk_.open();
  std::vector<batch> result;
  for (const auto& id : log->states()) {
    if (id.operator_name != operator_name)
      continue;
    const auto take = [&result](change_kind, batch_time, bytes_view blob) -> error {
      auto piece = batch::from_bytes(blob);
      if (!piece)
        return std::move(piece.error());
      result.push_back(std::move(*piece));
      return {};
    };
    if (auto err = log->load(id, take))
      throw runtime_failure{describe(err)};
  }
  return result;
}

} // namespace sluice::testkit
