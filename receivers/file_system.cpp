// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/file_system.hpp>

#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include <sluice/actors/errors.hpp>
#include <sluice/receivers/tcp_connection.hpp>

namespace sluice {

namespace {

caf::error failure(const std::string& what, int error) {
  return make_error(ec::storage_failed, what + ": " + std::generic_category().message(error));
}

/// The directories that match a pattern, in order of name.
class glob_result {
public:
  explicit glob_result(const std::string& pattern) : code_{glob(pattern.c_str(), GLOB_ONLYDIR, &is_trouble, &found_)} {}
  glob_result(const glob_result&) = delete;
  glob_result& operator=(const glob_result&) = delete;
  ~glob_result() { globfree(&found_); }

  int code() const { return code_; }
  std::span<char* const> paths() const { return {found_.gl_pathv, found_.gl_pathc}; }

private:
  /// What is not there does not match, and that is all.
  static int is_trouble(const char*, int error) { return error != ENOENT && error != ENOTDIR ? 1 : 0; }

  glob_t found_{};
  int code_;
};

/// Adds the regular files of one directory.
caf::error list_directory(const std::filesystem::path& directory, std::vector<listed_file>& into) {
  std::error_code problem;
  auto entry = std::filesystem::directory_iterator{directory, problem};
  for (; !problem && entry != std::filesystem::directory_iterator{}; entry.increment(problem)) {
    const auto& path = entry->path();
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) {
      if (errno == ENOENT || errno == ELOOP)
        continue; // gone meanwhile, or a link that leads nowhere
      return failure("cannot look at '" + path.string() + "'", errno);
    }
    if (S_ISREG(status.st_mode))
      into.push_back({path, std::int64_t{status.st_mtim.tv_sec} * 1000 + status.st_mtim.tv_nsec / 1'000'000});
  }
  if (problem && problem != std::errc::no_such_file_or_directory)
    return failure("cannot list '" + directory.string() + "'", problem.value());
  return {};
}

class local_file : public file_reader {
public:
  local_file(descriptor file, std::string name) : file_{std::move(file)}, name_{std::move(name)} {}

  caf::expected<std::size_t> read(std::span<char> into) override {
    for (;;) {
      const auto n = ::read(file_.get(), into.data(), into.size());
      if (n >= 0)
        return static_cast<std::size_t>(n);
      if (errno != EINTR)
        return failure("cannot read '" + name_ + "'", errno);
    }
  }

private:
  descriptor file_;
  std::string name_;
};

class local_files : public file_system {
public:
  caf::expected<std::vector<listed_file>> list(const std::string& pattern) override {
    const glob_result found{pattern};
    if (found.code() != 0 && found.code() != GLOB_NOMATCH)
      return make_error(ec::storage_failed,
                        "cannot look for directories that match '" + pattern + "': one on the way cannot be read");
    std::vector<listed_file> result;
    auto is_any = false;
    for (const auto* path : found.paths()) {
      std::error_code ignored;
      if (!std::filesystem::is_directory(path, ignored))
        continue;
      is_any = true;
      if (auto problem = list_directory(path, result))
        return problem;
    }
    if (!is_any)
      return make_error(ec::storage_failed, "there is no directory '" + pattern + "'");
    return result;
  }

  caf::expected<std::unique_ptr<file_reader>> open(const std::filesystem::path& path) override {
    // Not to wait for a writer, should the file have become a pipe.
    descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    if (!file)
      return failure("cannot open '" + path.string() + "'", errno);
    return std::unique_ptr<file_reader>{std::make_unique<local_file>(std::move(file), path.string())};
  }
};

} // namespace

std::shared_ptr<file_system> local_file_system() { return std::make_shared<local_files>(); }

} // namespace sluice
