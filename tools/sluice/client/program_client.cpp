// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/client/program_client.hpp>

#include <utility>

#include <nlohmann/json.hpp>

#include <sluice/tool/text/numbers.hpp>
#include <sluice/tool/text/printable.hpp>

namespace sluice::tool {

namespace {

using nlohmann::json;

std::string sentence_of(const http_failure& x, const server_address& at, const http_limits& limits) {
  const auto where = at.text();
  const auto ms = [](auto time) { return ms_text(static_cast<double>(time.count())); };
  switch (x.why()) {
    case no_reply::unknown_host: return "the host of " + where + " is not known: " + x.what();
    case no_reply::not_listening:
      return "nobody listens at " + where
             + "; if the program runs, its log shows the address (\"the page of this program: …\"): give it with --at";
    case no_reply::not_reached: return where + " cannot be reached: " + x.what();
    case no_reply::too_late: return where + " gives no whole answer within " + ms(limits.answer) + "; try again";
    case no_reply::too_large:
      return "the answer of " + where + " is larger than " + bytes_text(static_cast<double>(limits.body))
             + "; it was left there";
    case no_reply::not_http: return "no program of Sluice listens at " + where + ": it does not speak HTTP";
    case no_reply::broken_off: return where + " closed the connection before it answered: " + x.what();
  }
  return x.what();
}

[[noreturn]] void refuse_stranger(const server_address& at) {
  throw failure{exit_code::no_answer, "another server than a program of Sluice listens at " + at.text()
                                          + "; give the program's address with --at"};
}

/// What a program says of a request that it refuses.
[[noreturn]] void fail(unsigned status, const json& body, const server_address& at, bool has_token) {
  if (status == 401)
    throw failure{exit_code::usage,
                  has_token ? at.text() + " has another token than that of --token-file"
                            : at.text()
                                  + " wants a token; give --token-file FILE, the file that the program got with "
                                    "--ui-token-file"};
  if (!body.is_object() || !body.contains("error") || !body["error"].is_string())
    refuse_stranger(at);
  const auto sentence = printable(body["error"].get<std::string>());
  if (status == 503)
    throw not_ready{sentence};
  throw failure{exit_code::trouble, sentence};
}

} // namespace

json program_client::get(const std::string& target) const { return ask({"GET", target, "", token_}); }

json program_client::post(const std::string& target, const json& body) const {
  return ask({"POST", target, body.dump(), token_});
}

json program_client::ask(http_question question) const {
  http_reply reply;
  try {
    reply = tool::ask(at_, question, limits_);
  } catch (const http_failure& x) {
    throw unreachable{x.why(), sentence_of(x, at_, limits_)};
  }
  // What is nested deeper than anything of ours is left out: to write it again would take too much stack.
  constexpr auto deepest = 64;
  const auto is_shallow = [](int depth, json::parse_event_t, json&) { return depth <= deepest; };
  auto body = json::parse(reply.body, is_shallow, false);
  if (reply.status < 200 || reply.status > 299)
    fail(reply.status, body, at_, !token_.empty());
  if (!body.is_object() && !body.is_array())
    refuse_stranger(at_);
  return body;
}

} // namespace sluice::tool
