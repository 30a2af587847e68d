// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/web/web_face.hpp>

#include <utility>

#include <sluice/runtime/http/http_guard.hpp>
#include <sluice/runtime/http/http_server.hpp>
#include <sluice/runtime/http/token_file.hpp>

namespace sluice::detail {

web_face::web_face(const ui_options& where, program_identity program, std::shared_ptr<run_monitor> of,
                   std::vector<shown_setting> settings, std::vector<std::string> arguments, web_actions actions)
    : routes_{std::make_unique<web_routes>(std::move(program), std::move(of), std::move(settings), std::move(arguments),
                                           std::move(actions))} {
  auto token = where.token_file.empty() ? std::string{} : read_token_file(where.token_file);
  check_ui_address(where.address, token);
  const http_guard guard{{is_loopback_address(where.address), std::move(token)}};
  http_server::options how;
  how.address = where.address;
  how.port = where.port;
  server_ = std::make_unique<http_server>(how, [guard, to = routes_.get()](const http_request& x) {
    auto refused = guard.refuse(x);
    return refused ? std::move(*refused) : to->answer(x);
  });
}

web_face::~web_face() = default;

std::string web_face::address() const { return server_->address(); }

} // namespace sluice::detail
