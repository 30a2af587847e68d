// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <utility>

#include <sluice/actors/base/time.hpp>
#include <sluice/state/checkpoint/kept_versions.hpp>

namespace sluice {

// The texts of options about the checkpoint. Each function throws usage_error for a text that it cannot read.

/// "20": so many versions. "10m": those of this time. "20,10m": both.
kept_versions parse_kept_versions(const std::string& text);

/// "1767225600000": a batch time in ms. "2026-01-01 01:00:00", also with a T between, without seconds or with ms after
/// them: a local time.
batch_time parse_recovery_time(const std::string& text);

/// "OLD=NEW": two names, of which the first has no '='.
std::pair<std::string, std::string> parse_rename(const std::string& text);

} // namespace sluice
