// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <cstdint>
#include <random>
#include <string>

#include <sluice/actors/system/config.hpp>

namespace sluice {

const std::string& process_uuid() {
  static const std::string value = [] {
    std::random_device entropy;
    constexpr std::array digits{'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};
    std::string result;
    for (int i = 0; i < 32; ++i)
      result += digits[entropy() % digits.size()];
    return result;
  }();
  return value;
}

} // namespace sluice

namespace caf::detail {

// libcaf_core calls this through the dynamic linker, which prefers the definition of the program over the library's.
__attribute__((visibility("default"))) std::string get_root_uuid();
std::string get_root_uuid() { return sluice::process_uuid(); }

} // namespace caf::detail
