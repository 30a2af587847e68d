// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/node/worker_process.hpp>

#include <fstream>
#include <sstream>

#include <caf/actor_system.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/base/hash.hpp>
#include <sluice/actors/system/config.hpp>
#include <sluice/actors/system/endpoint.hpp>
#include <sluice/runtime/node/node_actor.hpp>

namespace sluice {

struct worker_process::content {
  content(std::uint32_t threads, duration node_timeout, scheduler_kind scheduler)
      : config{threads, true, node_timeout, scheduler} {}

  std::shared_ptr<job_registry> jobs = std::make_shared<job_registry>();
  system_config config;
  std::unique_ptr<caf::actor_system> system;
  node_actor node;
};

worker_process::worker_process(const node_address& listen_at, std::uint32_t threads, duration node_timeout,
                               scheduler_kind scheduler, compose_function compose,
                               std::function<void(std::string)> on_lost) {
  require_loopback(listen_at);
  content_ = std::make_unique<content>(threads, node_timeout, scheduler);
  offer_operators(content_->config, content_->jobs);
  content_->system = std::make_unique<caf::actor_system>(content_->config);
  content_->node =
      content_->system->spawn(node_behavior, node_options{std::move(compose), build_id(), threads, content_->jobs});
  if (!publish(*content_->system, content_->node, listen_at.host, listen_at.port)) {
    caf::anon_send_exit(content_->node, caf::exit_reason::user_shutdown);
    throw runtime_failure{"node address " + to_string(listen_at) + ": cannot listen there; is the port in use?"};
  }
  content_->node->attach_functor([on_lost = std::move(on_lost)](const caf::error& why) {
    if (why != caf::exit_reason::user_shutdown)
      on_lost("the worker cannot serve drivers any more: " + describe(why));
  });
}

worker_process::~worker_process() { caf::anon_send_exit(content_->node, caf::exit_reason::user_shutdown); }

std::shared_ptr<const roll_call> worker_process::roll() const { return content_->jobs->roll; }

std::uint64_t build_id() {
  std::ifstream self{"/proc/self/exe", std::ios::binary};
  std::ostringstream image;
  image << self.rdbuf();
  return hash_bytes(image.view());
}

} // namespace sluice
