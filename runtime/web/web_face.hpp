// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <sluice/runtime/driver/ui_options.hpp>
#include <sluice/runtime/monitor/run_monitor.hpp>
#include <sluice/runtime/web/json_views.hpp>
#include <sluice/runtime/web/web_routes.hpp>

namespace sluice::detail {

class http_server;

/// Serves the page of one program from its construction to its destruction, on a thread of its own.
class web_face {
public:
  /// Throws usage_error for options that make no sense, and runtime_failure if it cannot listen there.
  web_face(const ui_options& where, program_identity program, std::shared_ptr<run_monitor> of,
           std::vector<shown_setting> settings, std::vector<std::string> arguments, web_actions actions);
  ~web_face();

  /// As "http://127.0.0.1:4040".
  std::string address() const;

private:
  std::unique_ptr<web_routes> routes_;
  std::unique_ptr<http_server> server_; ///< uses the routes
};

} // namespace sluice::detail
