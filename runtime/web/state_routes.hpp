// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <string_view>

#include <sluice/runtime/http/http_message.hpp>
#include <sluice/state/view/state_window.hpp>

namespace sluice::detail {

/// Answers the requests for keyed state, those whose path begins with /api/v1/state. docs/monitoring.md describes them.
class state_routes {
public:
  explicit state_routes(std::shared_ptr<state_window> of) : of_{std::move(of)} {}

  /// Whether a path is one of these.
  static bool answers(std::string_view path);

  http_response get(const http_request& x) const;
  http_response post(const http_request& x) const;

private:
  http_response list_all() const;

  std::shared_ptr<state_window> of_;
};

} // namespace sluice::detail
