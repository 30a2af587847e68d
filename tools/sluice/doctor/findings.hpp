// SPDX-License-Identifier: BSD-3-Clause
//
// What is good enough for a program of Sluice, and what to do where it is not.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <sluice/tool/doctor/disk_measurement.hpp>
#include <sluice/tool/doctor/finding.hpp>
#include <sluice/tool/doctor/machine.hpp>
#include <sluice/tool/doctor/port_owner.hpp>
#include <sluice/tool/text/paint.hpp>

namespace sluice::tool {

finding judge_port(std::uint16_t port, const port_facts& x);
std::vector<finding> judge_machine(const machine_facts& x);
std::vector<finding> judge_disk(const std::filesystem::path& directory, const disk_facts& x);

/// A line for each, and one more with the advice where there is some.
std::string findings_view(const std::vector<finding>& all, const look& as);

} // namespace sluice::tool
