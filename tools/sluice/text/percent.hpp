// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>

namespace sluice::tool {

/// A text as a part of a URL: everything but letters, digits and "-._~" is percent-encoded (RFC 3986, 2.1).
std::string percent_encoded(std::string_view text);

} // namespace sluice::tool
