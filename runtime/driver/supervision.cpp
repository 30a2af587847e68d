// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/driver/supervision.hpp>

#include <caf/exit_reason.hpp>
#include <caf/sec.hpp>

#include <sluice/actors/base/errors.hpp>

namespace sluice {

namespace {

/// All actors of a node go when its connection does; the first of them speaks for the node.
bool is_lost(const participant& x, const caf::error& why) {
  return x.where && (x.plays == role::node || why == caf::exit_reason::remote_link_unreachable);
}

caf::error reason_of(const participant& x, const caf::error& why) {
  if (is_lost(x, why))
    return make_error(ec::node_lost, "the worker " + to_string(*x.where)
                                         + " has gone, or does not answer any more; start it again, then this program");
  const auto own = why && why.category() == caf::atom("sluice");
  const auto how = why ? ": " + describe(why) : std::string{" without a word"};
  return make_error(own ? static_cast<ec>(why.code()) : ec::user_code_failed, to_string(x) + " has ended" + how);
}

} // namespace

std::function<void(caf::error&)> on_failed_request(std::string where, std::string what,
                                                   std::function<void(caf::error)> fail) {
  return [where = std::move(where), what = std::move(what), fail = std::move(fail)](caf::error& why) {
    if (why == caf::sec::request_receiver_down)
      return;
    if (why.category() == caf::atom("sluice"))
      fail(make_error(static_cast<ec>(why.code()), where + describe(why)));
    else
      fail(make_error(ec::connection_failed, where + what + " (" + describe(why) + ")"));
  };
}

verdict supervision::died(const caf::actor_addr& who, const caf::error& why) {
  const auto found = watched_.extract(who);
  return found ? decide(reason_of(found.mapped(), why)) : verdict{};
}

} // namespace sluice
