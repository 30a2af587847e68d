// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/file/file_notes.hpp>

namespace sluice {

namespace {

std::string place(const std::string& path, std::uint64_t offset) {
  return "file '" + path + "'" + (offset == 0 ? "" : " at byte " + std::to_string(offset));
}

std::string what_is_left_out(const input_error& x) {
  switch (x.what) {
    case left_out::record: return "a record";
    case left_out::rest: return "the rest";
    case left_out::file: break;
  }
  return "all";
}

/// What to do; not said again of the next file with that trouble.
std::string advice(const std::string& what) { return "; " + what + " (only the first such file is named)"; }

} // namespace

std::string sentence_of(const file_note& x, duration remember) {
  const auto file = place(x.path, 0);
  switch (x.why) {
    case passed_over::modified_again:
      return file + " has been modified since it was read, and is passed over: a name is read once in "
             + to_string(remember) + ", and again as a whole if it is modified later than that"
             + advice("move complete files in under new names, or read every version: "
                      "file_options::versions = file_versions::each_once");
    case passed_over::too_old:
      return file + " has come with a modification time of " + to_string(batch_time{x.modified_ms})
             + " since the Unix epoch, " + to_string(-x.lead)
             + " before its batch, and is passed over: files are read that were modified after the stream was made "
               "and less than "
             + to_string(remember) + " ago"
             + advice("touch files before you move them in, or raise file_options::min_remember_duration");
    case passed_over::ahead:
      return file + " is dated " + to_string(batch_time{x.modified_ms})
             + " since the Unix epoch, which is still to come, " + to_string(x.lead)
             + " after its batch, and waits until then"
             + advice("set the clock of the machine that writes files, or touch them");
    case passed_over::gone:
      if (x.offset != 0)
        return place(x.path, x.offset) + ": it has gone before the rest was read, which is left out";
      return file + " has gone before it was read, and is left out"
             + advice("move files in when they are complete, and leave them until they have been read");
    case passed_over::replaced: break;
  }
  return place(x.path, x.offset) + ": another version has come before this one was read, which is left out"
         + advice("leave files until they have been read");
}

std::string stop_sentence(const std::string& path, std::uint64_t offset, const std::string& reason) {
  return place(path, offset) + ": " + reason
         + "; mend or remove the file and start again, or go on without it: file_options::on_error = "
           "input_error_policy::skip_file, or skip_record";
}

std::string left_out_sentence(const input_error& first, std::uint64_t others) {
  return "left out " + what_is_left_out(first) + " of " + place(first.path, first.offset) + ": " + first.reason
         + (others == 0 ? "" : ", and " + std::to_string(others) + " more");
}

} // namespace sluice
