#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace perilune::test {

/// What reads some bytes: must return whatever they are, or throw what its reader promises.
using FuzzFunction = void (*)(std::string_view bytes);

struct FuzzTarget {
  std::string name;  ///< also of its folder below tests/fuzz/corpus
  FuzzFunction run;
};

/// For GoogleTest: the name alone.
inline void PrintTo(const FuzzTarget& target, std::ostream* out) { *out << target.name; }

/// All targets that are linked into this program.
std::vector<FuzzTarget>& FuzzTargets();

struct FuzzRegistration {
  FuzzRegistration(const char* name, FuzzFunction run) { FuzzTargets().push_back({name, run}); }
};

}  // namespace perilune::test

/// Defines a target: PERILUNE_FUZZ_TARGET(name) { … `bytes` … }. libfuzzer_entry.cc and corpus_test.cc run
/// them.
#define PERILUNE_FUZZ_TARGET(name)                                                        \
  static void Fuzz_##name(std::string_view bytes);                                        \
  static const ::perilune::test::FuzzRegistration kRegistered_##name(#name, Fuzz_##name); \
  static void Fuzz_##name(std::string_view bytes)
