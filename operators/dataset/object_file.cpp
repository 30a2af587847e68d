// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/operators/dataset/object_file.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <fstream>
#include <string_view>
#include <system_error>

#include <capnp/message.h>
#include <capnp/serialize.h>
#include <kj/exception.h>

#include "object_file.capnp.h"

#include <sluice/actors/base/capnp_message.hpp>
#include <sluice/actors/base/crc32c.hpp>
#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/os/part_directory.hpp>

namespace sluice {

namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t format_version = 1;
constexpr std::string_view magic = "sluiceob";
constexpr std::size_t max_header_bytes = std::size_t{64} << 10;

struct part_header {
  std::string schema;
  std::uint32_t part = 0;
  std::uint32_t parts = 0;
  std::uint64_t batches = 0;
  std::uint64_t records = 0;
};

/// What comes before the bytes of each frame.
struct frame_head {
  std::uint32_t size = 0;
  std::uint32_t crc = 0;
};
static_assert(sizeof(frame_head) == 8);

// --- writing ---

void write_frame(part_directory& out, std::span<const std::byte> content) {
  const frame_head head{static_cast<std::uint32_t>(content.size()), crc32c(content)};
  out.write(std::as_bytes(std::span{&head, 1}));
  out.write(content);
}

void write_header(part_directory& out, const part_header& h) {
  capnp::MallocMessageBuilder message;
  auto root = message.initRoot<wire::ObjectFile>();
  root.setFormatVersion(format_version);
  root.setSchema(kj::StringPtr{h.schema.c_str(), h.schema.size()});
  root.setPart(h.part);
  root.setParts(h.parts);
  root.setBatches(h.batches);
  root.setRecords(h.records);
  const auto words = capnp::messageToFlatArray(message);
  const auto content = std::as_bytes(std::span{words.begin(), words.size()});
  if (content.size() > max_header_bytes)
    throw runtime_failure{"a record type whose schema takes more than " + std::to_string(max_header_bytes)
                          + " bytes cannot be written to object files"};
  write_frame(out, content);
}

// --- reading ---

/// One part file, read from front to back.
class part_reader {
public:
  explicit part_reader(fs::path path) : path_{std::move(path)} {
    std::error_code code;
    // Opening something else might wait for ever.
    if (const auto status = fs::status(path_, code); !fs::is_regular_file(status))
      fail(code ? code.message() : "it is no file");
    rest_ = fs::file_size(path_, code);
    if (code)
      fail(code.message());
    in_.open(path_, std::ios::binary);
    if (!in_)
      fail(std::generic_category().message(errno));
  }

  [[noreturn]] void fail(const std::string& why) const {
    throw runtime_failure{"cannot read '" + path_.string() + "': " + why};
  }

  void expect_magic() {
    std::array<char, magic.size()> found{};
    if (rest_ < found.size())
      fail("it is no object file: it is too short");
    read(found.data(), found.size());
    if (std::string_view{found.data(), found.size()} != magic)
      fail("it is no object file");
  }

  /// The bytes of the next frame. There is room for them as long as the file is, and never for more than `most`.
  std::vector<std::byte> frame(std::size_t most) {
    frame_head head;
    if (rest_ < sizeof(head))
      fail("it has been cut off");
    read(&head, sizeof(head));
    if (head.size == 0 || head.size > most || head.size % sizeof(capnp::word) != 0)
      fail("it is damaged: a frame of " + std::to_string(head.size) + " bytes cannot be");
    if (head.size > rest_)
      fail("it has been cut off");
    std::vector<std::byte> content(head.size);
    read(content.data(), content.size());
    if (crc32c(content) != head.crc)
      fail("it is damaged: a checksum does not match");
    return content;
  }

  void expect_end() const {
    if (rest_ != 0)
      fail("it is damaged: " + std::to_string(rest_) + " bytes follow its last batch");
  }

private:
  void read(void* to, std::size_t size) {
    if (!in_.read(static_cast<char*>(to), static_cast<std::streamsize>(size)))
      fail("it has become shorter, or the disk failed");
    rest_ -= size;
  }

  fs::path path_;
  std::ifstream in_;
  std::uintmax_t rest_ = 0;
};

part_header read_header(part_reader& from) {
  const auto content = from.frame(max_header_bytes);
  try {
    detail::capnp_message message{content};
    const auto root = message.root<wire::ObjectFile>();
    if (root.getFormatVersion() != format_version)
      from.fail("it has format version " + std::to_string(root.getFormatVersion()) + ", this program reads version "
                + std::to_string(format_version) + "; use the version of Sluice that wrote it");
    const auto schema = root.getSchema();
    return {{schema.begin(), schema.size()}, root.getPart(), root.getParts(), root.getBatches(), root.getRecords()};
  } catch (const kj::Exception& e) {
    from.fail(std::string{"it is damaged: "} + e.getDescription().cStr());
  }
}

/// Checks that a part is the one that its name and its siblings say.
void check_header(const part_reader& from, const part_header& h, const std::string& schema, std::size_t part,
                  std::size_t parts) {
  if (h.schema != schema)
    from.fail("it holds records of type " + h.schema + ", not of " + schema);
  if (h.parts != parts)
    from.fail("it is one of " + std::to_string(h.parts) + " parts, and the directory has " + std::to_string(parts));
  if (h.part != part)
    from.fail("it is another part, " + part_name(h.part));
}

std::vector<batch> read_part(const fs::path& path, const std::string& schema, std::size_t part, std::size_t parts,
                             error (*check)(const batch&)) {
  part_reader from{path};
  from.expect_magic();
  const auto h = read_header(from);
  check_header(from, h, schema, part, parts);
  std::vector<batch> result;
  std::uint64_t records = 0;
  for (std::uint64_t i = 0; i < h.batches; ++i) {
    auto content = batch::from_bytes(from.frame(max_batch_bytes));
    if (!content)
      from.fail("it is damaged: " + describe(content.error()));
    if (const auto err = check(*content))
      from.fail("it is damaged: " + describe(err));
    records += content->count();
    result.push_back(std::move(*content));
  }
  if (records != h.records)
    from.fail("it is damaged: it should hold " + std::to_string(h.records) + " records, and has "
              + std::to_string(records));
  from.expect_end();
  return result;
}

/// How many part files a directory has. Throws if there is one that cannot be, or the directory is not complete.
std::size_t count_parts(const fs::path& directory) {
  const auto fail = [&](const std::string& why) {
    throw runtime_failure{"cannot read '" + directory.string() + "': " + why};
  };
  std::vector<std::string> names;
  std::error_code code;
  for (fs::directory_iterator each{directory, code}, end; !code && each != end; each.increment(code))
    if (auto name = each->path().filename().string(); name.starts_with("part-"))
      names.push_back(std::move(name));
  if (code)
    fail(code.message());
  if (!fs::exists(directory / "_SUCCESS", code))
    fail("it is no complete output, for it has no _SUCCESS");
  std::ranges::sort(names);
  for (std::size_t i = 0; i < names.size(); ++i)
    if (!std::ranges::binary_search(names, part_name(i)))
      fail(part_name(i) + " is missing, or there is a part too many");
  return names.size();
}

} // namespace

void write_object_files(const fs::path& directory, const std::string& schema,
                        const std::vector<std::vector<batch>>& partitions) {
  part_directory out{directory};
  part_header h{schema, 0, static_cast<std::uint32_t>(partitions.size())};
  for (const auto& partition : partitions) {
    h.batches = 0;
    h.records = 0;
    for (const auto& content : partition) {
      h.batches += content.count() != 0 ? 1 : 0;
      h.records += content.count();
    }
    out.begin_part();
    out.write(magic);
    write_header(out, h);
    for (const auto& content : partition)
      if (content.count() != 0)
        write_frame(out, content.bytes());
    ++h.part;
  }
  out.commit();
}

std::vector<std::vector<batch>> read_object_files(const fs::path& directory, const std::string& schema,
                                                  error (*check)(const batch&)) {
  const auto parts = count_parts(directory);
  std::vector<std::vector<batch>> result;
  for (std::size_t i = 0; i < parts; ++i)
    result.push_back(read_part(directory / part_name(i), schema, i, parts, check));
  return result;
}

} // namespace sluice
