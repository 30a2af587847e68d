// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace sluice {

/// Lets the process keep memory that batches have used for those that follow: glibc's malloc gives large blocks back to
/// the kernel as soon as they are free, and each page that comes again costs a fault. What is kept is bounded by the
/// largest use so far. Does nothing where malloc is another one, or where the environment has settings for it
/// (GLIBC_TUNABLES, MALLOC_…).
void keep_batch_memory();

} // namespace sluice
