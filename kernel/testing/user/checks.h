// SPDX-License-Identifier: BSD-2-Clause
//
// Checks of the programs here, which have no GoogleTest: a group is a function of checks.
#pragma once

// One that fails is told of on standard output, with its place.
void Check(bool good, const char* what, const char* file, int line);
#define CHECK(condition) ::Check(condition, #condition, __FILE__, __LINE__)

// Whether all checks of the group were good so far, or since a child of it began its own.
void BeginChecks();
[[nodiscard]] bool ChecksAreGood();

// Runs a group and prints one line: "NAME: ok" or "NAME: BAD".
void Group(const char* name, void (*function)());

[[nodiscard]] bool GroupsAreGood();
