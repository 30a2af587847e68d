// SPDX-License-Identifier: BSD-3-Clause
#include "text_sender.hpp"

#include <cerrno>
#include <csignal>
#include <system_error>

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loopback.hpp"

namespace sluice::bench {

namespace {

[[noreturn]] void serve(int listener, std::string_view text, std::size_t times) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const auto client = accept(listener, nullptr, nullptr);
  close(listener);
  for (; client >= 0 && times != 0; --times)
    if (!send_all(client, text))
      _exit(1);
  close(client);
  _exit(0);
}

} // namespace

text_sender::text_sender(std::string_view text, std::size_t times) {
  const auto [listener, port] = listen_on_loopback();
  port_ = port;
  process_ = fork();
  if (process_ < 0)
    throw std::system_error{errno, std::generic_category(), "fork"};
  if (process_ == 0)
    serve(listener, text, times);
  close(listener);
}

text_sender::~text_sender() {
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
}

} // namespace sluice::bench
