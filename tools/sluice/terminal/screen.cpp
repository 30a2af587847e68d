// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/terminal/screen.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace sluice::tool {

namespace {

void write_all(std::string_view text) {
  while (!text.empty()) {
    const auto n = ::write(STDOUT_FILENO, text.data(), text.size());
    if (n < 0 && errno != EINTR)
      return; // the terminal has gone; so has whoever would read of it
    text.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
  }
}

} // namespace

screen::screen() {
  sigset_t ours{};
  ::sigemptyset(&ours);
  for (const auto x : {SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGWINCH})
    ::sigaddset(&ours, x);
  ::sigprocmask(SIG_BLOCK, &ours, &before_);
  signals_ = ::signalfd(-1, &ours, SFD_CLOEXEC);
  if (signals_ < 0) {
    const auto why = errno;
    ::sigprocmask(SIG_SETMASK, &before_, nullptr);
    throw std::system_error{why, std::generic_category(), "signalfd"};
  }
  has_keys_ = ::isatty(STDIN_FILENO) == 1 && ::tcgetattr(STDIN_FILENO, &cooked_) == 0;
  enter();
}

screen::~screen() {
  leave();
  ::close(signals_);
  ::sigprocmask(SIG_SETMASK, &before_, nullptr);
}

void screen::enter() {
  if (has_keys_) {
    auto raw = cooked_;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    raw.c_cc[VMIN] = 0;
    raw.c_cc[VTIME] = 0;
    ::tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
  }
  write_all("\x1b[?1049h\x1b[?25l\x1b[?7l"); // the other screen, no cursor, no line goes on in the next one
}

void screen::leave() const {
  write_all("\x1b[?7h\x1b[?25h\x1b[?1049l");
  if (has_keys_)
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &cooked_);
}

void screen::show(const std::vector<std::string>& lines) const {
  std::string text = "\x1b[H";
  for (std::size_t i = 0; i < lines.size(); ++i)
    text.append(i == 0 ? "" : "\r\n").append(lines[i]).append("\x1b[K");
  write_all(text.append("\x1b[J"));
}

screen::wish screen::wait(std::chrono::milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (left.count() <= 0)
      return wish::next_picture;
    std::array<pollfd, 2> events{pollfd{signals_, POLLIN, 0}, pollfd{has_keys_ ? STDIN_FILENO : -1, POLLIN, 0}};
    if (::poll(events.data(), events.size(), static_cast<int>(std::min<std::int64_t>(left.count(), 60'000))) < 0)
      continue;
    auto next = wish::next_picture;
    if (events[0].revents != 0)
      next = take_signal();
    else if (events[1].revents != 0)
      next = take_key();
    if (next != wish::next_picture)
      return next;
  }
}

screen::wish screen::take_signal() {
  signalfd_siginfo info{};
  if (::read(signals_, &info, sizeof info) != sizeof info)
    return wish::next_picture;
  if (info.ssi_signo == SIGWINCH)
    return wish::same_picture;
  if (info.ssi_signo != SIGTSTP)
    return wish::end;
  leave();
  ::kill(::getpid(), SIGSTOP); // Ctrl-Z: the shell has the terminal until SIGCONT
  enter();
  return wish::same_picture;
}

screen::wish screen::take_key() {
  char key = 0;
  const auto n = ::read(STDIN_FILENO, &key, 1);
  if (n <= 0) {
    has_keys_ = n < 0 && errno == EINTR;
    return has_keys_ ? wish::next_picture : wish::end;
  }
  return key == 'q' || key == 'Q' || key == '\x03' ? wish::end : wish::next_picture;
}

} // namespace sluice::tool
