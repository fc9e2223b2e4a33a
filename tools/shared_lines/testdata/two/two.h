// SPDX-License-Identifier: BSD-2-Clause
#pragma once

int Two();
