// The C library's stdlib.h, with the integer types that Android's brings along, for "make check-android" alone.
#pragma once

#include <stdint.h>

#include_next <stdlib.h>
