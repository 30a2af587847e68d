// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>

namespace sluice::tool {

enum class port_use { free, sluice_program, other };

struct port_facts {
  port_use use = port_use::free;
  std::string by; ///< the program that has it, or "process NAME (PID)"; empty if that is not to be found out
};

/// Whether a program could listen at this port of the loopback address, or who does. Asks it whether it is a program
/// of Sluice.
port_facts look_at_port(std::uint16_t port);

} // namespace sluice::tool
