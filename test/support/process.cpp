// SPDX-License-Identifier: BSD-3-Clause
#include <support/process.hpp>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

namespace sluice::test {

namespace {

struct pipe_ends {
  int read;
  int write;
};

pipe_ends make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    throw std::system_error{errno, std::generic_category(), "pipe2"};
  return {ends[0], ends[1]};
}

void close_if_open(int& fd) {
  if (fd >= 0)
    ::close(std::exchange(fd, -1));
}

std::vector<char*> pointers_to(std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (auto& each : strings)
    result.push_back(each.data());
  result.push_back(nullptr);
  return result;
}

/// Ours, with `additions` in place of what has the same name.
std::vector<std::string> environment_with(std::vector<std::string> additions) {
  const auto name_of = [](std::string_view entry) { return entry.substr(0, entry.find('=')); };
  const auto added = additions.size();
  for (auto** entry = environ; *entry != nullptr; ++entry) {
    const auto same_name = [&](const std::string& addition) { return name_of(addition) == name_of(*entry); };
    if (std::none_of(additions.begin(), additions.begin() + static_cast<std::ptrdiff_t>(added), same_name))
      additions.emplace_back(*entry);
  }
  return additions;
}

/// Reads all that is there without waiting for more; closes `fd` at the end of the stream.
void read_available(int& fd, std::string& text) {
  std::array<char, 65536> buffer;
  while (fd >= 0) {
    const auto n = ::read(fd, buffer.data(), buffer.size());
    if (n > 0)
      text.append(buffer.data(), static_cast<std::size_t>(n));
    else if (n < 0 && errno == EAGAIN)
      return;
    else if (n == 0 || errno != EINTR)
      close_if_open(fd);
  }
}

} // namespace

process::process(std::vector<std::string> arguments, std::vector<std::string> environment) {
  // A child that has gone is an error of write(), not the end of the test.
  ::signal(SIGPIPE, SIG_IGN);
  const auto in = make_pipe();
  const auto out = make_pipe();
  const auto err = make_pipe();
  in_ = in.write;
  out_.fd = out.read;
  err_.fd = err.read;
  for (const auto fd : {in_, out_.fd, err_.fd})
    ::fcntl(fd, F_SETFL, O_NONBLOCK);

  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_adddup2(&files, in.read, STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&files, out.write, STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&files, err.write, STDERR_FILENO);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t signals;
  ::sigemptyset(&signals);
  ::posix_spawnattr_setsigmask(&attributes, &signals);
  ::sigfillset(&signals);
  ::posix_spawnattr_setsigdefault(&attributes, &signals);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);

  auto full_environment = environment_with(std::move(environment));
  const auto code = ::posix_spawnp(&pid_, arguments.at(0).c_str(), &files, &attributes, pointers_to(arguments).data(),
                                   pointers_to(full_environment).data());
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&files);
  ::close(in.read);
  ::close(out.write);
  ::close(err.write);
  if (code == 0)
    pidfd_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)); // glibc 2.36's own cannot be linked from C++
  if (code != 0 || pidfd_ < 0) {
    close_if_open(in_);
    close_if_open(out_.fd);
    close_if_open(err_.fd);
    throw std::system_error{code != 0 ? code : errno, std::generic_category(), "cannot start " + arguments[0]};
  }
}

process::~process() {
  if (!status_)
    reap();
  close_if_open(pidfd_);
  close_if_open(in_);
}

bool process::write(std::string_view bytes, duration timeout) {
  const auto deadline = clock::now() + timeout;
  while (!bytes.empty() && in_ >= 0) {
    const auto n = ::write(in_, bytes.data(), bytes.size());
    if (n >= 0)
      bytes.remove_prefix(static_cast<std::size_t>(n));
    else if (errno != EAGAIN && errno != EINTR)
      close_input();
    else if (clock::now() >= deadline)
      return false;
    else
      step(deadline, true);
  }
  return bytes.empty();
}

void process::close_input() { close_if_open(in_); }

bool process::wait_until(const std::function<bool()>& done, duration timeout) {
  const auto deadline = clock::now() + timeout;
  while (!done()) {
    if (status_ || clock::now() >= deadline)
      return done();
    step(deadline);
  }
  return true;
}

bool process::wait_for_output(std::string_view text, duration timeout) {
  return wait_until([this, text] { return out().find(text) != std::string::npos; }, timeout);
}

bool process::wait_for_output(const std::regex& expression, duration timeout) {
  return wait_until([this, &expression] { return std::regex_search(out(), expression); }, timeout);
}

bool process::wait_for_error(std::string_view text, duration timeout) {
  return wait_until([this, text] { return err().find(text) != std::string::npos; }, timeout);
}

void process::signal(int number) {
  if (!status_)
    ::kill(pid_, number);
}

std::optional<exit_status> process::wait(duration timeout) {
  wait_until([this] { return status_.has_value(); }, timeout);
  return status_;
}

void process::step(clock::time_point deadline, bool wants_to_write) {
  std::array<pollfd, 4> watched{pollfd{out_.fd, POLLIN, 0}, pollfd{err_.fd, POLLIN, 0},
                                pollfd{status_ ? -1 : pidfd_, POLLIN, 0},
                                pollfd{wants_to_write ? in_ : -1, POLLOUT, 0}};
  const auto left = std::chrono::ceil<duration>(deadline - clock::now());
  if (::poll(watched.data(), watched.size(), static_cast<int>(std::max(left, duration::zero()).count())) <= 0)
    return;
  if (watched[0].revents != 0)
    read_available(out_.fd, out_.text);
  if (watched[1].revents != 0)
    read_available(err_.fd, err_.text);
  if (watched[2].revents != 0)
    reap();
}

void process::reap() {
  // The whole group, for a child may leave children behind. Until it is reaped, its number cannot be somebody else's.
  ::kill(-pid_, SIGKILL);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  status_ = WIFEXITED(status) ? exit_status{WEXITSTATUS(status), 0} : exit_status{-1, WTERMSIG(status)};
  for (auto* stream : {&out_, &err_}) {
    read_available(stream->fd, stream->text);
    close_if_open(stream->fd);
  }
}

} // namespace sluice::test
