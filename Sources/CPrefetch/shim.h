/* Has the processor fetch the memory at an address, which is looked at soon, and go on meanwhile. Any address will do. */
static inline void prefetch(const void *address) { __builtin_prefetch(address); }
