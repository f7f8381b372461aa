#include "tests/nav/estimation/allocations.h"

#include <cstddef>

namespace {
thread_local long allocations = 0;
}  // namespace

#if defined(__has_feature)  // clang
#if __has_feature(address_sanitizer)
#define PERILUNE_COUNTS_BY_HOOK
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define PERILUNE_COUNTS_BY_HOOK
#endif

#ifdef PERILUNE_COUNTS_BY_HOOK

// Of <sanitizer/allocator_interface.h>, which GCC does not bring.
extern "C" int __sanitizer_install_malloc_and_free_hooks(void (*malloc_hook)(const volatile void* block,
                                                                             std::size_t size),
                                                         void (*free_hook)(const volatile void* block));

namespace {

void CountAllocation(const volatile void*, std::size_t) { ++allocations; }
void IgnoreFree(const volatile void*) {}
const int installed = __sanitizer_install_malloc_and_free_hooks(CountAllocation, IgnoreFree);

}  // namespace

#else

// The program's malloc goes before glibc's, whose own name for it is this.
extern "C" void* __libc_malloc(std::size_t size) noexcept;

extern "C" void* malloc(std::size_t size) noexcept {
  ++allocations;
  return __libc_malloc(size);
}

#endif

namespace perilune::test {

long Allocations() { return allocations; }

}  // namespace perilune::test
