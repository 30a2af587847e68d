// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/spill/spill_file.hpp>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include <sluice/actors/base/crc32c.hpp>
#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/os/system_call.hpp>

namespace sluice::detail {

class unnamed_file {
public:
  unnamed_file() {
    std::error_code code;
    directory_ = std::filesystem::temp_directory_path(code);
    if (code)
      throw runtime_failure{"persist: there is no temporary directory to keep datasets in: " + code.message()
                            + "; let TMPDIR name one"};
    auto name = (directory_ / "sluice-XXXXXX").string();
    descriptor_ = ::mkostemp(name.data(), O_CLOEXEC);
    if (descriptor_ < 0)
      fail("kept in", std::generic_category().message(errno));
    ::unlink(name.c_str());
  }
  ~unnamed_file() { ::close(descriptor_); }
  unnamed_file(const unnamed_file&) = delete;
  unnamed_file& operator=(const unnamed_file&) = delete;

  void write(std::span<const std::byte> content, std::uint64_t offset) {
    while (!content.empty()) {
      const auto n = uninterrupted(
          [&] { return ::pwrite(descriptor_, content.data(), content.size(), static_cast<off_t>(offset)); });
      if (n <= 0)
        fail("kept in", std::generic_category().message(n < 0 ? errno : ENOSPC));
      content = content.subspan(static_cast<std::size_t>(n));
      offset += static_cast<std::uint64_t>(n);
    }
  }

  void read(std::span<std::byte> content, std::uint64_t offset) const {
    while (!content.empty()) {
      const auto n = uninterrupted(
          [&] { return ::pread(descriptor_, content.data(), content.size(), static_cast<off_t>(offset)); });
      if (n <= 0)
        fail("read back from", n < 0 ? std::generic_category().message(errno) : "its file has become shorter");
      content = content.subspan(static_cast<std::size_t>(n));
      offset += static_cast<std::uint64_t>(n);
    }
  }

  [[noreturn]] void fail(const std::string& what, const std::string& why) const {
    throw runtime_failure{"persist: a dataset cannot be " + what + " the temporary directory '" + directory_.string()
                          + "': " + why};
  }

private:
  std::filesystem::path directory_;
  int descriptor_ = -1;
};

batch spilled_batch::read() const {
  std::vector<std::byte> content(size_);
  file_->read(content, offset_);
  if (crc32c(content) != crc_)
    file_->fail("read back from", "a checksum does not match");
  auto result = batch::from_bytes(content);
  if (!result)
    file_->fail("read back from", describe(result.error()));
  return std::move(*result);
}

spilled_batch spill_file::write(const batch& x) {
  if (!file_ || size_ >= disk_file_bytes) {
    file_ = std::make_shared<unnamed_file>();
    size_ = 0;
  }
  const auto content = x.bytes();
  file_->write(content, size_);
  spilled_batch result{file_, size_, static_cast<std::uint32_t>(content.size()), crc32c(content)};
  size_ += content.size();
  return result;
}

} // namespace sluice::detail
