// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>
#include <string_view>

namespace sluice::detail {

/// A file of the web page, as it is served.
struct page_file {
  std::string_view path; ///< "/app.js"
  std::string_view content_type;
  std::string_view content;
};

/// The files of the folder `page`, which the build puts into the library (cmake/SluiceEmbed.cmake).
std::span<const page_file> page_files();

} // namespace sluice::detail
