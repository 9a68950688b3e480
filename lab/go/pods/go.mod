// SPDX-License-Identifier: GPL-3.0-or-later
//
// Our own programs in the lab's pods. They need nothing but Go.

module lotus_lake.secrets/lab/pods

go 1.26.0
