// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/testkit/harness.hpp>

#include <algorithm>
#include <set>
#include <utility>

#include <sluice/actors/base/log.hpp>
#include <sluice/testkit/pipeline.hpp>

namespace sluice::testkit {

harness::harness(compose_function compose, runner_options options) : runner{std::move(compose), options} { begin(); }

harness::~harness() = default;

std::string harness::printed() const { return printed_ + (running_ ? running_->printed() : ""); }

void harness::start(const composing& program) {
  const log_capture captured{log_};
  const auto recovers = last_.has_value();
  running_ =
      std::make_unique<pipeline>(program, pipeline::options{.partitions = options().partitions,
                                                            .seed = options().seed,
                                                            .first = time(now() + 1),
                                                            .step = options().interval,
                                                            .zero = recovers ? std::optional{time(0)} : std::nullopt,
                                                            .on_error = program.compose().on_error});
  if (recovers) {
    running_->restore(committed_, *last_);
    running_->restore(sums_);
  }
}

std::optional<std::string> harness::run_batch(batch_time t) {
  const log_capture captured{log_};
  std::set<std::uint32_t> without;
  for (const auto& [name, id] : world().inputs()) {
    const auto content = world().take(name);
    if (!content)
      without.insert(id.value());
    else
      for (const auto& block : *content)
        running_->add(id.value(), block);
  }
  const auto known = running_->updates().size();
  try {
    running_->cut(without);
    running_->run();
  } catch (const std::exception& e) {
    return e.what();
  }
  const auto& updates = running_->updates();
  committed_.insert(committed_.end(), updates.begin() + static_cast<std::ptrdiff_t>(known), updates.end());
  sums_ = running_->sums();
  last_ = t;
  return std::nullopt;
}

void harness::kill() {
  printed_ = printed();
  running_.reset();
}

std::vector<batch> harness::committed_state(const std::string& operator_name) const {
  std::map<partition_id, std::vector<std::pair<change_kind, batch>>> pieces;
  for (const auto& update : committed_) {
    if (update.id.operator_name != operator_name)
      continue;
    auto& of_partition = pieces[update.id.partition];
    std::erase_if(of_partition, [&update](const auto& x) { return is_replaced(x.first, update.kind); });
    for (const auto& content : update.content)
      of_partition.emplace_back(update.kind, content);
  }
  std::vector<batch> result;
  for (const auto& [partition, of_partition] : pieces)
    for (const auto& [kind, content] : of_partition)
      result.push_back(content);
  return result;
}

} // namespace sluice::testkit
