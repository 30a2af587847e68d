// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/node/node_actor.hpp>

#include <chrono>

#include <caf/exit_reason.hpp>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/base/log.hpp>
#include <sluice/actors/base/malloc_tuning.hpp>
#include <sluice/actors/base/memory_meter.hpp>
#include <sluice/actors/protocol/node_protocol.hpp>
#include <sluice/actors/system/endpoint.hpp>
#include <sluice/actors/system/ownership.hpp>
#include <sluice/runtime/node/driver_check.hpp>
#include <sluice/runtime/node/node_address.hpp>

namespace sluice {

namespace {

constexpr std::chrono::seconds connect_timeout{10};

} // namespace

caf::result<welcome> node_shell::greet(const hello& from) {
  if (auto why = check_driver(from, options_.build)) {
    log_warning("refused a driver: " + describe(why));
    return caf::error{why};
  }
  std::shared_ptr<const composition> program;
  try {
    program = std::make_shared<const composition>(options_.compose(from.arguments));
  } catch (const std::exception& e) {
    return caf::error{
        make_error(ec::node_refused, std::string{"composing the program failed on this node: "} + e.what())};
  }
  if (program->graph.fingerprint() != from.fingerprint)
    return caf::error{make_error(ec::node_refused,
                                 "this node composes another topology than the driver from the same arguments; "
                                 "the program must not depend on the machine it runs on")};
  const auto job = options_.jobs->add(std::move(program));
  const auto driver = caf::actor_cast<caf::actor_addr>(self_->current_sender());
  drivers_[driver] = job;
  self_->monitor(driver);
  log_info("takes part in a program, as job " + std::to_string(job));
  return welcome{options_.cores, job};
}

caf::result<ready_atom> node_shell::share(std::uint64_t job, std::uint32_t index, const batch& value) {
  const auto program = options_.jobs->find(job);
  if (program == nullptr || index >= program->broadcasts.size())
    return caf::error{make_error(ec::node_refused, "a driver sent a broadcast value that its program does not have")};
  if (auto err = program->broadcasts[index]->take(value))
    return caf::error{err};
  return ready_atom::value;
}

caf::result<ready_atom> node_shell::meet(const std::vector<std::string>& peers) {
  if (peers.empty())
    return ready_atom::value;
  auto promise = self_->make_response_promise<ready_atom>();
  const auto pending = std::make_shared<std::size_t>(peers.size());
  for (const auto& peer : peers) {
    const auto address = parse_node_address(peer);
    self_
        ->request(spawn_connection(self_->home_system(), address.host, address.port), connect_timeout,
                  caf::connect_atom::value)
        .then(
            [promise, pending](const caf::node_id&, const caf::strong_actor_ptr&) mutable {
              if (--*pending == 0)
                promise.deliver(ready_atom::value);
            },
            [promise, peer](caf::error& why) mutable {
              promise.deliver(
                  make_error(ec::connection_failed, "a worker cannot reach the worker " + peer + ": " + describe(why)));
            });
  }
  return promise;
}

caf::result<std::uint64_t, std::uint64_t> node_shell::memory(std::uint64_t budget) {
  auto& meter = process_memory();
  const auto peak = meter.take_peak();
  meter.set_scarce(peak > budget / 2);
  trim_memory(budget);
  return {meter.in_flight(), peak};
}

node_usage node_shell::usage() {
  const auto now = meter_.look();
  return {now.cores,
          options_.cores,
          static_cast<std::uint64_t>(now.cpu_seconds * 1e6),
          now.resident_bytes,
          process_memory().in_flight(),
          static_cast<std::uint64_t>(now.uptime.count())};
}

void node_shell::driver_gone(const caf::down_msg& driver) {
  const auto found = drivers_.find(driver.source);
  if (found == drivers_.end())
    return;
  const auto line = "job " + std::to_string(found->second) + " is over";
  if (driver.reason == caf::exit_reason::remote_link_unreachable)
    log_warning(line + ": its driver has gone, or does not answer any more");
  else
    log_info(line);
  options_.jobs->remove(found->second);
  drivers_.erase(found);
}

node_actor::behavior_type node_behavior(node_actor::stateful_pointer<node_shell> self, node_options options) {
  self->set_exception_handler([](std::exception_ptr& thrown) { return error_of(thrown); });
  self->set_down_handler([self](const caf::down_msg& down) { self->state.driver_gone(down); });
  self->state.open(std::move(options));
  return {
      [self](hello_atom, const hello& from) { return self->state.greet(from); },
      [self](share_atom, std::uint64_t job, std::uint32_t index, const batch& value) {
        return self->state.share(job, index, value);
      },
      [self](meet_atom, const std::vector<std::string>& peers) { return self->state.meet(peers); },
      [self](memory_atom, std::uint64_t budget) { return self->state.memory(budget); },
      [self](usage_atom) { return self->state.usage(); },
  };
}

void offer_operators(caf::actor_system_config& config, std::shared_ptr<job_registry> jobs) {
  auto spawn = [jobs = std::move(jobs)](operator_actor::stateful_pointer<operator_shell> self,
                                        const progress_actor& coordinator, std::uint64_t job,
                                        std::uint32_t default_partitions, std::uint32_t stage, std::uint32_t partition,
                                        std::int64_t zero) -> operator_actor::behavior_type {
    placement_request what{default_partitions, stage_id{stage}, partition_id{partition}, {}};
    if (zero != no_zero_time)
      what.zero = batch_time{zero};
    jobs->roll->enter(operator_actor{self}, "partition " + std::to_string(partition) + " of stage "
                                                + std::to_string(stage) + " of job " + std::to_string(job));
    return operator_behavior(self, coordinator, [&] { return jobs->place(job, what); });
  };
  config.add_actor_factory(operator_type_name, caf::make_actor_factory(std::move(spawn)));
}

} // namespace sluice
