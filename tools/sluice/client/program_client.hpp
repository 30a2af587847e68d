// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <utility>

#include <nlohmann/json_fwd.hpp>

#include <sluice/tool/client/failure.hpp>
#include <sluice/tool/client/http_exchange.hpp>

namespace sluice::tool {

/// Nobody answers.
class unreachable : public failure {
public:
  unreachable(no_reply why, const std::string& sentence) : failure{exit_code::no_answer, sentence}, why_{why} {}

  no_reply why() const { return why_; }

private:
  no_reply why_;
};

/// What was asked for is being made ready; ask again.
class not_ready : public failure {
public:
  explicit not_ready(const std::string& sentence) : failure{exit_code::trouble, sentence} {}
};

/// The driver of a running program. Every function throws `failure`, with a sentence that says what to do, if there is
/// no answer, if the answer is no JSON, or if the program refuses.
class program_client {
public:
  program_client(server_address at, std::string token, http_limits limits = {})
      : at_{std::move(at)}, token_{std::move(token)}, limits_{limits} {}

  const server_address& address() const { return at_; }

  nlohmann::json get(const std::string& target) const;
  nlohmann::json post(const std::string& target, const nlohmann::json& body) const;

private:
  nlohmann::json ask(http_question question) const;

  server_address at_;
  std::string token_;
  http_limits limits_;
};

} // namespace sluice::tool
