# SPDX-License-Identifier: BSD-3-Clause
sluice_test(actors batch LINK sluice::actors)
sluice_test(actors batch_io LINK sluice::actors)
sluice_test(actors codec LINK sluice::actors)
sluice_test(actors crc32c LINK sluice::actors)
sluice_test(actors errors LINK sluice::actors)
sluice_test(actors owned LINK sluice::actors)
sluice_test(actors root_uuid LINK sluice::actors)
sluice_test(actors time LINK sluice::actors)
