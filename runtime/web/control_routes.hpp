// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include <sluice/runtime/http/http_message.hpp>
#include <sluice/runtime/monitor/run_monitor.hpp>
#include <sluice/state/view/state_window.hpp>

namespace sluice::detail {

/// What a program can be told and asked through its page, beside what its monitor knows.
struct web_actions {
  std::function<void(bool graceful)> stop; ///< asks it to stop, and returns at once
  /// Copies the checkpoint into a new directory, and returns when it is there. Called on a thread of its own. Throws
  /// usage_error or runtime_failure.
  std::function<batch_time(const std::string& directory)> savepoint;
  std::shared_ptr<state_window> states; ///< not null

  /// A limit of an input.
  struct input_limit {
    bool is_paused = false;
    std::optional<double> max_rate = {}; ///< records per second, 0: none; nothing: the program's own
  };
  std::function<void(stream_id, const input_limit&)> limit;

  /// Ends the epoch, so that the next one goes on from the last commit. False if that is not possible.
  std::function<bool(const std::string& why)> restart;
};

/// Answers the requests that tell a program to do something. docs/monitoring.md lists the paths.
class control_routes {
public:
  control_routes(std::shared_ptr<run_monitor> of, web_actions actions);

  http_response post(const http_request& x);

private:
  http_response limit_input(const http_request& x, std::string_view path);
  http_response restart(const std::string& why);
  http_response restart_operator(const http_request& x);
  http_response stop(const http_request& x);
  http_response set_log_level(const http_request& x);
  http_response start_savepoint(const http_request& x);
  void write_savepoint(const std::string& directory);

  std::shared_ptr<run_monitor> of_;
  web_actions actions_;
  std::atomic<bool> is_saving_ = false;
  std::jthread saving_; ///< the last savepoint; uses all of the above
};

} // namespace sluice::detail
