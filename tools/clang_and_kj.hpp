// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// For clang-tidy alone, which reads every source with this in front. Cap'n Proto 0.9's headers compare text in a way
/// that g++ 12 accepts and clang, since it follows P2468 (no reversed == beside a !=), does not.
namespace kj {

class StringPtr;
bool operator==(const char* a, const StringPtr& b);
bool operator!=(const char* a, const StringPtr& b);

} // namespace kj
