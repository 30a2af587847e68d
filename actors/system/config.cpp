// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/system/config.hpp>

#include <sluice/actors/protocol/interfaces.hpp>
#include <sluice/actors/scheduler/scheduler.hpp>
#include <sluice/actors/system/endpoint.hpp>

#if defined(__SANITIZE_ADDRESS__)
// CAF 0.17's network broker and the proxies and timers of its peers refer to each other; if the system is taken down in
// the very moment in which a connection is lost, nobody breaks the circle. It is found at the exit of the process.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:caf::io::basp_broker\n"; }
extern "C" const char* __lsan_default_options();
extern "C" const char* __lsan_default_options() { return "print_suppressions=0"; }
#endif

namespace sluice {

using namespace std::chrono_literals;

system_config::system_config(std::size_t threads, bool networked, duration node_timeout, scheduler_kind scheduler) {
  // Named here so that the linker takes its object file, which also replaces CAF's source of node ids.
  static_cast<void>(process_uuid());
  add_message_types<caf::id_block::sluice>();
  // The atoms' category of our errors; without it CAF prints numbers.
  add_error_category(caf::atom("sluice"), [](std::uint8_t, caf::atom_value, const caf::message& what) {
    return what.match_elements<std::string>() ? what.get_as<std::string>(0) : std::string{"sluice error"};
  });
  // Measured: docs/decisions/0014-caf-settings.md. CAF makes its own scheduler where it is given none. An actor gives
  // way after each message: the actor that it wrote to may wait for its worker, and its next message may take long.
  if (scheduler == scheduler_kind::own)
    use_job_queue(*this, turns);
  set("scheduler.max-throughput", std::size_t{1});
  if (threads != 0)
    set("scheduler.max-threads", threads);
  if (networked)
    open_network(*this, node_timeout);
}

} // namespace sluice
