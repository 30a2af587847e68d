// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/http/token_file.hpp>

#include <array>
#include <cerrno>
#include <cstddef>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/os/descriptor.hpp>
#include <sluice/actors/os/system_call.hpp>

namespace sluice::detail {

namespace {

constexpr std::size_t shortest_token = 16;
constexpr std::size_t longest_token = 1024; // a browser keeps cookies of up to 4096 bytes
constexpr auto token_characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=";

std::string_view trimmed(std::string_view text) {
  constexpr auto spaces = " \t\r";
  const auto begin = std::min(text.find_first_not_of(spaces), text.size());
  return text.substr(begin, text.find_last_not_of(spaces) + 1 - begin);
}

} // namespace

std::string read_token_file(const std::filesystem::path& path) {
  const auto require = [&path](bool ok, const std::string& why) {
    if (!ok)
      throw usage_error{"token file " + path.string() + ": " + why};
  };
  const auto reason = [] { return std::generic_category().message(errno); };
  // Without waiting for somebody to write, should it be a pipe.
  const descriptor file{uninterrupted([&path] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK); })};
  require(static_cast<bool>(file), reason());
  struct stat info{};
  require(::fstat(file.get(), &info) == 0, reason());
  require(S_ISREG(info.st_mode), "it is no regular file");
  require((info.st_mode & 077U) == 0, "others may read or change it: run chmod 600 " + path.string());
  std::array<char, 2 * longest_token> bytes{};
  const auto size = uninterrupted([&] { return ::read(file.get(), bytes.data(), bytes.size()); });
  require(size >= 0, reason());
  const std::string_view content{bytes.data(), static_cast<std::size_t>(size)};
  const auto token = trimmed(content.substr(0, content.find('\n')));
  require(token.size() >= shortest_token, "its first line must have at least " + std::to_string(shortest_token)
                                              + " characters: openssl rand -hex 32 makes a good one");
  require(token.size() <= longest_token,
          "its first line must have at most " + std::to_string(longest_token) + " characters");
  require(token.find_first_not_of(token_characters) == std::string_view::npos,
          "its first line may hold letters, digits and -._~+/= only: openssl rand -hex 32 makes a good one");
  return std::string{token};
}

} // namespace sluice::detail
