// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <sluice/runtime/http/http_message.hpp>
#include <sluice/runtime/monitor/process_usage.hpp>
#include <sluice/runtime/monitor/run_monitor.hpp>
#include <sluice/runtime/web/json_views.hpp>

namespace sluice::detail {

/// What a program can be told through its page.
struct web_actions {
  std::function<void(bool graceful)> stop; ///< asks it to stop, and returns at once
  /// Copies the checkpoint into a new directory, and returns when it is there. Called on a thread of its own. Throws
  /// usage_error or runtime_failure.
  std::function<batch_time(const std::string& directory)> savepoint;
};

/// Answers the requests to the page, REST and metrics of one program. docs/monitoring.md lists the paths. Plain logic.
class web_routes {
public:
  web_routes(program_identity program, std::shared_ptr<run_monitor> of, std::vector<shown_setting> settings,
             std::vector<std::string> arguments, web_actions actions);

  http_response answer(const http_request& x);

private:
  http_response get(const http_request& x);
  http_response post(const http_request& x);
  http_response get_numbered(const http_request& x);
  http_response stop(const http_request& x);
  http_response set_log_level(const http_request& x);
  http_response start_savepoint(const http_request& x);
  void write_savepoint(const std::string& directory);

  program_identity program_;
  std::shared_ptr<run_monitor> of_;
  std::vector<shown_setting> settings_;
  std::vector<std::string> arguments_;
  web_actions actions_;
  usage_meter usage_;
  std::atomic<bool> is_saving_ = false;
  std::jthread saving_; ///< the last savepoint; uses all of the above
};

} // namespace sluice::detail
