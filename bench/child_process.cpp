// SPDX-License-Identifier: BSD-3-Clause
#include "child_process.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sluice::bench {

namespace {

std::array<int, 2> make_pipe() {
  std::array<int, 2> result{};
  if (pipe2(result.data(), O_CLOEXEC) != 0)
    throw std::system_error{errno, std::generic_category(), "pipe2"};
  return result;
}

/// Adds what there is to `text`, waiting for something. False at the end.
bool read_more(int fd, std::string& text) {
  std::array<char, 4096> part;
  const auto n = read(fd, part.data(), part.size());
  if (n > 0)
    text.append(part.data(), static_cast<std::size_t>(n));
  return n > 0 || (n < 0 && errno == EINTR);
}

} // namespace

child_process::child_process(std::vector<std::string> arguments, const std::string& ready) {
  const auto out = make_pipe();
  const auto err = make_pipe();
  std::string program = "/proc/self/exe";
  std::vector<char*> pointers{program.data()};
  for (auto& x : arguments)
    pointers.push_back(x.data());
  pointers.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, out[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, err[1], STDERR_FILENO);
  const auto problem = posix_spawn(&process_, program.c_str(), &files, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  close(out[1]);
  close(err[1]);
  out_ = out[0];
  err_ = err[0];
  if (problem != 0)
    throw std::system_error{problem, std::generic_category(), "posix_spawn"};
  wait_until_said(ready);
}

child_process::~child_process() {
  if (process_ > 0) {
    kill(process_, SIGKILL);
    wait();
  }
  close(out_);
  close(err_);
}

void child_process::wait_until_said(const std::string& text) {
  auto found = said_.find(text);
  for (; found == std::string::npos; found = said_.find(text))
    if (!read_more(err_, said_)) {
      wait();
      throw std::runtime_error{"a process that was to help has ended: " + said_};
    }
  said_.erase(0, found + text.size());
}

std::string child_process::finish() {
  kill(process_, SIGTERM);
  std::string result;
  while (read_more(out_, result)) {
  }
  wait();
  return result;
}

void child_process::wait() {
  waitpid(process_, nullptr, 0);
  process_ = -1;
}

} // namespace sluice::bench
