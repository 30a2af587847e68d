// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/os/file_system.hpp>

#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <set>
#include <string>
#include <system_error>
#include <utility>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/os/descriptor.hpp>

namespace sluice {

namespace {

error failure(const std::string& what, int error) {
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
  /// A missing directory does not match; that is no error.
  static int is_trouble(const char*, int error) { return error != ENOENT && error != ENOTDIR ? 1 : 0; }

  glob_t found_{};
  int code_;
};

/// In nanoseconds; times that are centuries away count as the last that can be told.
std::int64_t nanoseconds(const timespec& t) {
  constexpr std::int64_t second = 1'000'000'000;
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max() / second - 1;
  return std::clamp(std::int64_t{t.tv_sec}, -most, most) * second + t.tv_nsec;
}

file_version version_of(const struct stat& status) {
  return {nanoseconds(status.st_mtim), static_cast<std::uint64_t>(status.st_size),
          static_cast<std::uint64_t>(status.st_ino)};
}

/// Whether a directory is one to look into: no link, which might lead back up, and not hidden.
bool is_tree(const std::filesystem::directory_entry& entry) {
  std::error_code ignored;
  return entry.symlink_status(ignored).type() == std::filesystem::file_type::directory
         && !entry.path().filename().native().starts_with('.');
}

/// Adds the regular files of one directory.
error list_directory(const std::filesystem::path& directory, listing_depth depth, std::vector<listed_file>& into) {
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
      into.push_back({path, version_of(status), nanoseconds(status.st_ctim)});
    else if (depth == listing_depth::tree && is_tree(*entry)) {
      if (auto below = list_directory(path, depth, into))
        return below;
    }
  }
  if (problem && problem != std::errc::no_such_file_or_directory)
    return failure("cannot list '" + directory.string() + "'", problem.value());
  return {};
}

bool is_mount_point(const std::string& directory) {
  struct stat here{};
  struct stat above{};
  return ::stat(directory.c_str(), &here) == 0 && ::stat((directory + "/..").c_str(), &above) == 0
         && here.st_dev != above.st_dev;
}

class local_file : public file_reader {
public:
  local_file(descriptor file, std::string name, const file_version& version)
      : file_{std::move(file)}, name_{std::move(name)}, version_{version} {}

  file_version version() const override { return version_; }

  expected<std::size_t> read(std::uint64_t offset, std::span<char> into) override {
    for (;;) {
      const auto n = ::pread(file_.get(), into.data(), into.size(), static_cast<off_t>(offset));
      if (n >= 0)
        return static_cast<std::size_t>(n);
      if (errno != EINTR)
        return failure("cannot read '" + name_ + "'", errno);
    }
  }

private:
  descriptor file_;
  std::string name_;
  file_version version_;
};

class local_files : public file_system {
public:
  expected<std::vector<listed_file>> list(const std::string& pattern, listing_depth depth) override {
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
      if (auto problem = check_mounted(path))
        return problem;
      if (auto problem = list_directory(path, depth, result))
        return problem;
    }
    if (!is_any)
      return make_error(ec::storage_failed, "there is no directory '" + pattern + "'");
    return result;
  }

  expected<std::unique_ptr<file_reader>> open(const std::filesystem::path& path) override {
    // Not to wait for a writer, should the file have become a pipe.
    descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    struct stat status{};
    if (!file || ::fstat(file.get(), &status) != 0) {
      const auto error = errno;
      if (error == ENOENT || error == ENOTDIR || error == ELOOP || error == ESTALE)
        return std::unique_ptr<file_reader>{};
      return failure("cannot open '" + path.string() + "'", error);
    }
    if (!S_ISREG(status.st_mode))
      return make_error(ec::storage_failed, "cannot read '" + path.string() + "': it is no regular file (any more)");
    return std::unique_ptr<file_reader>{
        std::make_unique<local_file>(std::move(file), path.string(), version_of(status))};
  }

private:
  /// Where a disk was mounted and is no more, there is an empty directory, which would look like files that have gone.
  error check_mounted(const std::string& path) {
    const auto is_mounted = is_mount_point(path);
    if (is_mounted)
      mounted_.insert(path);
    else if (mounted_.contains(path))
      return make_error(ec::storage_failed, "nothing is mounted at '" + path + "' any more");
    return {};
  }

  std::set<std::string> mounted_; ///< directories at which something has been mounted
};

} // namespace

std::int64_t file_version::modified_ms() const {
  constexpr std::int64_t ns = 1'000'000;
  return modified_ns / ns - (modified_ns % ns < 0 ? 1 : 0);
}

std::shared_ptr<file_system> local_file_system() { return std::make_shared<local_files>(); }

} // namespace sluice
