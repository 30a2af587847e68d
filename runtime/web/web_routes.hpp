// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <sluice/actors/os/process_usage.hpp>
#include <sluice/runtime/http/http_message.hpp>
#include <sluice/runtime/monitor/run_monitor.hpp>
#include <sluice/runtime/web/control_routes.hpp>
#include <sluice/runtime/web/json_views.hpp>
#include <sluice/runtime/web/state_routes.hpp>

namespace sluice::detail {

/// Answers the requests to the page, REST and metrics of one program. docs/monitoring.md lists the paths. Plain logic.
class web_routes {
public:
  web_routes(program_identity program, std::shared_ptr<run_monitor> of, std::vector<shown_setting> settings,
             std::vector<std::string> arguments, web_actions actions);

  http_response answer(const http_request& x);

private:
  http_response get(const http_request& x);
  http_response get_numbered(const http_request& x);
  http_response tail(std::string_view name, const http_request& x);

  program_identity program_;
  std::shared_ptr<run_monitor> of_;
  std::vector<shown_setting> settings_;
  std::vector<std::string> arguments_;
  state_routes states_;
  usage_meter usage_;
  control_routes control_;
};

} // namespace sluice::detail
