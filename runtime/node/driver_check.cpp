// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/node/driver_check.hpp>

#include <sluice/actors/protocol/node_protocol.hpp>

namespace sluice {

error check_driver(const hello& from, std::uint64_t build) {
  if (from.protocol != node_protocol)
    return make_error(ec::node_refused, "this node speaks protocol " + std::to_string(node_protocol) + ", the driver "
                                            + std::to_string(from.protocol) + "; run the same version on both");
  if (from.build != build)
    return make_error(ec::node_refused, "this node runs another program (another executable) than the driver; start "
                                        "both from the same build");
  return {};
}

} // namespace sluice
