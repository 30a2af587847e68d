// SPDX-License-Identifier: BSD-3-Clause
//
// Programs that something holds up, and some that nothing does. Each cause comes in several shapes.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>

#include <sluice/sluice.hpp>

using program_of = std::function<void(sluice::streaming_context&)>;

/// 2,000 numbers a batch, counted from 0.
sluice::dstream<int> numbers(sluice::streaming_context& ctx);

/// Keeps a core busy, by the clock on the wall: as a function that takes so long on any machine.
void work_for(std::chrono::microseconds time);

/// By what is wrong, and how: "slow_listener", "slow_listener/at_outputs".
const std::map<std::string, program_of>& programs_held_up();

/// Nothing is wrong with these.
const std::map<std::string, program_of>& healthy_programs();
