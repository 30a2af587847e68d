// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include <sluice/runtime/http/http_message.hpp>

namespace sluice::detail {

/// What becomes of a connection after an answer.
enum class after_answer { keep_open, close };

/// The bytes of an answer before its body: status line and headers. Line breaks in the response's headers become
/// spaces, so that no text of a request can add a header. Headers about length and connection are the server's alone.
std::string head_of(const http_response& response, after_answer then);

} // namespace sluice::detail
