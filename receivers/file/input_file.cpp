// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/file/input_file.hpp>

#include <algorithm>
#include <stdexcept>

#include <sluice/actors/base/errors.hpp>

namespace sluice {

void input_file::fail(const std::string& why) {
  broken_ = true;
  throw runtime_failure(why);
}

std::size_t input_file::read(std::span<char> into) {
  const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), size_ - offset_));
  if (most == 0)
    return 0;
  const auto n = from_.read(offset_, into.first(most));
  if (!n)
    fail(describe(n.error()));
  if (*n == 0)
    fail("it has been cut from " + std::to_string(size_) + " bytes to " + std::to_string(offset_)
         + " while it was read");
  offset_ += *n;
  return *n;
}

std::size_t input_file::read_full(std::span<char> into) {
  std::size_t done = 0;
  while (done < into.size()) {
    const auto n = read(into.subspan(done));
    if (n == 0)
      break;
    done += n;
  }
  return done;
}

std::string input_file::contents(std::size_t limit) {
  if (size_ - offset_ > limit)
    throw std::length_error("it is larger than the limit of " + std::to_string(limit)
                            + " bytes (max_contents); for files of any size give a function f(file, emit)");
  std::string result(static_cast<std::size_t>(size_ - offset_), '\0');
  read_full(result);
  return result;
}

} // namespace sluice
